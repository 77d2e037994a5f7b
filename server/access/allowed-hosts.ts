import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { AllowedHostRow } from '../contract/access.ts'
import { AppError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { hasPassed } from '../clock/has-passed.ts'
import { must, type StoreCall } from '../store/together.ts'

/** How long the list in memory may be behind the database, where the command line may have changed it. */
const staleMs = 2000

/** Host names and addresses under which this server may be addressed. Nothing turns this list off. */
export type AllowedHosts = ReturnType<typeof createAllowedHosts>

export function createAllowedHosts(
  store: Store,
  fromSettings: readonly string[],
  now: () => number,
  own: () => string[] = ownNames,
) {
  const settingNames = fromSettings.map(canonicalHost)
  let added = new Map<string, number>()
  let ownList = new Set(own().map(canonicalHost))
  let readAt = -Infinity
  let reading: Promise<void> | null = null
  const listeners = new Set<() => void>()

  async function read(): Promise<void> {
    const before = JSON.stringify([[...ownList], [...added]])
    ownList = new Set(own().map(canonicalHost))
    if (store.problem === null) {
      const rows = await store.allowedHosts.list()
      added = new Map(rows.map(({ name, createdAt }) => [name, createdAt]))
    }
    const isFirst = readAt === -Infinity
    readAt = now()
    if (isFirst || before === JSON.stringify([[...ownList], [...added]])) return
    for (const listener of listeners) listener()
  }
  async function refresh(): Promise<void> {
    if (!hasPassed(readAt, now(), staleMs)) return
    reading ??= read().finally(() => (reading = null))
    await reading
  }

  return {
    /** True when a request may name this host (no port, no brackets; any case). */
    async allows(name: string): Promise<boolean> {
      await refresh()
      const host = canonicalHost(name)
      return isLoopbackName(host) || settingNames.includes(host) || ownList.has(host) || added.has(host)
    },

    /** All names, without the loopback ones: also what the certificate is made for. */
    async list(): Promise<AllowedHostRow[]> {
      await refresh()
      const rows: AllowedHostRow[] = [
        ...settingNames.map((name) => ({ name, source: 'settings' as const, createdAt: null })),
        ...[...added].map(([name, createdAt]) => ({ name, source: 'added' as const, createdAt })),
        ...[...ownList].map((name) => ({ name, source: 'own' as const, createdAt: null })),
      ]
      const seen = new Set<string>()
      return rows.filter(({ name }) => !isLoopbackName(name) && !seen.has(name) && seen.add(name))
    },

    /**
     * Adds a name, together with its line in the record; false when it was there. Throws AppError `request/invalid` for
     * what cannot be a host.
     */
    async add(name: string, line: StoreCall): Promise<boolean> {
      const host = canonicalHost(name)
      if (!isHostName(host)) {
        throw new AppError(
          'request/invalid',
          'That is not a host name or address. Leave out https:// and the port.',
        )
      }
      const { isKept } = await store.together([must(true, 'allowedHosts', 'add', host, now()), line])
      await read()
      return isKept
    },

    /** Takes a name out that was added, together with its line; false when it is not among those. */
    async remove(name: string, line: StoreCall): Promise<boolean> {
      const removing = must(true, 'allowedHosts', 'remove', canonicalHost(name))
      const { isKept } = await store.together([removing, line])
      await read()
      return isKept
    },

    /** Called when a name or address came or went (noticed while requests come in). */
    onChange(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Lower case, no final dot, no brackets, IPv6 in its shortest form, no zone. */
export function canonicalHost(name: string): string {
  const bare = name
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .replace(/%.*$/, '')
  return isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare
}

/** True for a DNS name or an IP address. */
export function isHostName(name: string): boolean {
  return isIP(name) !== 0 || /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(name)
}

/** True for names that browsers resolve to this machine only. */
export function isLoopbackName(name: string): boolean {
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
  )
}

/** This machine's names and the addresses of its interfaces as they are now. */
function ownNames(): string[] {
  const name = hostname().toLowerCase()
  const addresses = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  )
  const short = name.split('.')[0] ?? name
  return [name, short, `${short}.local`, ...addresses].filter((text) => isHostName(canonicalHost(text)))
}
