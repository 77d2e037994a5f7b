import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { databaseFile, openData } from '../access/open-data.ts'
import type { Config } from '../config.ts'
import { backUpDatabase, restoreDatabase } from '../store/backup.ts'
import type { Command, Io } from './command.ts'

/** `crashcart backup` and `crashcart restore`: the database as one file; the key file is kept apart, by hand. */
export const backupCommands: readonly Command[] = [
  {
    words: ['backup'],
    usage: 'backup FILE',
    summary: 'write a copy of the database, also while the server runs',
    run: async ([to], config, io) => (to === undefined ? wrongUsage(io, 'backup') : backUp(to, config, io)),
  },
  {
    words: ['restore'],
    usage: 'restore FILE',
    summary: 'put such a copy in the place of the database (the server must be stopped)',
    run: async ([from], config, io) =>
      from === undefined ? wrongUsage(io, 'restore') : restore(from, config, io),
  },
]

function wrongUsage(io: Io, word: string): number {
  io.err(`Name the file: crashcart ${word} FILE`)
  return 2
}

function backUp(to: string, { dataDir, keyFile }: Config, io: Io): number {
  const file = join(dataDir, databaseFile)
  if (!existsSync(file)) {
    io.err(`There is no Crashcart in ${dataDir}. Name its directory with --data or CRASHCART_DATA.`)
    return 1
  }
  if (existsSync(to)) {
    io.err(`${to} is there already and stays as it is. Name another file.`)
    return 1
  }
  try {
    backUpDatabase(file, to)
  } catch (error) {
    io.err(
      `The backup was not made: ${(error as Error).message}. Can this user read ${file} and write ${to}?`,
    )
    return 1
  }
  io.out(`The database is in ${resolve(to)}.`)
  io.out(
    `The passwords in it open only with the key file ${keyFile}: keep a copy of that too, in another place.`,
  )
  return 0
}

async function restore(from: string, config: Config, io: Io): Promise<number> {
  const { dataDir } = config
  const file = join(dataDir, databaseFile)
  if (!existsSync(from)) {
    io.err(`There is no file ${from}.`)
    return 1
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const restored = restoreDatabase(file, from, new Date().toISOString().replaceAll(':', ''))
  if (restored.problem !== null) {
    io.err(
      { ...problems, running: `Crashcart is running on ${dataDir}. Stop it first, then restore.` }[
        restored.problem
      ],
    )
    io.err('Nothing was changed.')
    return 1
  }
  io.out(`The backup is in its place in ${dataDir}.`)
  if (restored.keptAs !== null) io.out(`The database before it is kept: ${restored.keptAs}`)
  await tellOfKey(config, io)
  io.out(
    'Start Crashcart. Who was signed in at the time of the backup may be signed in again: look under More.',
  )
  return 0
}

const problems = {
  foreign: 'That file is no backup of Crashcart, or nothing of it can be read.',
  damaged: 'That backup is damaged. Take an older one.',
  newer: 'That backup was made by a newer Crashcart. Install that version first.',
  missing: 'That file is gone.',
} as const

async function tellOfKey(config: Config, io: Io): Promise<void> {
  const { store, vault } = await openData(config)
  await store.close()
  if (!vault.isLocked) return
  io.out(
    `The key file ${config.keyFile} is missing or another one: machines stay locked until its own is back.`,
  )
}
