import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { migrations } from '../../server/store/migrations.ts'
import { clock } from '../../server/store/tables/clock.ts'

/** What moves along when the clock is set: it is compared with now, or tells the age of something that lasts. */
const moving = [
  'challenges.expiresAt',
  'guestLinks.createdAt',
  'guestLinks.expiresAt',
  'guestLinks.joinedAt',
  'guestLinks.lastSeenAt',
  'nonces.expiresAt',
  'reachedNames.at',
  'sessions.createdAt',
  'sessions.expiresAt',
  'sessions.lastSeenAt',
  'throttle.nextAllowedAt',
  'throttle.updatedAt',
]
type Column = { name: string; type: string; notnull: number; pk: number }

/** The time columns of a table, each with whether it moves. */
function timesOf(db: DatabaseSync, table: string): [string, boolean][] {
  const columns = db.prepare(`PRAGMA table_info(${table})`).all() as unknown as Column[]
  const times = columns.filter(({ name, type }) => type === 'INTEGER' && /(?:^at|At|^until)$/.test(name))
  if (times.length === 0) return []
  // One row with every time 1000, and what else must be there.
  const filled = columns.filter((column) => times.includes(column) || column.notnull === 1 || column.pk > 0)
  const value = (column: Column): unknown => {
    if (times.includes(column)) return 1000
    return column.type === 'INTEGER' ? 1 : column.type === 'BLOB' ? new Uint8Array(1) : 'x'
  }
  const names = filled.map(({ name }) => `"${name}"`).join(', ')
  const insert = db.prepare(`INSERT INTO ${table} (${names}) VALUES (${filled.map(() => '?').join(', ')})`)
  insert.run(...(filled.map(value) as string[]))
  clock.move(db, 500)
  const row = db.prepare(`SELECT * FROM ${table}`).get() as Record<string, number>
  return times.map(({ name }) => [`${table}.${name}`, row[name] === 1500])
}

it('every stored time that is compared with now moves with the clock, and nothing that was recorded does', () => {
  const db = new DatabaseSync(':memory:')
  for (const step of migrations) db.exec(step)
  db.exec('PRAGMA foreign_keys = OFF')
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[]
  const times = tables.flatMap(({ name }) => timesOf(db, name))
  db.close()
  expect(times.flatMap(([name, hasMoved]) => (hasMoved ? [name] : [])).toSorted()).toEqual(moving)
  // Whatever ends at a time moves, in a table of tomorrow too: else setting the clock would end it.
  const ending = times.map(([name]) => name).filter((name) => /(?:expires|nextAllowed)At$/.test(name))
  expect(ending.filter((name) => !moving.includes(name))).toEqual([])
})
