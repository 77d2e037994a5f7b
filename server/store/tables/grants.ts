import type { DatabaseSync } from 'node:sqlite'
import type { Capability, GrantBody } from '../../contract/access.ts'

export const grants = {
  /** What one user was granted, by device. */
  of(db: DatabaseSync, userId: string): GrantBody[] {
    const rows = db
      .prepare('SELECT deviceId, capabilities FROM grants WHERE userId = ? ORDER BY deviceId')
      .all(userId) as { deviceId: string; capabilities: string }[]
    return rows.map(({ deviceId, capabilities }) => ({
      deviceId,
      capabilities: JSON.parse(capabilities) as Capability[],
    }))
  },

  /** Replaces the grant on one device; an empty list deletes it. */
  set(db: DatabaseSync, userId: string, { deviceId, capabilities }: GrantBody): void {
    if (capabilities.length === 0) {
      db.prepare('DELETE FROM grants WHERE userId = ? AND deviceId = ?').run(userId, deviceId)
      return
    }
    db.prepare(
      `INSERT INTO grants (userId, deviceId, capabilities) VALUES (?,?,?)
       ON CONFLICT (userId, deviceId) DO UPDATE SET capabilities = excluded.capabilities`,
    ).run(userId, deviceId, JSON.stringify([...new Set(capabilities)]))
  },
}
