import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backUpDatabase, restoreDatabase } from '../../server/store/backup.ts'
import { claimDatabase } from '../../server/store/claim.ts'
import { openDatabase } from '../../server/store/open-database.ts'

const stamp = '2026-01-02T030405Z'
let folder: string
let file: string
let backup: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-backup-'))
  mkdirSync(join(folder, 'data'))
  file = join(folder, 'data', 'crashcart.db')
  backup = join(folder, 'backup.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Its names of sites. With `name` one more is written first. */
function sites(at: string, name?: string): string[] {
  const { db } = openDatabase(at, true)
  if (db === null) throw new Error('it cannot be opened')
  if (name !== undefined)
    db.prepare("INSERT INTO sites (id, rev, name, timeZone) VALUES (?, 1, ?, 'UTC')").run(name, name)
  const names = db
    .prepare('SELECT name FROM sites ORDER BY name')
    .all()
    .map((row) => String(row.name))
  db.close()
  return names
}

describe('a backup', () => {
  it('holds what was written while another has the database open, for its owner only', () => {
    const { db } = openDatabase(file, true)
    db?.exec("INSERT INTO sites (id, rev, name, timeZone) VALUES ('a', 1, 'attic', 'UTC')")
    backUpDatabase(file, backup)
    db?.close()
    expect(sites(backup)).toEqual(['attic'])
    expect(statSync(backup).mode & 0o777).toBe(0o600)
  })

  it('comes back whole, and nothing that was written after it comes with it', () => {
    sites(file, 'attic')
    backUpDatabase(file, backup)
    // As after kill -9: what was written last lies in the log only.
    const live = new DatabaseSync(file)
    live.exec("INSERT INTO sites (id, rev, name, timeZone) VALUES ('z', 1, 'a stranger’s', 'UTC')")
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, join(folder, `killed.db${suffix}`))
    live.close()
    for (const suffix of ['', '-wal']) copyFileSync(join(folder, `killed.db${suffix}`), file + suffix)

    expect(restoreDatabase(file, backup, stamp)).toEqual({
      problem: null,
      keptAs: `${file}.replaced-${stamp}`,
    })
    expect(sites(file)).toEqual(['attic'])
    expect(sites(`${file}.replaced-${stamp}`)).toEqual(['attic', 'a stranger’s'].toSorted())
  })

  it('is taken with its log, when it is a plain copy of the files of a running server', () => {
    const live = openDatabase(join(folder, 'live.db'), true).db
    live?.exec("INSERT INTO sites (id, rev, name, timeZone) VALUES ('c', 1, 'cellar', 'UTC')")
    for (const suffix of ['', '-wal']) copyFileSync(join(folder, `live.db${suffix}`), backup + suffix)
    live?.close()
    expect(restoreDatabase(file, backup, stamp)).toEqual({ problem: null, keptAs: null })
    expect(sites(file)).toEqual(['cellar'])
  })

  it('is refused while a server has the database', () => {
    sites(file, 'attic')
    backUpDatabase(file, backup)
    const claim = claimDatabase(file)
    expect(restoreDatabase(file, backup, stamp)).toEqual({ problem: 'running' })
    claim?.close()
  })

  it.each([
    ['no database', () => writeFileSync(backup, 'a letter'), 'foreign'],
    ['empty', () => writeFileSync(backup, ''), 'foreign'],
    ['another program’s', () => new DatabaseSync(backup).exec('CREATE TABLE films (name TEXT)'), 'foreign'],
    [
      'of a newer Crashcart',
      () => (sites(backup), new DatabaseSync(backup).exec('PRAGMA user_version = 999')),
      'newer',
    ],
  ])('that is %s changes nothing', (_what, make, problem) => {
    sites(file, 'attic')
    make()
    expect(restoreDatabase(file, backup, stamp)).toEqual({ problem })
    expect(sites(file)).toEqual(['attic'])
    expect(readdirSync(join(folder, 'data')).filter((name) => name.includes('restoring'))).toEqual([])
  })

  it.runIf(process.getuid?.() === 0)('that root puts back belongs to the owner of the directory', () => {
    sites(backup, 'attic')
    chownSync(join(folder, 'data'), 65534, 65534)
    restoreDatabase(file, backup, stamp)
    expect(statSync(file)).toMatchObject({ uid: 65534, gid: 65534 })
  })
})
