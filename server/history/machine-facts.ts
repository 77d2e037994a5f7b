import type { FactChange } from '../contract/history.ts'
import type { MachineState, Observed } from '../contract/state.ts'

/** A fact about a machine that is known, under the key that it has within the machine, and since when it is so. */
export type Fact = { factKey: string; since: number; change: FactChange }

/** An address over which two machines fight is its own again when it stayed so for this long. */
const ownAgainMs = 5 * 60_000

/**
 * What of a machine's state goes into its history. What is not known is left out: not being able to look is told by the
 * KVM's own line, and a machine that is looked at for the first time has not changed.
 */
export function machineFacts(state: MachineState): Fact[] {
  const { power, kvm, bmc, checks } = state
  return [
    ...healthFact(state),
    ...known('power', power, (value) => ({ fact: 'power', value })),
    ...known('kvm', kvm?.reachable, (value) => ({ fact: 'kvm', value })),
    ...known('bmc', bmc?.reachable, (value) => ({ fact: 'bmc', value })),
    ...known('signal', kvm?.signal, ({ present }) => ({ fact: 'signal', value: present })),
    ...pingFact(state),
    ...addressFact(state),
    ...checks.flatMap(({ checkId, label, result }) =>
      known(`check:${checkId}`, result, (value) => ({ fact: 'check', label, value })),
    ),
  ]
}

/** Are both the same, whatever it is called now? */
export function isSameFact(one: FactChange, other: FactChange): boolean {
  if (one.fact !== other.fact || one.value !== other.value) return false
  const detail = (change: FactChange): string | undefined => {
    if (change.fact === 'health') return change.cause
    if (change.fact !== 'address' || change.value === 'same') return undefined
    return change.value === 'moved' ? change.to : change.by
  }
  return detail(one) === detail(other)
}

function healthFact({ health: value, cause, since, otherUntil }: MachineState): Fact[] {
  if (cause === 'checking' || cause === 'actionRunning') return []
  const change = { fact: 'health', value, cause, ...(otherUntil !== undefined && { otherUntil }) } as const
  return [{ factKey: 'health', since, change }]
}

/** One packet may be lost: no answer is news when it was found twice, and not while the silence may be Crashcart's own. */
function pingFact({ net: { ping }, cause }: MachineState): Fact[] {
  const isDoubtful = ping.observedAt === ping.since || cause === 'selfCutOff' || cause === 'checking'
  if (ping.value === false && isDoubtful) return []
  return known('ping', ping, (value) => ({ fact: 'ping', value }))
}

function addressFact({ net: { lan } }: MachineState): Fact[] {
  if (lan?.value?.kind === 'same' && lan.observedAt - lan.since < ownAgainMs) return []
  return known('address', lan, (fact) => {
    if (fact.kind === 'moved') return { fact: 'address', value: 'moved', to: fact.to }
    return fact.kind === 'taken'
      ? { fact: 'address', value: 'taken', by: fact.by }
      : { fact: 'address', value: 'same' }
  })
}

function known<T>(
  factKey: string,
  observed: Observed<T> | undefined,
  change: (value: T) => FactChange,
): Fact[] {
  if (observed === undefined || observed.value === null) return []
  return [{ factKey, since: observed.since, change: change(observed.value) }]
}
