import type { FactChange } from '../contract/history.ts'
import type { MachineState, Observed } from '../contract/state.ts'

/** A fact about a machine that is known, under the key that it has within the machine, and since when it is so. */
export type Fact = { factKey: string; since: number; change: FactChange }

/**
 * What of a machine's state goes into its history. What is not known is left out: not being able to look is told by the
 * KVM's own line, and a machine that is looked at for the first time has not changed.
 */
export function machineFacts(state: MachineState): Fact[] {
  const { health, cause, since, power, kvm, bmc, checks } = state
  const isBeginning = cause === 'checking' || cause === 'actionRunning'
  return [
    ...(isBeginning
      ? []
      : [{ factKey: 'health', since, change: { fact: 'health', value: health, cause } } as const]),
    ...known('power', power, (value) => ({ fact: 'power', value })),
    ...known('kvm', kvm?.reachable, (value) => ({ fact: 'kvm', value })),
    ...known('bmc', bmc?.reachable, (value) => ({ fact: 'bmc', value })),
    ...known('signal', kvm?.signal, ({ present }) => ({ fact: 'signal', value: present })),
    ...checks.flatMap(({ checkId, label, result }) =>
      known(`check:${checkId}`, result, (value) => ({ fact: 'check', label, value })),
    ),
  ]
}

/** Are both the same, whatever it is called now? */
export function isSameFact(one: FactChange, other: FactChange): boolean {
  if (one.fact === 'health' && other.fact === 'health')
    return one.value === other.value && one.cause === other.cause
  return one.fact === other.fact && one.value === other.value
}

function known<T>(
  factKey: string,
  observed: Observed<T> | undefined,
  change: (value: T) => FactChange,
): Fact[] {
  if (observed === undefined || observed.value === null) return []
  return [{ factKey, since: observed.since, change: change(observed.value) }]
}
