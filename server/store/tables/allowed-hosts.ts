import type { DatabaseSync } from 'node:sqlite'

export const allowedHosts = {
  list(db: DatabaseSync): { name: string; createdAt: number }[] {
    return db.prepare('SELECT name, createdAt FROM allowedHosts ORDER BY name').all() as {
      name: string
      createdAt: number
    }[]
  },

  /** False when it was allowed already. */
  add(db: DatabaseSync, name: string, now: number): boolean {
    const { changes } = db
      .prepare('INSERT INTO allowedHosts (name, createdAt) VALUES (?,?) ON CONFLICT DO NOTHING')
      .run(name, now)
    return Number(changes) === 1
  },

  /** False when it was not in the list. */
  remove(db: DatabaseSync, name: string): boolean {
    return Number(db.prepare('DELETE FROM allowedHosts WHERE name = ?').run(name).changes) === 1
  },
}
