import type { DatabaseSync } from 'node:sqlite'
import type { Console } from '../../contract/inventory.ts'
import type { LedWiring } from '../../contract/state.ts'

/** A console with what only the server keeps about it: whether the machine's power LED was seen to be wired. */
export type StoredConsole = { console: Console; ledWiring: LedWiring | null }

type Row = Console & { ledWiring: LedWiring | null }

/** Inserts one console; for use inside another operation's transaction. */
export function insertConsole(db: DatabaseSync, console: Console, siteId: string): void {
  db.prepare('INSERT INTO consoles (id, siteId, deviceId, endpointId, port, type) VALUES (?,?,?,?,?,?)').run(
    console.id,
    siteId,
    console.deviceId,
    console.endpointId,
    console.port,
    console.type,
  )
}

export const consoles = {
  list(db: DatabaseSync): StoredConsole[] {
    const rows = db
      .prepare('SELECT id, deviceId, endpointId, port, type, ledWiring FROM consoles ORDER BY id')
      .all() as unknown as Row[]
    return rows.map(({ ledWiring, ...console }) => ({ console, ledWiring }))
  },

  setLedWiring(db: DatabaseSync, id: string, ledWiring: LedWiring): void {
    db.prepare('UPDATE consoles SET ledWiring = ? WHERE id = ?').run(ledWiring, id)
  },
}
