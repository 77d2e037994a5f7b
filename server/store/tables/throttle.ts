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

export const throttle = {
  /**
   * Takes one attempt from a bucket, counted as a failure before it is known to be one, so that attempts in parallel
   * cannot pass together. After the n-th failure the next attempt must wait `delaysMs[n]` (the last entry for more).
   * A bucket that was quiet for `forgetMs` starts anew.
   */
  takeAttempt(
    db: DatabaseSync,
    bucket: string,
    now: number,
    delaysMs: readonly number[],
    forgetMs: number,
  ): ThrottleAnswer {
    return inTransaction(db, (): ThrottleAnswer => {
      const row = read(db, bucket)
      if (row !== undefined && row.nextAllowedAt > now)
        return { taken: false, waitMs: row.nextAllowedAt - now }
      const before = row === undefined || row.updatedAt + forgetMs < now ? 0 : row.failures
      const failures = before + 1
      const delayMs = delaysMs[Math.min(failures, delaysMs.length - 1)] ?? 0
      write(db, bucket, failures, now + delayMs, now)
      return { taken: true }
    })
  },

  /** Takes one unit from a budget of `burst` that refills one unit each `intervalMs` (GCRA; nothing is lost in a restart). */
  takeBudget(
    db: DatabaseSync,
    bucket: string,
    now: number,
    burst: number,
    intervalMs: number,
  ): ThrottleAnswer {
    return inTransaction(db, (): ThrottleAnswer => {
      const full = now + burst * intervalMs
      const next = Math.max(read(db, bucket)?.nextAllowedAt ?? 0, now) + intervalMs
      if (next > full) return { taken: false, waitMs: next - full }
      write(db, bucket, 0, next, now)
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
