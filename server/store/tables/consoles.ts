import type { DatabaseSync } from 'node:sqlite'
import type { Console } from '../../contract/inventory.ts'

/** Inserts one console; for use inside another operation's transaction. */
export function insertConsole(db: DatabaseSync, console: Console, siteId: string): void {
  db.prepare('INSERT INTO consoles (id, siteId, deviceId, endpointId, type) VALUES (?,?,?,?,?)').run(
    console.id,
    siteId,
    console.deviceId,
    console.endpointId,
    console.type,
  )
}

export const consoles = {
  list(db: DatabaseSync): Console[] {
    return db
      .prepare('SELECT id, deviceId, endpointId, type FROM consoles ORDER BY id')
      .all() as unknown as Console[]
  },
}
