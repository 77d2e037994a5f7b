import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { getentAddresses } from './getent.ts'
import { hostsFileAddresses } from './hosts-file.ts'
import { searchedNames } from './search-list.ts'

/** Nobody who knows names gave any answer: whether there is such a name is not known. */
export class NamesSilent extends Error {
  override readonly name = 'NamesSilent'
}

/**
 * One name to its addresses, best first. Rejects when there are none, with `NamesSilent` when nobody answered, or when
 * `signal` aborts.
 */
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
    if (found.addresses.length > 0) return found.addresses
    try {
      return await getentAddresses(name, signal)
    } catch (error) {
      throw found.trouble ?? error
    }
  }
}

type DnsAnswer = { addresses: string[]; trouble: NamesSilent | null }

/**
 * Addresses of the first of these names that has any; none when no server knows one, with `trouble` when none would say.
 * Rejects when they are silent.
 */
async function askDns(names: readonly string[], signal: AbortSignal): Promise<DnsAnswer> {
  const resolver = new Resolver({ timeout: queryMs, tries })
  const cancel = (): void => resolver.cancel()
  let trouble: NamesSilent | null = null
  signal.addEventListener('abort', cancel, { once: true })
  try {
    for (const name of names) {
      signal.throwIfAborted()
      for (const answer of [() => resolver.resolve4(name), () => resolver.resolve6(name)]) {
        const found = await orNone(answer())
        if (found.addresses.length > 0) return found
        trouble = found.trouble
      }
    }
    return { addresses: [], trouble }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** What a server says that knows that there is no such name, or no such address for it. */
const denials: readonly (string | undefined)[] = ['ENOTFOUND', 'ENODATA']

async function orNone(answer: Promise<string[]>): Promise<DnsAnswer> {
  try {
    return { addresses: await answer, trouble: null }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const trouble = denials.includes(code) ? null : new NamesSilent(message, { cause: error })
    if (trouble !== null && (code === 'ETIMEOUT' || code === 'ECANCELLED')) throw trouble
    // There is no server, or it refuses: the system may know another way.
    return { addresses: [], trouble }
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
