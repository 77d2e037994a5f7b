import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAccess } from '../../server/access/access.ts'
import { KeyFileError } from '../../server/access/key-file.ts'
import { openData } from '../../server/access/open-data.ts'
import type { OpenedData } from '../../server/access/open-data.ts'

let folder: string
let dataDir: string
let keyFile: string
let database: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-data-'))
  dataDir = join(folder, 'data')
  keyFile = join(folder, 'secrets', 'key')
  database = join(dataDir, 'crashcart.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function withData<T>(work: (data: OpenedData) => Promise<T>, mayCreate = false): Promise<T> {
  const data = await openData({ dataDir, keyFile }, mayCreate)
  try {
    return await work(data)
  } finally {
    await data.store.close()
  }
}
const isSetupNeeded = ({ store, problem }: OpenedData) =>
  createAccess({ store, problem, config: { names: [] } }).setup.isNeeded()

/** A first start, with an admin and one secret. */
function firstStart(): Promise<void> {
  return withData(async (data) => {
    const access = createAccess({ ...data, config: { names: [] } })
    const code = (await access.setup.issueCode()) ?? ''
    await access.setup.createAdmin({ code, name: 'Ada', password: 'long enough', trust: false })
    await data.vault.seal('endpoints', 'e1', 'password', 'hunter2')
  })
}
const removeDatabase = () => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(database + suffix, { force: true })
}

describe('the first start', () => {
  it('makes a private directory, database and key, and asks for setup', async () => {
    await withData(async (data) => {
      expect(data.problem).toBeNull()
      expect(data.vault.isLocked).toBe(false)
      expect(await isSetupNeeded(data)).toBe(true)
    })
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(statSync(database).mode & 0o777).toBe(0o600)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  })

  it('goes on after it was interrupted before the key was written', async () => {
    await withData(async () => undefined)
    rmSync(keyFile)
    await withData(async (data) => {
      expect(data.vault.isLocked).toBe(false)
      expect(await isSetupNeeded(data)).toBe(true)
    })
    await withData(async (data) => expect(data.vault.isLocked).toBe(false))
  })

  it('says what to do when the key cannot be written', async () => {
    await expect(openData({ dataDir, keyFile: '/proc/crashcart/key' })).rejects.toThrow(/CRASHCART_KEY_FILE/)
  })
})

describe('while the key is there, setup is never shown for', () => {
  beforeEach(firstStart)

  it('a missing database', async () => {
    removeDatabase()
    await withData(async (data) => {
      expect(data.problem).toBe('databaseMissing')
      expect(await isSetupNeeded(data)).toBe(false)
    })
  })

  it('an empty file', async () => {
    removeDatabase()
    writeFileSync(database, '')
    await withData(async (data) => {
      expect(data.problem).toBe('databaseDamaged')
      expect(await isSetupNeeded(data)).toBe(false)
    })
    expect(statSync(database).size).toBe(0)
  })

  it.each([
    ['a truncated database', () => truncateSync(database, 20_000)],
    ['a file of noise', () => writeFileSync(database, Buffer.alloc(8192, 'noise'))],
    [
      'overwritten pages',
      () => {
        const bytes = readFileSync(database)
        writeFileSync(database, bytes.fill(0x55, 4096, 40_960))
      },
    ],
  ])('%s, which is left as it is', async (_what, damage) => {
    damage()
    const before = readFileSync(database)
    await withData(async (data) => {
      expect(data.problem).toBe('databaseDamaged')
      expect(await isSetupNeeded(data)).toBe(false)
      await expect(data.vault.seal('a', 'b', 'c', 'd')).rejects.toMatchObject({ code: 'device/locked' })
    })
    expect(readFileSync(database).equals(before)).toBe(true)
  })

  it('a newer database', async () => {
    const db = new DatabaseSync(database)
    db.exec('PRAGMA user_version = 9999')
    db.close()
    await withData(async (data) => {
      expect(data.problem).toBe('databaseNewer')
      expect(await isSetupNeeded(data)).toBe(false)
    })
  })

  it('a fresh database put in its place', async () => {
    removeDatabase()
    const key = readFileSync(keyFile)
    rmSync(keyFile)
    await withData(async () => undefined)
    writeFileSync(keyFile, key)
    const db = new DatabaseSync(database)
    db.exec('DELETE FROM secrets')
    db.close()
    await withData(async (data) => {
      expect(data.problem).toBe('databaseMissing')
      expect(await isSetupNeeded(data)).toBe(false)
    })
  })

  it('except when somebody at the host says that a new one is wanted', async () => {
    removeDatabase()
    await withData(async (data) => {
      expect(data.problem).toBeNull()
      expect(await isSetupNeeded(data)).toBe(true)
    }, true)
    await withData(async (data) => expect(await isSetupNeeded(data)).toBe(true))
  })
})

