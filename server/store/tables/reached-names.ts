import type { DatabaseSync } from 'node:sqlite'
import type { Reached } from '../../contract/access.ts'

type ReachedRow = Reached & { name: string; way: 'live' | 'plain' }

export const reachedNames = {
  put(db: DatabaseSync, { name, way, at, by, userAgent, address }: ReachedRow): void {
    db.prepare(
      'INSERT OR REPLACE INTO reachedNames (name, way, at, userName, userAgent, address) VALUES (?,?,?,?,?,?)',
    ).run(name, way, at, by, userAgent, address)
  },

  list(db: DatabaseSync): ReachedRow[] {
    return db
      .prepare('SELECT name, way, at, userName AS by, userAgent, address FROM reachedNames')
      .all() as unknown as ReachedRow[]
  },
}
