import { cleanLine } from '../clean-text.ts'
import type { Reached } from '../contract/access.ts'
import type { Store } from '../store/store.ts'

/** While somebody stays, it is written down at most this often. */
const writeEveryMs = 10 * 60_000

/** `live`: a websocket, on which our ping was answered. `plain`: the same over plain https, where none gets through. */
export type Way = 'live' | 'plain'
export type ReachedWays = Record<Way, Reached | null>

/** When each host name was last reached by somebody signed in, on whose browser what we sent came back. */
export type ReachedNames = ReturnType<typeof createReachedNames>

export function createReachedNames(store: Store, now: () => number) {
  const newest = new Map<string, Reached>()
  const writtenAt = new Map<string, number>()

  return {
    /** What was sent to a browser under this name has come back. Never rejects. */
    async note(name: string, way: Way, who: Omit<Reached, 'at'>): Promise<void> {
      const at = now()
      const reached = {
        at,
        by: who.by,
        userAgent: cleanLine(who.userAgent, 200),
        address: cleanLine(who.address, 64),
      }
      const key = `${way} ${name}`
      newest.set(key, reached)
      const before = writtenAt.get(key)
      if (before !== undefined && at >= before && at - before < writeEveryMs) return
      writtenAt.set(key, at)
      // It stays in memory, and is written when there is room again.
      await store.reachedNames.put({ name, way, ...reached }).catch(() => writtenAt.delete(key))
    },

    /** By name. A name that was never reached is missing. */
    async all(): Promise<Map<string, ReachedWays>> {
      const ways = new Map<string, ReachedWays>()
      const put = (name: string, way: Way, reached: Reached): void => {
        const known = ways.get(name) ?? { live: null, plain: null }
        ways.set(name, { ...known, [way]: reached })
      }
      for (const { name, way, ...reached } of await store.reachedNames.list()) put(name, way, reached)
      for (const [key, reached] of newest) {
        const [way = '', name = ''] = key.split(' ')
        put(name, way as Way, reached)
      }
      return ways
    },
  }
}
