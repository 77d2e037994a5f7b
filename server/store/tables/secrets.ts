import type { DatabaseSync } from 'node:sqlite'

export type StoredSecret = { keyId: string; nonce: Uint8Array; ciphertext: Uint8Array }

/** Ciphertexts only; the key never comes here. */
export const secrets = {
  put(db: DatabaseSync, tableName: string, rowId: string, field: string, secret: StoredSecret): void {
    db.prepare(
      `INSERT INTO secrets (tableName, rowId, field, keyId, nonce, ciphertext) VALUES (?,?,?,?,?,?)
       ON CONFLICT (tableName, rowId, field) DO UPDATE SET keyId = excluded.keyId, nonce = excluded.nonce,
         ciphertext = excluded.ciphertext`,
    ).run(tableName, rowId, field, secret.keyId, secret.nonce, secret.ciphertext)
  },

  get(db: DatabaseSync, tableName: string, rowId: string, field: string): StoredSecret | null {
    const row = db
      .prepare('SELECT keyId, nonce, ciphertext FROM secrets WHERE tableName = ? AND rowId = ? AND field = ?')
      .get(tableName, rowId, field)
    return (row as StoredSecret | undefined) ?? null
  },

  wipe(db: DatabaseSync, tableName: string, rowId: string): void {
    db.prepare('DELETE FROM secrets WHERE tableName = ? AND rowId = ?').run(tableName, rowId)
  },

  /** How many secrets there are outside one table. */
  countOthers(db: DatabaseSync, tableName: string): number {
    const row = db.prepare('SELECT count(*) AS n FROM secrets WHERE tableName <> ?').get(tableName)
    return (row as { n: number }).n
  },
}
