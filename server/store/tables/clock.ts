import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../transaction.ts'

/** Every time that is compared with now. What tells when something happened (record, history) stays as it was told. */
const compared: Record<string, readonly string[]> = {
  sessions: ['createdAt', 'lastSeenAt', 'expiresAt'],
  guestLinks: ['createdAt', 'expiresAt', 'joinedAt', 'lastSeenAt'],
  challenges: ['expiresAt'],
  throttle: ['nextAllowedAt', 'updatedAt'],
  nonces: ['expiresAt'],
  reachedNames: ['at'],
}

export const clock = {
  /** The newest time that was noted; null: none was. */
  read(db: DatabaseSync): number | null {
    const row = db.prepare('SELECT at FROM clock WHERE id = 1').get() as { at: number } | undefined
    return row?.at ?? null
  },

  note(db: DatabaseSync, at: number): void {
    db.prepare('INSERT OR REPLACE INTO clock (id, at) VALUES (1, ?)').run(at)
  },

  /** Moves all times that are compared with now. A null (never) stays one. */
  move(db: DatabaseSync, byMs: number): void {
    inTransaction(db, () => {
      for (const [table, columns] of Object.entries(compared)) {
        const sets = columns.map((column) => `${column} = ${column} + ?`).join(', ')
        db.prepare(`UPDATE ${table} SET ${sets}`).run(...columns.map(() => byMs))
      }
    })
  },
}
