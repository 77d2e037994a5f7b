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
  if (withoutAges(before, true) !== withoutAges(after, true)) return 'now'
  return withoutAges(before, false) === withoutAges(after, false) ? 'age' : 'soon'
}

function withoutAges(state: MachineState, isCoarse: boolean): string {
  return JSON.stringify({
    ...state,
    checks: state.checks.map(({ checkId, label, result }) => [checkId, label, result.value]),
    kvm: state.kvm && valuesOf(state.kvm, isCoarse),
    bmc: state.bmc && valuesOf(state.bmc, isCoarse),
    power: state.power.value,
  })
}

function valuesOf(part: KvmState | BmcState, isCoarse: boolean): unknown[] {
  return Object.entries(part).flatMap(([name, value]: [string, unknown]) => {
    const isFlicker = flickering.some((other) => other === name)
    if (isCoarse && isFlicker) return []
    return [name, isObserved(value) ? value.value : value]
  })
}

function isObserved(value: unknown): value is Observed<unknown> {
  return typeof value === 'object' && value !== null && 'observedAt' in value
}
