import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { SessionView } from '../contract/access.ts'
import type { Vault } from '../domain.ts'
import { openStore } from '../store/store.ts'
import type { Store } from '../store/store.ts'
import { readKeyFile, writeKeyFile } from './key-file.ts'
import { checkKey, createLockedVault, createVault, sealCheck } from './vault.ts'

/** Name of the database in the data directory. */
export const databaseFile = 'crashcart.db'

/** Why the database cannot be used, as the first page says it. */
export type DataProblem = Extract<SessionView, { state: 'locked' }>['reason']

export type OpenedData = {
  store: Store
  /** Null when the database is ours and whole. Otherwise nothing of it is used or overwritten. */
  problem: DataProblem | null
  vault: Vault
}

const problems = {
  missing: 'databaseMissing',
  damaged: 'databaseDamaged',
  newer: 'databaseNewer',
} as const satisfies Record<NonNullable<Store['problem']>, DataProblem>

/**
 * Opens the data directory (0700) with its database and the key file. Only when neither key nor database is there is
 * it a first start: with the key, a missing, damaged, empty or replaced database is a problem and never shows setup.
 * `mayCreate` is the person's explicit word that a new database is wanted although the key exists.
 */
export async function openData(
  { dataDir, keyFile }: { dataDir: string; keyFile: string },
  mayCreate = false,
): Promise<OpenedData> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  chmodSync(dataDir, 0o700)
  const key = readKeyFile(keyFile)
  const file = join(dataDir, databaseFile)
  const isNew = mayCreate && !existsSync(file)
  const store = await openStore(file, key === null || isNew)
  if (store.problem !== null) {
    return { store, problem: problems[store.problem], vault: createLockedVault('databaseLocked') }
  }
  try {
    if (isNew && key !== null) await sealCheck(store, key)
    return key === null
      ? { store, problem: null, vault: await firstVault(store, keyFile) }
      : await unlock(store, key)
  } catch (error) {
    await store.close()
    throw error
  }
}

async function unlock(store: Store, key: Buffer): Promise<OpenedData> {
  const fit = await checkKey(store, key)
  if (fit === 'right') return { store, problem: null, vault: createVault(store, key) }
  if (fit === 'absent' && (await store.users.count()) === 0) {
    // The key was written after its mark in the database: a database without mark and users is another one.
    return { store, problem: 'databaseMissing', vault: createLockedVault('databaseLocked') }
  }
  return { store, problem: null, vault: createLockedVault('keyWrong') }
}

/** Without a key: a fresh database gets one; a used one stays locked until its own is put back. */
async function firstVault(store: Store, keyFile: string): Promise<Vault> {
  const isUsed = (await store.users.count()) > 0 || (await store.secrets.countOthers('vault')) > 0
  if (isUsed) return createLockedVault('keyMissing')
  const key = randomBytes(32)
  await sealCheck(store, key)
  writeKeyFile(keyFile, key)
  return createVault(store, key)
}
