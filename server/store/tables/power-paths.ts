import type { DatabaseSync } from 'node:sqlite'
import type { PowerPath } from '../../contract/inventory.ts'
import { expectOneRow, inTransaction } from '../transaction.ts'

/** Inserts one power path; for use inside another operation's transaction too. */
export function insertPowerPath(db: DatabaseSync, path: PowerPath): void {
  db.prepare(
    `INSERT INTO powerPaths (id, siteId, deviceId, endpointId, target, wiring, priority, provenAt, lastVerdict, rev)
     VALUES (?,?,?,?,?,?,?,?,?,?)`,
  ).run(
    path.id,
    path.siteId,
    path.deviceId,
    path.endpointId,
    path.target,
    path.wiring,
    path.priority,
    path.provenAt,
    path.lastVerdict,
    path.rev,
  )
}

export const powerPaths = {
  list(db: DatabaseSync): PowerPath[] {
    return db
      .prepare(
        `SELECT id, siteId, deviceId, endpointId, target, wiring, priority, provenAt, lastVerdict, rev
         FROM powerPaths ORDER BY deviceId, priority, id`,
      )
      .all() as unknown as PowerPath[]
  },

  insert(db: DatabaseSync, path: PowerPath): void {
    insertPowerPath(db, path)
  },

  /** Sets the order of preference: the first id is preferred. */
  setOrder(db: DatabaseSync, ids: readonly string[]): void {
    inTransaction(db, () => {
      const statement = db.prepare('UPDATE powerPaths SET priority = ?, rev = rev + 1 WHERE id = ?')
      for (const [priority, id] of ids.entries())
        expectOneRow(statement.run(priority, id), `power path ${id}`)
    })
  },

  /** Another wiring: nothing that was proven over the former one counts. */
  setWiring(db: DatabaseSync, id: string, wiring: PowerPath['wiring']): void {
    const result = db
      .prepare(
        'UPDATE powerPaths SET wiring = ?, provenAt = NULL, lastVerdict = NULL, rev = rev + 1 WHERE id = ?',
      )
      .run(wiring, id)
    expectOneRow(result, `power path ${id}`)
  },

  /** The newest verdict, and the time of the newest proof when there was one. */
  setVerdict(db: DatabaseSync, id: string, verdict: string, provenAt: number | null): void {
    const result = db
      .prepare('UPDATE powerPaths SET lastVerdict = ?, provenAt = COALESCE(?, provenAt) WHERE id = ?')
      .run(verdict, provenAt, id)
    expectOneRow(result, `power path ${id}`)
  },

  remove(db: DatabaseSync, id: string): void {
    expectOneRow(db.prepare('DELETE FROM powerPaths WHERE id = ?').run(id), `power path ${id}`)
  },
}
