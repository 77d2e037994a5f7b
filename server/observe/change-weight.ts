import type { BmcState, KvmState, MachineState, Observed } from '../contract/state.ts'

/** `now`: something a person or a power action waits for. `soon`: flickers all the time. `age`: only newer. */
export type ChangeWeight = 'now' | 'soon' | 'age'

const flickering = [
  'hddActive',
  'cpuTemperatureC',
  'pictureStirredAt',
  'pictureChangedAt',
  'serialOutputAt',
] as const

/** How much the step from one state to the next matters to those who listen. */
export function changeWeight(before: MachineState, after: MachineState): ChangeWeight {
  if (plainValues(before) !== plainValues(after)) return 'now'
  const parts = [
    [before.kvm, after.kvm],
    [before.bmc, after.bmc],
  ] as const
  // Most of the time the very same object: then nothing of it needs to be looked at.
  const changed = parts.filter(([one, other]) => one !== other)
  const differs = (isCoarse: boolean): boolean =>
    changed.some(([one, other]) => deviceValues(one, isCoarse) !== deviceValues(other, isCoarse))
  if (differs(true)) return 'now'
  return differs(false) ? 'soon' : 'age'
}

/** Everything but KVM and BMC, without ages. */
function plainValues({ kvm: _kvm, bmc: _bmc, checks, net, power, ...rest }: MachineState): string {
  return JSON.stringify([
    rest,
    checks.map(({ checkId, label, result, said, nameProblem }) => [
      checkId,
      label,
      result.value,
      said,
      nameProblem,
    ]),
    [net.address, net.ping.value, net.pingProblem, net.connect.value, net.lan?.value],
    power.value,
  ])
}

function deviceValues(part: KvmState | BmcState | null, isCoarse: boolean): string {
  const values = Object.entries(part ?? {}).flatMap(([name, value]: [string, unknown]) => {
    const isFlicker = flickering.some((other) => other === name)
    if (isCoarse && isFlicker) return []
    return [name, isObserved(value) ? value.value : value]
  })
  return JSON.stringify(values)
}

function isObserved(value: unknown): value is Observed<unknown> {
  return typeof value === 'object' && value !== null && 'observedAt' in value
}
