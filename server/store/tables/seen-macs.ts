import type { DatabaseSync } from 'node:sqlite'

/** The hardware that answered for a machine's address. */
export type SeenMac = { deviceId: string; address: string; mac: string; at: number }

export const seenMacs = {
  all(db: DatabaseSync): SeenMac[] {
    return db.prepare('SELECT deviceId, address, mac, at FROM seenMacs').all() as SeenMac[]
  },

  /** Keeps what was seen now instead of what was seen before, unless the machine is gone. */
  put(db: DatabaseSync, { deviceId, address, mac, at }: SeenMac): void {
    db.prepare(
      `INSERT INTO seenMacs (deviceId, address, mac, at) SELECT ?1, ?2, ?3, ?4
       WHERE EXISTS (SELECT 1 FROM devices WHERE id = ?1)
       ON CONFLICT (deviceId) DO UPDATE SET address = ?2, mac = ?3, at = ?4`,
    ).run(deviceId, address, mac, at)
  },
}
