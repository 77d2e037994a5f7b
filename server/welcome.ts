import { isIP } from 'node:net'
import { isLoopbackName } from './access/allowed-hosts.ts'
import { fingerprintOf } from './access/certificates/tls-identity.ts'
import type { Crashcart } from './assemble.ts'
import type { Config } from './config.ts'

/** What a person at the console must know: where to go, what to compare, and the code for the first visit. */
export async function welcome(
  { access, tls, http, problem, vault }: Crashcart,
  config: Config,
  extraLines: readonly string[],
): Promise<string> {
  const { httpsPort, plain } = http.addresses()
  const names = (await access.hosts.list()).map(({ name }) => name)
  const reachable = isLoopbackName(config.host)
    ? ['localhost']
    : ['localhost', ...names.filter(isWorthPrinting)]
  const code = problem === null ? await access.setup.issueCode() : null
  const ca = tls.caPem()
  const lines = [
    'Crashcart is ready. Open one of these in a browser:',
    ...[...new Set(reachable)].map(
      (name) => `  https://${isIP(name) === 6 ? `[${name}]` : name}:${httpsPort}`,
    ),
    ...(plain === null ? [] : [`For a proxy or tunnel, without TLS: ${plain}`]),
    ...(ca === null
      ? []
      : ['', 'Certificate authority, SHA-256 (compare before you trust it):', `  ${fingerprintOf(ca)}`]),
    ...(code === null ? [] : ['', `One-time setup code: ${code}`]),
    ...(problem === null ? [] : ['', lockedLine[problem]]),
    ...(problem === null && vault.isLocked
      ? ['', 'The key file is missing or another one: machines stay locked.']
      : []),
    ...extraLines,
  ]
  return `${lines.join('\n')}\n`
}

const lockedLine = {
  databaseMissing: 'The database is missing although its key exists. Nobody can sign in. Restore a backup.',
  databaseDamaged:
    'The database is damaged. Nobody can sign in and nothing is overwritten. Restore a backup.',
  databaseNewer:
    'The database was written by a newer Crashcart. Nobody can sign in. Start that version again.',
} as const

/** Link-local and loopback addresses only confuse a person with a phone. */
function isWorthPrinting(name: string): boolean {
  return !isLoopbackName(name) && !name.startsWith('fe80:') && !name.startsWith('169.254.')
}
