import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { AppError } from '../errors.ts'

/** One name to its addresses, best first. Rejects when there are none. */
export type LookUp = (name: string) => Promise<string[]>

export interface NameResolver {
  /**
   * Addresses to try for `name`, best first. An IP address is its own answer. When the look-up fails or takes longer
   * than the patience, `lastGoodAddress` (or the last answer seen) is used instead; without either it waits.
   * Throws AppError `device/unreachable` when there is nothing to try.
   */
  resolve(name: string, lastGoodAddress: string | null): Promise<string[]>
}

type Waiting = { name: string; done: Promise<string[]>; run: () => Promise<void> }

const systemLookUp: LookUp = async (name) =>
  (await lookup(name, { all: true, order: 'verbatim' })).map((entry) => entry.address)

/**
 * Resolver for device names that cannot stall anything else. The system's look-up holds one of the few threads that
 * password hashing and files also need, for as long as a dead DNS server makes it wait, so at most one runs at a
 * time, the same name is asked once for all, and nobody with a known address waits over `patienceMs`.
 */
export function createNameResolver(options: { lookUp?: LookUp; patienceMs?: number } = {}): NameResolver {
  const lookUp = options.lookUp ?? systemLookUp
  const patienceMs = options.patienceMs ?? 1000
  const answers = new Map<string, string[]>()
  const queue: Waiting[] = []
  let isRunning = false

  async function drain(): Promise<void> {
    if (isRunning) return
    isRunning = true
    for (let next = queue[0]; next; next = queue[0]) {
      await next.run()
      queue.shift()
    }
    isRunning = false
  }

  function ask(name: string, isUrgent: boolean): Promise<string[]> {
    const same = queue.find((waiting) => waiting.name === name)
    if (same) return same.done
    const { promise, resolve, reject } = Promise.withResolvers<string[]>()
    // Whoever stopped waiting must not turn a late failure into an unhandled rejection.
    promise.catch(() => undefined)
    const run = async () => {
      try {
        const addresses = await lookUp(name)
        answers.set(name, addresses)
        resolve(addresses)
      } catch (error) {
        reject(error)
      }
    }
    // A name without any known address goes before the ones that can do without; never before the running one.
    queue.splice(isUrgent ? Math.min(1, queue.length) : queue.length, 0, { name, done: promise, run })
    void drain()
    return promise
  }

  return {
    async resolve(name, lastGoodAddress) {
      if (isIP(name) !== 0) return [name]
      const known = lastGoodAddress === null ? answers.get(name) : [lastGoodAddress]
      const asked = ask(name, known === undefined)
      try {
        const found = known ? await withPatience(asked, patienceMs, known) : await asked
        if (found.length > 0) return found
      } catch (cause) {
        if (known) return known
        throw new AppError('device/unreachable', `The name ${name} could not be resolved.`, { cause })
      }
      if (known) return known
      throw new AppError('device/unreachable', `The name ${name} has no address.`)
    },
  }
}

async function withPatience<T>(work: Promise<T>, patienceMs: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, patienceMs, otherwise)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
