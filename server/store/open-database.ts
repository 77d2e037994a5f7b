import { chmodSync, existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { migrations } from './migrations.ts'

export type DatabaseProblem = 'missing' | 'damaged' | 'newer'
export type OpenedDatabase = { db: DatabaseSync; problem: null } | { db: null; problem: DatabaseProblem }

/**
 * Opens (or creates) the database file, checks it and brings its schema up to date. A file that is missing although
 * it should exist, damaged, or written by a newer program is left untouched and reported.
 */
export function openDatabase(file: string, createIfMissing: boolean): OpenedDatabase {
  if (!existsSync(file) && !createIfMissing) return { db: null, problem: 'missing' }
  // SQLite takes an empty file for a new database, which would look like a first start.
  if (!createIfMissing && statSync(file).size === 0) return { db: null, problem: 'damaged' }
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(file)
    const { v } = db.prepare('SELECT sqlite_version() AS v').get() as { v: string }
    assertSqliteVersion(v)
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000',
    )
    if (file !== ':memory:') chmodSync(file, 0o600)
    const check = db.prepare('PRAGMA integrity_check(1)').get() as { integrity_check: string }
    if (check.integrity_check !== 'ok') return damaged(db)
    const version = schemaVersion(db)
    if (version > migrations.length) {
      db.close()
      return { db: null, problem: 'newer' }
    }
    migrate(db, version)
    return { db, problem: null }
  } catch (error) {
    if (isCorruption(error)) return damaged(db)
    db?.close()
    if (isForbidden(error)) throw noAccess(file, error)
    throw error
  }
}

function noAccess(file: string, cause: unknown): Error {
  const message = `${file} or its directory cannot be opened for reading and writing. Give both to the user that runs Crashcart (chown).`
  return Object.assign(new Error(message, { cause }), { code: 'store/noAccess' })
}

function damaged(db: DatabaseSync | undefined): OpenedDatabase {
  db?.close()
  return { db: null, problem: 'damaged' }
}

function schemaVersion(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
}

/** Throws below 3.51.3, which fixed a corruption when a WAL is reset while another connection reads. */
export function assertSqliteVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major * 1e6 + minor * 1e3 + patch < 3_051_003) {
    throw new Error(`SQLite ${version} is too old: 3.51.3 or newer is needed. Use Node 24.21 or newer.`)
  }
}

function migrate(db: DatabaseSync, from: number): void {
  for (let index = from; index < migrations.length; index++) {
    db.exec('BEGIN IMMEDIATE')
    try {
      db.exec(migrations[index] ?? '')
      db.exec(`PRAGMA user_version = ${index + 1}`)
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }
}

/** SQLITE_PERM (3), SQLITE_READONLY (8) and SQLITE_CANTOPEN (14), with their extended codes. */
function isForbidden(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode
  return code !== undefined && [3, 8, 14].includes(code & 0xff)
}

/** SQLITE_CORRUPT (11) and SQLITE_NOTADB (26), with their extended codes. */
function isCorruption(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode
  return code !== undefined && [11, 26].includes(code & 0xff)
}
