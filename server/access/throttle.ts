import { createHash } from 'node:crypto'
import { AppError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { BudgetPolicy, DelayPolicy } from '../store/tables/throttle.ts'
import type { KdfCaller } from './kdf-gate.ts'

const second = 1000
const forgetMs = 3600 * second
/** A browser that signed in before: only its own mistakes count, and they cost seconds. */
const knownDelays: DelayPolicy = {
  delaysMs: [0, 0, 0, 0, 0, 1, 2, 4, 8, 15].map((s) => s * second),
  forgetMs,
}
/** Everybody else, by account. The longest wait is 30 s: guessing is hopeless, and the owner is never locked out. */
const strangerDelays: DelayPolicy = {
  delaysMs: [0, 0, 0, 1, 2, 4, 8, 15, 30].map((s) => s * second),
  forgetMs,
}
/** All strangers together, whatever names they try: 30 guesses a minute. */
const strangerBudget: BudgetPolicy = { burst: 10, intervalMs: 2 * second }
const budgetBucket = 'strangers'

/** One attempt that was let through; `succeeded` forgets the failures of its bucket. */
export type Attempt = { caller: KdfCaller; succeeded(): Promise<void> }

/** Delays after wrong passwords, kept in the database so that a restart forgives nothing. Delays, never locks. */
export type Throttle = ReturnType<typeof createThrottle>

export function createThrottle(store: Store, now: () => number) {
  return {
    /**
     * Takes one attempt on the account `name` from a browser; `knownHash` is set when that browser signed in to this
     * account before. Throws AppError `access/slowDown` with `retryAfterMs`.
     */
    async take(name: string, knownHash: string | null): Promise<Attempt> {
      const bucket = knownHash === null ? `account:${accountKey(name)}` : `browser:${knownHash}`
      const answer =
        knownHash === null
          ? await store.throttle.takeAttemptAndBudget(
              bucket,
              budgetBucket,
              now(),
              strangerDelays,
              strangerBudget,
            )
          : await store.throttle.takeAttempt(bucket, now(), knownDelays)
      if (!answer.taken) {
        throw new AppError('access/slowDown', 'Too many wrong passwords. Wait a moment, then try again.', {
          details: { retryAfterMs: answer.waitMs },
        })
      }
      return {
        caller: knownHash === null ? 'stranger' : 'known',
        succeeded: async () => {
          await store.throttle.clear(bucket)
          await store.throttle.prune(now() - 24 * forgetMs, now())
        },
      }
    },
  }
}

/** The same for all spellings that the user table takes as one name; of bounded length. */
function accountKey(name: string): string {
  return createHash('sha256').update(name.trim().toLowerCase()).digest('hex').slice(0, 32)
}
