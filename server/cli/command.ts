import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { databaseFile, openData } from '../access/open-data.ts'
import type { OpenedData } from '../access/open-data.ts'
import type { Config } from '../config.ts'

/** What a command reads and writes; the real one is the process, tests have their own. */
export type Io = {
  out(line: string): void
  err(line: string): void
  /** All of standard input. */
  readInput(): Promise<string>
}

/** One command. `run` returns the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export type Command = {
  words: readonly [string, ...string[]]
  usage: string
  summary: string
  run(args: readonly string[], config: Config, io: Io): Promise<number>
}

/** Opens the data directory beside a running server, runs `work`, closes it. Says what is wrong when it cannot. */
export async function withData(
  config: Config,
  io: Io,
  work: (data: OpenedData) => Promise<number>,
): Promise<number> {
  if (!existsSync(join(config.dataDir, databaseFile))) {
    io.err(`There is no Crashcart in ${config.dataDir}. Name its directory with --data or CRASHCART_DATA.`)
    return 1
  }
  const data = await openData(config)
  try {
    if (data.problem === null) return await work(data)
    io.err(`The database in ${config.dataDir} cannot be used: ${data.problem}.`)
    return 1
  } finally {
    await data.store.close()
  }
}
