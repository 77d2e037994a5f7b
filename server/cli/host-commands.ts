import { join } from 'node:path'
import { createAllowedHosts, canonicalHost, isHostName } from '../access/allowed-hosts.ts'
import { createAudit } from '../access/audit.ts'
import { ownCaCovers } from '../access/certificates/own-certificate.ts'
import { withData } from './command.ts'
import type { Command } from './command.ts'

const notCovered =
  'Crashcart’s own CA was not made for it, so browsers warn there. Behind a proxy or tunnel with its own certificate that does not matter. Otherwise: crashcart ca new, restart, and install the new CA on every phone.'
const bySomebodyAtTheHost = { from: 'command line' }

/** `crashcart host …`: names under which the page may be opened. A running server notices within seconds. */
export const hostCommands: readonly Command[] = [
  {
    words: ['host', 'add'],
    usage: 'host add NAME',
    summary: 'allow a host name or address for the page',
    async run([name], config, io) {
      if (name === undefined || !isHostName(canonicalHost(name))) {
        io.err('Give one host name or address, without https:// and port: crashcart host add NAME')
        return 2
      }
      return withData(config, io, async ({ store }) => {
        const host = canonicalHost(name)
        const line = createAudit(store, Date.now).line(null, 'host.allowed', {
          detail: { name: host, ...bySomebodyAtTheHost },
        })
        const isNew = await createAllowedHosts(store, config.names, Date.now).add(host, line)
        io.out(
          isNew
            ? `${host} is allowed. A running Crashcart takes it within seconds.`
            : `${host} was allowed already.`,
        )
        if (config.certificate === null && !ownCaCovers(join(config.dataDir, 'tls'), host)) io.out(notCovered)
        return 0
      })
    },
  },
  {
    words: ['host', 'list'],
    usage: 'host list',
    summary: 'show the allowed names',
    run: (_args, config, io) =>
      withData(config, io, async ({ store }) => {
        const rows = await createAllowedHosts(store, config.names, Date.now).list()
        for (const { name, source } of rows) io.out(`${name}\t${source}`)
        return 0
      }),
  },
  {
    words: ['host', 'remove'],
    usage: 'host remove NAME',
    summary: 'take a name out again',
    run: ([name = ''], config, io) =>
      withData(config, io, async ({ store }) => {
        const line = createAudit(store, Date.now).line(null, 'host.removed', {
          detail: { name: canonicalHost(name), ...bySomebodyAtTheHost },
        })
        if (!(await createAllowedHosts(store, config.names, Date.now).remove(name, line))) {
          io.err(`${name || 'That'} is not among the names that were added. See: crashcart host list`)
          return 1
        }
        io.out(`${canonicalHost(name)} is not allowed any more.`)
        return 0
      }),
  },
]
