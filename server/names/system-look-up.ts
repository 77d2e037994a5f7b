import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { getentAddresses } from './getent.ts'
import { hostsFileAddresses } from './hosts-file.ts'
import { searchedNames } from './search-list.ts'

/** One name to its addresses, best first. Rejects when there are none, or when `signal` aborts. */
export type LookUp = (name: string, signal: AbortSignal) => Promise<string[]>

const queryMs = 1000
const tries = 2

/**
 * Looks a name up as the system would, without the thread pool: the hosts file, then DNS over sockets of its own, and
 * for mDNS names and those that DNS does not know the system's resolver in a process of its own.
 */
export function createSystemLookUp(files = { hosts: '/etc/hosts', resolvConf: '/etc/resolv.conf' }): LookUp {
  return async (name, signal) => {
    const listed = hostsFileAddresses(await textOf(files.hosts), name.replace(/\.$/, ''))
    if (listed.length > 0) return listed
    if (/\.local\.?$/i.test(name)) return getentAddresses(name, signal)
    const found = await askDns(searchedNames(await textOf(files.resolvConf), name), signal)
    return found.length > 0 ? found : getentAddresses(name, signal)
  }
}

/** Addresses of the first of these names that has any; none when no server knows one. Rejects when they are silent. */
async function askDns(names: readonly string[], signal: AbortSignal): Promise<string[]> {
  const resolver = new Resolver({ timeout: queryMs, tries })
  const cancel = (): void => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    for (const name of names) {
      signal.throwIfAborted()
      const found = await orNone(resolver.resolve4(name))
      if (found.length > 0) return found
      const found6 = await orNone(resolver.resolve6(name))
      if (found6.length > 0) return found6
    }
    return []
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function orNone(answer: Promise<string[]>): Promise<string[]> {
  try {
    return await answer
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Anything else is an answer, if only that there is no server: then the system may know another way.
    if (code === 'ETIMEOUT' || code === 'ECANCELLED') throw error
    return []
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    // Not there, or not for us to read: the system's own resolver does without it too.
    return ''
  }
}
