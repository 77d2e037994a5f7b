import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertSqliteVersion, openDatabase } from '../../server/store/open-database.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'crashcart-database-'))))
afterEach(() => rmSync(folder, { recursive: true }))

describe('the database', () => {
  // A killed process cannot tell FULL from NORMAL: only a power cut can.
  it('waits for the disk at each commit, with a log of writes and foreign keys', () => {
    const { db } = openDatabase(join(folder, 'crashcart.db'), true)
    expect(db?.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
    expect(db?.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(db?.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 })
    db?.close()
  })

  it.each(['3.40.1', '3.51.2', '2.99.99'])('refuses SQLite %s', (version) => {
    expect(() => assertSqliteVersion(version)).toThrow('too old')
  })

  it.each(['3.51.3', '3.52.0', '4.0.0'])('takes SQLite %s', (version) => {
    expect(() => assertSqliteVersion(version)).not.toThrow()
  })

  it('says whose it must be when it may not be opened', () => {
    expect(() => openDatabase(folder, false)).toThrow(/chown/)
  })
})
