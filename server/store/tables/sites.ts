import type { DatabaseSync } from 'node:sqlite'
import type { Site } from '../../contract/inventory.ts'
import { expectOneRow } from '../transaction.ts'

export const sites = {
  list(db: DatabaseSync): Site[] {
    return db.prepare('SELECT id, rev, name, timeZone FROM sites ORDER BY id').all() as unknown as Site[]
  },

  insert(db: DatabaseSync, site: Site): void {
    db.prepare('INSERT INTO sites (id, rev, name, timeZone) VALUES (?,?,?,?)').run(
      site.id,
      site.rev,
      site.name,
      site.timeZone,
    )
  },

  /** Writes the next revision; throws unless the stored one is the one before. */
  update(db: DatabaseSync, site: Site): void {
    const result = db
      .prepare('UPDATE sites SET rev = ?, name = ?, timeZone = ? WHERE id = ? AND rev = ?')
      .run(site.rev, site.name, site.timeZone, site.id, site.rev - 1)
    expectOneRow(result, `site ${site.id}`)
  },

  remove(db: DatabaseSync, id: string): void {
    expectOneRow(db.prepare('DELETE FROM sites WHERE id = ?').run(id), `site ${id}`)
  },
}
