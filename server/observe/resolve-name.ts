import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

/** After this the last good address is used; a rack whose DNS died must still be looked at. */
const lookupLimitMs = 1000

/**
 * Resolves names one at a time (a hanging look-up holds one of the process's four look-up threads, never more),
 * shares look-ups of one name, and falls back to the last good address when a look-up fails or takes over 1 s.
 */
export class NameResolver {
  readonly #lookup: (name: string) => Promise<string>
  readonly #lastGood = new Map<string, string>()
  readonly #running = new Map<string, Promise<string | null>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(lookUp: (name: string) => Promise<string> = async (name) => (await lookup(name)).address) {
    this.#lookup = lookUp
  }

  /** The address of a name (an address is its own), or null when it is not known and cannot be found. */
  async resolve(name: string): Promise<string | null> {
    if (isIP(name.split('%')[0] ?? '') !== 0) return name
    const found = this.#running.get(name) ?? this.#start(name)
    const { promise: late, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(resolve, lookupLimitMs, null)
    try {
      return (await Promise.race([found, late])) ?? this.#lastGood.get(name) ?? null
    } finally {
      clearTimeout(timer)
    }
  }

  #start(name: string): Promise<string | null> {
    const found = this.#last.then(async () => {
      try {
        const address = await this.#lookup(name)
        this.#lastGood.set(name, address)
        return address
      } catch {
        // Not found or no name server: the caller falls back to the last good address.
        return null
      } finally {
        this.#running.delete(name)
      }
    })
    this.#running.set(name, found)
    this.#last = found
    return found
  }
}
