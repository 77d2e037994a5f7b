import { chmodSync, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { claimDatabase } from './claim.ts'
import { keepOwner } from './keep-owner.ts'
import { openDatabase, type DatabaseProblem } from './open-database.ts'

/** The database's log and its index: without them, or with another's, its newest writes are lost or wrong. */
const besides = ['-wal', '-shm'] as const

export type Restored =
  { problem: null; keptAs: string | null } | { problem: DatabaseProblem | 'foreign' | 'running' }

/** Writes a whole copy of the database, as it is at one moment, to `to` (0600); a server may be at work on it. */
export function backUpDatabase(file: string, to: string): void {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    db.exec('PRAGMA busy_timeout = 5000')
    db.prepare('VACUUM INTO ?').run(to)
  } finally {
    db.close()
  }
  chmodSync(to, 0o600)
}

/**
 * Puts a backup in the database's place, brought up to this program's schema; the one before is kept beside it as
 * `keptAs`. Nothing is changed when there is a problem: `running` when a server has the database, `foreign` when the
 * backup is not one of Crashcart's.
 */
export function restoreDatabase(file: string, from: string, stamp: string): Restored {
  const claim = claimDatabase(file)
  if (claim === null) return { problem: 'running' }
  const copy = `${file}.restoring`
  try {
    removeAll(copy)
    copyFileSync(from, copy)
    // A copy of the files of a running server has its newest writes there.
    if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${copy}-wal`)
    const problem = checkCopy(copy)
    if (problem !== null) return { problem }
    const keptAs = existsSync(file) ? `${file}.replaced-${stamp}` : null
    for (const suffix of ['', ...besides]) {
      if (existsSync(file + suffix)) renameSync(file + suffix, `${file}.replaced-${stamp}${suffix}`)
    }
    renameSync(copy, file)
    keepOwner(file)
    return { problem: null, keptAs }
  } finally {
    removeAll(copy)
    claim.close()
  }
}

/** Opens it as the server would, and closes it, which puts all of its log into it. */
function checkCopy(copy: string): DatabaseProblem | 'foreign' | null {
  chmodSync(copy, 0o600)
  if (!isOurs(copy)) return 'foreign'
  const opened = openDatabase(copy, false)
  opened.db?.close()
  return opened.problem
}

/** An empty or foreign file would become a new, empty Crashcart, which shows setup to anybody. */
function isOurs(copy: string): boolean {
  const db = new DatabaseSync(copy)
  try {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    return ['users', 'audit'].every((table) => tables.some(({ name }) => name === table))
  } catch {
    // No database at all, or one that is torn: nobody can say whose.
    return false
  } finally {
    db.close()
  }
}

function removeAll(file: string): void {
  for (const suffix of ['', ...besides]) rmSync(file + suffix, { force: true })
}
