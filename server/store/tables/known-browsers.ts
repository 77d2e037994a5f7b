import type { DatabaseSync } from 'node:sqlite'

export const knownBrowsers = {
  /** Remembers that this user signed in on this browser. */
  remember(db: DatabaseSync, tokenHash: string, userId: string, now: number): void {
    db.prepare(
      `INSERT INTO knownBrowsers (tokenHash, userId, createdAt, lastSeenAt) VALUES (?,?,?,?)
       ON CONFLICT (tokenHash) DO UPDATE SET lastSeenAt = excluded.lastSeenAt`,
    ).run(tokenHash, userId, now, now)
  },

  isKnown(db: DatabaseSync, tokenHash: string): boolean {
    return db.prepare('SELECT 1 FROM knownBrowsers WHERE tokenHash = ?').get(tokenHash) !== undefined
  },

  /** Forgets all of a user's browsers, but one when given. */
  forgetOfUser(db: DatabaseSync, userId: string, exceptHash: string | null): void {
    db.prepare('DELETE FROM knownBrowsers WHERE userId = ? AND tokenHash IS NOT ?').run(userId, exceptHash)
  },
}
