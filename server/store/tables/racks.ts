import type { DatabaseSync } from 'node:sqlite'
import type { Rack } from '../../contract/inventory.ts'
import { expectOneRow, inTransaction } from '../transaction.ts'

export const racks = {
  list(db: DatabaseSync): Rack[] {
    return db
      .prepare('SELECT id, siteId, rev, name, kind, height FROM racks ORDER BY id')
      .all() as unknown as Rack[]
  },

  insert(db: DatabaseSync, rack: Rack): void {
    db.prepare('INSERT INTO racks (id, siteId, rev, name, kind, height) VALUES (?,?,?,?,?,?)').run(
      rack.id,
      rack.siteId,
      rack.rev,
      rack.name,
      rack.kind,
      rack.height,
    )
  },

  /** Writes the next revision; throws unless the stored one is the one before. */
  update(db: DatabaseSync, rack: Rack): void {
    const result = db
      .prepare('UPDATE racks SET rev = ?, name = ?, height = ? WHERE id = ? AND rev = ?')
      .run(rack.rev, rack.name, rack.height, rack.id, rack.rev - 1)
    expectOneRow(result, `rack ${rack.id}`)
  },

  /** Removes the rack; machines that stood in it are kept, without a place and one revision on. */
  remove(db: DatabaseSync, id: string): void {
    inTransaction(db, () => {
      db.prepare(
        `UPDATE devices SET rackId = NULL, posHalfU = NULL, heightHalfU = NULL, shelf = NULL, slot = NULL,
         rev = rev + 1 WHERE rackId = ?`,
      ).run(id)
      expectOneRow(db.prepare('DELETE FROM racks WHERE id = ?').run(id), `rack ${id}`)
    })
  },
}
