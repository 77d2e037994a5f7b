import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../transaction.ts'

export type ChallengeKind = 'register' | 'signIn'
export type StoredChallenge = {
  id: string
  kind: ChallengeKind
  userId: string | null
  rpId: string
  challenge: string
  expiresAt: number
}

/** Bounds what strangers can make us keep; far above what they can evict within a person's 5 minutes at the phone. */
const maxLive = 20_000

export const challenges = {
  add(db: DatabaseSync, row: StoredChallenge, now: number): void {
    inTransaction(db, () => {
      db.prepare('DELETE FROM challenges WHERE expiresAt <= ?').run(now)
      db.prepare(
        `DELETE FROM challenges WHERE id IN (SELECT id FROM challenges ORDER BY expiresAt DESC LIMIT -1 OFFSET ?)`,
      ).run(maxLive - 1)
      db.prepare(
        'INSERT INTO challenges (id, kind, userId, rpId, challenge, expiresAt) VALUES (?,?,?,?,?,?)',
      ).run(row.id, row.kind, row.userId, row.rpId, row.challenge, row.expiresAt)
    })
  },

  /** Takes a challenge out, so that it counts once, however many ask at the same time. */
  spend(
    db: DatabaseSync,
    kind: ChallengeKind,
    challenge: string,
    rpId: string,
    userId: string | null,
    now: number,
  ): boolean {
    const { changes } = db
      .prepare(
        `DELETE FROM challenges WHERE kind = ? AND challenge = ? AND rpId = ? AND userId IS ? AND expiresAt > ?`,
      )
      .run(kind, challenge, rpId, userId, now)
    return Number(changes) === 1
  },
}
