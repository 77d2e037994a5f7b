import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSpareRoom, isDiskFull, withRoom } from '../../server/store/spare-room.ts'
import { openStore } from '../../server/store/store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-room-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('spare room', () => {
  it('takes 8 MB for its owner only, once, and gives them up once', async () => {
    const file = join(folder, 'crashcart.db')
    const room = createSpareRoom(file)
    expect(room.giveUp()).toBe(false)
    await room.keep()
    await room.keep()
    const { size, mode, blocks } = statSync(`${file}.spare`)
    expect({ size, mode: mode & 0o777 }).toEqual({ size: 8 * 1024 * 1024, mode: 0o600 })
    expect(blocks * 512).toBeGreaterThanOrEqual(size)
    expect(room.giveUp()).toBe(true)
    expect(room.giveUp()).toBe(false)
  })

  it('is none, and no trouble, where nothing can be written', async () => {
    await createSpareRoom(join(folder, 'nowhere', 'crashcart.db')).keep()
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
  })

  it('is given up for what SQLite calls a full disk, and for nothing else', () => {
    const db = new DatabaseSync(':memory:')
    db.exec('CREATE TABLE t (x); PRAGMA max_page_count = 2')
    expect(errorOf(() => db.exec('INSERT INTO t VALUES (zeroblob(100000))'))).toSatisfy(isDiskFull)
    expect(errorOf(() => db.exec('INSERT INTO nothing VALUES (1)'))).not.toSatisfy(isDiskFull)
    db.close()
  })

  it('lets a write that met a full disk succeed the second time, and only such a write, and only once', async () => {
    const room = createSpareRoom(join(folder, 'crashcart.db'))
    await room.keep()
    const full = Object.assign(new Error('database or disk is full'), { errcode: 13 })
    const failing = (times: number, error: Error) => () => {
      if (times-- > 0) throw error
      return 'written'
    }
    expect(() => withRoom(room, failing(1, new Error('constraint')))).toThrow('constraint')
    expect(withRoom(room, failing(1, full))).toBe('written')
    expect(() => withRoom(room, failing(1, full))).toThrow(full)
  })

  it('stays with the database when the store is closed', async () => {
    const file = join(folder, 'crashcart.db')
    const store = await openStore(file, true)
    await store.keepRoom()
    await store.close()
    expect(existsSync(`${file}.spare`)).toBe(true)
  })
})

describe('a store that is closed', () => {
  it('refuses what comes afterwards instead of keeping it waiting', async () => {
    const store = await openStore(':memory:', true)
    await store.close()
    await expect(store.users.count()).rejects.toThrow('closed')
  })
})

function errorOf(work: () => void): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}
