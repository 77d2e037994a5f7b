import type { DatabaseSync } from 'node:sqlite'

export type StoredPicture = { deviceId: string; endpointId: string; at: number; jpeg: Uint8Array }

export const pictures = {
  /** When each machine's newest picture was taken. */
  times(db: DatabaseSync): { deviceId: string; at: number }[] {
    return db.prepare('SELECT deviceId, at FROM pictures').all() as { deviceId: string; at: number }[]
  },

  get(db: DatabaseSync, deviceId: string): StoredPicture | null {
    const row = db.prepare('SELECT * FROM pictures WHERE deviceId = ?').get(deviceId)
    return (row as StoredPicture | undefined) ?? null
  },

  /** Keeps this picture unless the machine is gone or has a newer one. */
  put(db: DatabaseSync, picture: StoredPicture): void {
    db.prepare(
      `INSERT INTO pictures (deviceId, endpointId, at, jpeg) SELECT ?1, ?2, ?3, ?4
       WHERE EXISTS (SELECT 1 FROM devices WHERE id = ?1)
       ON CONFLICT (deviceId) DO UPDATE SET endpointId = ?2, at = ?3, jpeg = ?4 WHERE at < ?3`,
    ).run(picture.deviceId, picture.endpointId, picture.at, picture.jpeg)
  },
}
