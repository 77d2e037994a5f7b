import { atMost } from '../clock/at-most.ts'
import type { Clock } from './clock.ts'
import type { Observer } from '../domain.ts'

/** A machine that answers does so much sooner. */
const waitAtMostMs = 1_500

/**
 * Has the machine's checks made once more. Resolves when they have ended, or after `waitAtMostMs`, with the moment from
 * which on an answer is one of now (ms, server clock); never rejects.
 */
export async function askNetwork(
  deviceId: string,
  { observer, clock }: { observer: Pick<Observer, 'checkNow'>; clock: Pick<Clock, 'now'> },
): Promise<number> {
  const askedAt = clock.now()
  // A check that fails says nothing, as one that is late.
  const asked = observer.checkNow(deviceId).catch(() => undefined)
  await atMost(waitAtMostMs, asked)
  return askedAt
}
