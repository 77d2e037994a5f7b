import { isIP } from 'node:net'
import type { NameProblem } from '../contract/state.ts'
import { AppError, isAppError } from '../errors.ts'
import { createSystemLookUp, NamesSilent, type LookUp } from './system-look-up.ts'

export interface NameResolver {
  /**
   * Addresses to try for `name`, best first. An IP address is its own answer. When the look-up fails or takes longer
   * than the patience, `lastGoodAddress` (or the last answer seen) is used instead; without either it waits.
   * Throws AppError `device/unreachable` when there is nothing to try; `nameProblemOf` says why.
   */
  resolve(name: string, lastGoodAddress: string | null): Promise<string[]>
}

export type NameResolverParts = {
  /** The system's way by default. */
  lookUp?: LookUp
  /** Answers of earlier days, for the day that DNS is dead. */
  remembered?: ReadonlyMap<string, readonly string[]>
  /** A name has other addresses than before. */
  onAnswer?(name: string, addresses: readonly string[]): void
  times?: Partial<NameTimes>
}
/** Times of the resolver, ms. */
type NameTimes = {
  /** Nobody with a known address waits longer for a look-up. Default 1,000. */
  patienceMs: number
  /** A look-up is given up after this, so that the next one gets its turn. Default 3,000. */
  limitMs: number
  /** An answer this young is not asked for again. Default 30,000. */
  freshMs: number
  /** For so long after a look-up that hung, nobody with a known address waits at all. Default 30,000. */
  troubleMs: number
}
const defaultTimes: NameTimes = { patienceMs: 1000, limitMs: 3000, freshMs: 30_000, troubleMs: 30_000 }

type Answer = { addresses: readonly string[]; at: number }
type Waiting = { name: string; done: Promise<readonly string[]>; run(): Promise<void> }

/**
 * The one resolver of this process. A dead DNS server stalls nothing else: look-ups run one at a time and are given
 * up, the same name is asked once for all who wait, and whoever has an address already uses it after a second.
 */
export function createNameResolver(parts: NameResolverParts = {}): NameResolver {
  const lookUp = parts.lookUp ?? createSystemLookUp()
  const times = { ...defaultTimes, ...parts.times }
  const answers = new Map<string, Answer>()
  for (const [name, addresses] of parts.remembered ?? []) answers.set(name, { addresses, at: -Infinity })
  const failed = new Set<string>()
  const queue: Waiting[] = []
  let isRunning = false
  let troubledUntil = -Infinity

  async function drain(): Promise<void> {
    if (isRunning) return
    isRunning = true
    for (let next = queue[0]; next; next = queue[0]) {
      await next.run()
      queue.shift()
    }
    isRunning = false
  }

  function ask(name: string, isKnown: boolean): Promise<readonly string[]> {
    const same = queue.find((waiting) => waiting.name === name)
    if (same) return same.done
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>()
    // Whoever stopped waiting must not turn a late failure into an unhandled rejection.
    promise.catch(() => undefined)
    const run = async () => {
      try {
        const addresses = await inTime(name)
        note(name, addresses)
        resolve(addresses)
      } catch (error) {
        failed.add(name)
        reject(error)
      }
    }
    // A new name, which somebody may have just typed, goes before those that can do without or have failed before;
    // never before the running one.
    const place = isKnown || failed.has(name) ? queue.length : Math.min(1, queue.length)
    queue.splice(place, 0, { name, done: promise, run })
    void drain()
    return promise
  }

  /** One look-up within its limit, also where it does not heed the signal. */
  async function inTime(name: string): Promise<string[]> {
    const limit = new AbortController()
    const { promise: late, reject } = Promise.withResolvers<never>()
    const slow = setTimeout(() => (troubledUntil = performance.now() + times.troubleMs), times.patienceMs)
    const over = setTimeout(() => {
      reject(new NamesSilent(`looking ${name} up took over ${times.limitMs} ms`))
      limit.abort()
    }, times.limitMs)
    try {
      return await Promise.race([lookUp(name, limit.signal), late])
    } finally {
      clearTimeout(slow)
      clearTimeout(over)
    }
  }

  function note(name: string, addresses: readonly string[]): void {
    if (addresses.length === 0) return
    failed.delete(name)
    const before = answers.get(name)?.addresses
    answers.set(name, { addresses, at: performance.now() })
    if (before?.join() !== addresses.join()) parts.onAnswer?.(name, addresses)
  }

  return {
    async resolve(name, lastGoodAddress) {
      if (isIP(name.split('%')[0] ?? '') !== 0) return [name]
      const answer = answers.get(name)
      if (answer && performance.now() - answer.at < times.freshMs) return [...answer.addresses]
      const known = [...new Set([lastGoodAddress ?? [], answer?.addresses ?? []].flat())]
      const asked = ask(name, known.length > 0)
      try {
        const patienceMs = performance.now() < troubledUntil ? 0 : times.patienceMs
        const found = known.length === 0 ? await asked : await withPatience(asked, patienceMs, known)
        if (found.length > 0) return [...found]
      } catch (cause) {
        if (known.length > 0) return known
        throw new AppError('device/unreachable', `The name ${name} could not be resolved.`, { cause })
      }
      if (known.length > 0) return known
      throw new AppError('device/unreachable', `The name ${name} has no address.`)
    },
  }
}

/** Why `resolve` found nothing to try: nobody answered, or whoever answered knows no such name. */
export function nameProblemOf(error: unknown): NameProblem {
  return isAppError(error) && error.cause instanceof NamesSilent ? 'dnsSilent' : 'notFound'
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
