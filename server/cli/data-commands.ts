import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { databaseFile, openData } from '../access/open-data.ts'
import { keepOwner } from '../store/keep-owner.ts'
import { withData } from './command.ts'
import type { Command } from './command.ts'

/** Commands about the record, the CA and the data directory itself. */
export const dataCommands: readonly Command[] = [
  {
    words: ['audit', 'verify'],
    usage: 'audit verify',
    summary: 'check the hash chain of the record',
    run: (_args, config, io) =>
      withData(config, io, async ({ store }) => {
        const { entries, head, brokenAt } = await store.audit.verify()
        if (brokenAt === null) {
          io.out(`${entries} entries, unbroken. Head: ${head}`)
          return 0
        }
        io.err(
          `The record was changed: entry ${brokenAt} does not fit. ${entries} entries before it are unbroken.`,
        )
        return 1
      }),
  },
  {
    words: ['ca', 'new'],
    usage: 'ca new',
    summary: 'make a new own CA at the next start (every phone must trust it anew)',
    async run(_args, config, io) {
      for (const file of ['ca.crt', 'server.crt']) rmSync(join(config.dataDir, 'tls', file), { force: true })
      io.out('Restart Crashcart: it makes a CA for the names and addresses that are allowed then.')
      return 0
    },
  },
  {
    words: ['init'],
    usage: 'init',
    summary: 'make a new database although the key file is there already',
    async run(_args, config, io) {
      if (existsSync(join(config.dataDir, databaseFile))) {
        io.err(`There is a database in ${config.dataDir}. Move it away first if you do not want it.`)
        return 1
      }
      const { store, problem } = await openData(config, true)
      await store.close()
      keepOwner(join(config.dataDir, databaseFile))
      io.out(`A new database is in ${config.dataDir}. The next start shows a setup code.`)
      return problem === null ? 0 : 1
    },
  },
]
