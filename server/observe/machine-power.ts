import type { BmcState, KvmState, Observed } from '../contract/state.ts'

type Power = Observed<'on' | 'off'>

/**
 * Is the machine powered, by the chassis status of its BMC and the LED that its KVM sees, as far as they answer now?
 * While they disagree the one that changed last is right: it saw what the other has not asked for yet.
 */
export function machinePower(kvm: KvmState | null, bmc: BmcState | null, now: number): Power {
  const known = [bmc, kvm].flatMap((one): Power[] =>
    one?.reachable.value === true && one.power.value !== null ? [one.power] : [],
  )
  const newest = known.reduce<Power | null>(
    (best, power) => (best === null || power.since > best.since ? power : best),
    null,
  )
  return newest ?? { value: null, observedAt: now, since: now }
}
