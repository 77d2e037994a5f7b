import type { DatabaseSync } from 'node:sqlite'

/** Of one person: how many were made, when, and when each that is spent was used (oldest first). */
export type RecoveryCodesState = { made: number; madeAt: number | null; usedAt: number[] }

export const recoveryCodes = {
  /** Puts new ones in place of all that a person had. */
  replace(db: DatabaseSync, userId: string, codeHashes: readonly string[], now: number): void {
    recoveryCodes.removeOfUser(db, userId)
    const insert = db.prepare('INSERT INTO recoveryCodes (codeHash, userId, createdAt) VALUES (?,?,?)')
    for (const codeHash of codeHashes) insert.run(codeHash, userId, now)
  },

  /** Uses one up; false when there is none such, or it was used before. */
  spend(db: DatabaseSync, userId: string, codeHash: string, now: number): boolean {
    const { changes } = db
      .prepare('UPDATE recoveryCodes SET usedAt = ? WHERE codeHash = ? AND userId = ? AND usedAt IS NULL')
      .run(now, codeHash, userId)
    return Number(changes) === 1
  },

  of(db: DatabaseSync, userId: string): RecoveryCodesState {
    const rows = db
      .prepare('SELECT createdAt, usedAt FROM recoveryCodes WHERE userId = ? ORDER BY usedAt')
      .all(userId) as unknown as { createdAt: number; usedAt: number | null }[]
    return {
      made: rows.length,
      madeAt: rows[0]?.createdAt ?? null,
      usedAt: rows.flatMap(({ usedAt }) => (usedAt === null ? [] : [usedAt])),
    }
  },

  removeOfUser(db: DatabaseSync, userId: string): void {
    db.prepare('DELETE FROM recoveryCodes WHERE userId = ?').run(userId)
  },
}
