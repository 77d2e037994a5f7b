import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../transaction.ts'

/** `taken`: go on; `wait`: not before `waitMs` from now. */
export type ThrottleAnswer = { taken: true } | { taken: false; waitMs: number }

type Bucket = { failures: number; nextAllowedAt: number; updatedAt: number }

function read(db: DatabaseSync, bucket: string): Bucket | undefined {
  return db
    .prepare('SELECT failures, nextAllowedAt, updatedAt FROM throttle WHERE bucket = ?')
    .get(bucket) as Bucket | undefined
}

function write(db: DatabaseSync, bucket: string, failures: number, nextAllowedAt: number, now: number): void {
  db.prepare(
    `INSERT INTO throttle (bucket, failures, nextAllowedAt, updatedAt) VALUES (?,?,?,?)
     ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, nextAllowedAt = excluded.nextAllowedAt,
       updatedAt = excluded.updatedAt`,
  ).run(bucket, failures, nextAllowedAt, now)
}

/** After the n-th failure the next attempt waits `delaysMs[n]`, the last entry for more; quiet for `forgetMs` = anew. */
export type DelayPolicy = { delaysMs: readonly number[]; forgetMs: number }
/** `burst` units that refill one each `intervalMs` (GCRA, so a restart loses nothing). */
export type BudgetPolicy = { burst: number; intervalMs: number }

function waitOf(row: Bucket | undefined, now: number): number {
  return Math.max(0, (row?.nextAllowedAt ?? 0) - now)
}

function countAttempt(db: DatabaseSync, bucket: string, now: number, policy: DelayPolicy): void {
  const row = read(db, bucket)
  const isForgotten = row === undefined || row.updatedAt + policy.forgetMs < now
  const failures = (isForgotten ? 0 : row.failures) + 1
  const delayMs = policy.delaysMs[Math.min(failures, policy.delaysMs.length - 1)] ?? 0
  write(db, bucket, failures, now + delayMs, now)
}

export const throttle = {
  /**
   * Takes one attempt from a bucket, counted as a failure before it is known to be one, so that attempts in parallel
   * cannot pass together.
   */
  takeAttempt(db: DatabaseSync, bucket: string, now: number, policy: DelayPolicy): ThrottleAnswer {
    return inTransaction(db, (): ThrottleAnswer => {
      const waitMs = waitOf(read(db, bucket), now)
      if (waitMs > 0) return { taken: false, waitMs }
      countAttempt(db, bucket, now, policy)
      return { taken: true }
    })
  },

  /** The same, and one unit of a budget shared by all who ask like this; takes both or neither. */
  takeAttemptAndBudget(
    db: DatabaseSync,
    bucket: string,
    budget: string,
    now: number,
    policy: DelayPolicy,
    { burst, intervalMs }: BudgetPolicy,
  ): ThrottleAnswer {
    return inTransaction(db, (): ThrottleAnswer => {
      const next = Math.max(read(db, budget)?.nextAllowedAt ?? 0, now) + intervalMs
      const waitMs = Math.max(waitOf(read(db, bucket), now), next - (now + burst * intervalMs))
      if (waitMs > 0) return { taken: false, waitMs }
      write(db, budget, 0, next, now)
      countAttempt(db, bucket, now, policy)
      return { taken: true }
    })
  },

  /** The attempt was right after all. */
  clear(db: DatabaseSync, bucket: string): void {
    db.prepare('DELETE FROM throttle WHERE bucket = ?').run(bucket)
  },

  /** Forgets buckets that were quiet since `before` and allow an attempt by now. */
  prune(db: DatabaseSync, before: number, now: number): void {
    db.prepare('DELETE FROM throttle WHERE updatedAt < ? AND nextAllowedAt < ?').run(before, now)
  },
}