describe('a key that is', () => {
  beforeEach(firstStart)

  const expectLocked = () =>
    withData(async (data) => {
      expect(data.problem).toBeNull()
      expect(await data.store.users.count()).toBe(1)
      expect(data.vault.isLocked).toBe(true)
      await expect(data.vault.open('endpoints', 'e1', 'password')).rejects.toMatchObject({
        code: 'device/locked',
      })
      await expect(data.vault.seal('endpoints', 'e1', 'password', 'x')).rejects.toMatchObject({
        code: 'device/locked',
      })
      expect(() => data.vault.wiping('endpoints', 'e1')).toThrow(/locked/)
    })

  it('missing locks the secrets, leaves sign-in alone, and the secrets are there when it comes back', async () => {
    const key = readFileSync(keyFile)
    rmSync(keyFile)
    await expectLocked()
    await expectLocked()
    writeFileSync(keyFile, key)
    await withData(async ({ vault }) =>
      expect(await vault.open('endpoints', 'e1', 'password')).toBe('hunter2'),
    )
  })

  it('another one locks the secrets too and overwrites nothing', async () => {
    const key = readFileSync(keyFile)
    writeFileSync(keyFile, Buffer.alloc(32, 7).toString('base64url'))
    await expectLocked()
    writeFileSync(keyFile, key)
    await withData(async ({ vault }) =>
      expect(await vault.open('endpoints', 'e1', 'password')).toBe('hunter2'),
    )
  })

  it('no key at all stops the start with a sentence', async () => {
    writeFileSync(keyFile, 'not a key')
    await expect(openData({ dataDir, keyFile })).rejects.toBeInstanceOf(KeyFileError)
  })

  it('readable by others is closed to them', async () => {
    chmodSync(keyFile, 0o644)
    await withData(async () => undefined)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  })
})

describe('stored secrets', () => {
  beforeEach(firstStart)

  it('stand nowhere in the files', async () => {
    await withData(async ({ vault }) => vault.seal('endpoints', 'e1', 'totp', 'JBSWY3DPEHPK3PXP'))
    const bytes = Buffer.concat([readFileSync(database), readFileSync(`${database}-wal`, { flag: 'a+' })])
    expect(bytes.includes('hunter2')).toBe(false)
    expect(bytes.includes('JBSWY3DPEHPK3PXP')).toBe(false)
  })

  it('open only in the place where they were sealed', async () => {
    await withData(async ({ vault, store }) => {
      const stolen = await store.secrets.get('endpoints', 'e1', 'password')
      if (stolen === null) throw new Error('no secret')
      await store.secrets.put('endpoints', 'e2', 'password', stolen)
      await expect(vault.open('endpoints', 'e2', 'password')).rejects.toMatchObject({ code: 'device/locked' })
      const ciphertext = Uint8Array.from(stolen.ciphertext)
      ciphertext[0] = (ciphertext[0] ?? 0) ^ 1
      await store.secrets.put('endpoints', 'e1', 'password', { ...stolen, ciphertext })
      await expect(vault.open('endpoints', 'e1', 'password')).rejects.toMatchObject({ code: 'device/locked' })
    })
  })

  it('are gone after a wipe', async () => {
    await withData(async ({ store, vault }) => {
      await store.together([vault.wiping('endpoints', 'e1')])
      expect(await vault.open('endpoints', 'e1', 'password')).toBeNull()
    })
  })
})
