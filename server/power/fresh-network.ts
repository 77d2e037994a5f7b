import type { Clock } from './clock.ts'
import type { Observer } from '../domain.ts'
import type { Sight } from './sight.ts'

/** A machine that answers does so much sooner. */
const waitAtMostMs = 1_500

/**
 * `sight`, in which the network counts as alive only when a check says so now: one that went off since the last check
 * would else seem to go off by the press that may have powered it on. Resolves after `waitAtMostMs` at the latest, at
 * once where the network was not known to answer; never rejects.
 */
export async function withFreshNetwork(
  deviceId: string,
  { observer, clock }: { observer: Pick<Observer, 'checkNow'>; clock: Pick<Clock, 'now'> },
  look: () => Sight,
): Promise<Sight> {
  if (look().isHostAlive !== true) return look()
  const askedAt = clock.now()
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, waitAtMostMs)
  // A check that fails says nothing, as one that is late.
  await Promise.race([observer.checkNow(deviceId).catch(() => undefined), late])
  clearTimeout(timer)
  const sight = look()
  const answers = sight.checks.some(
    ({ result, observedAt }) => observedAt >= askedAt && result !== null && result !== 'noAnswer',
  )
  return answers ? sight : { ...sight, isHostAlive: null }
}
