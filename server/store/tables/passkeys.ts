import type { DatabaseSync } from 'node:sqlite'
import type { PasskeyRow } from '../../contract/access.ts'

export type StoredPasskey = PasskeyRow & {
  userId: string
  publicKey: Uint8Array
  counter: number
  transports: string
}

export const passkeys = {
  /** False when this passkey is registered already. */
  add(db: DatabaseSync, passkey: StoredPasskey): boolean {
    const { changes } = db
      .prepare(
        `INSERT INTO passkeys (id, userId, rpId, publicKey, counter, transports, name, createdAt, lastUsedAt)
         VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
      )
      .run(
        passkey.id,
        passkey.userId,
        passkey.rpId,
        passkey.publicKey,
        passkey.counter,
        passkey.transports,
        passkey.name,
        passkey.createdAt,
        passkey.lastUsedAt,
      )
    return Number(changes) === 1
  },

  find(db: DatabaseSync, id: string, rpId: string): StoredPasskey | null {
    const row = db.prepare('SELECT * FROM passkeys WHERE id = ? AND rpId = ?').get(id, rpId)
    return (row as StoredPasskey | undefined) ?? null
  },

  list(db: DatabaseSync, userId: string): PasskeyRow[] {
    return db
      .prepare(
        'SELECT id, name, rpId, createdAt, lastUsedAt FROM passkeys WHERE userId = ? ORDER BY createdAt',
      )
      .all(userId) as PasskeyRow[]
  },

  /** How many passkeys a host name has, of one user or of anybody. */
  count(db: DatabaseSync, rpId: string, userId: string | null): number {
    return (
      db
        .prepare('SELECT count(*) AS n FROM passkeys WHERE rpId = ? AND (? IS NULL OR userId = ?)')
        .get(rpId, userId, userId) as { n: number }
    ).n
  },

  noteUse(db: DatabaseSync, id: string, counter: number, now: number): void {
    db.prepare('UPDATE passkeys SET counter = ?, lastUsedAt = ? WHERE id = ?').run(counter, now, id)
  },

  removeOfUser(db: DatabaseSync, userId: string): void {
    db.prepare('DELETE FROM passkeys WHERE userId = ?').run(userId)
  },

  remove(db: DatabaseSync, id: string, userId: string): boolean {
    return (
      Number(db.prepare('DELETE FROM passkeys WHERE id = ? AND userId = ?').run(id, userId).changes) === 1
    )
  },
}
