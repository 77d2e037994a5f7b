import type { GuestHere, GuestLinkRow } from '../contract/guest.ts'
import type { LiveChange } from '../contract/live.ts'
import type { GuestsIn } from '../domain.ts'
import type { Sessions } from './sessions.ts'

/** While somebody is in, it is looked again this often: time runs out, and the command line works beside us. */
const lookEveryMs = 1000

export type GuestPresence = GuestsIn & { start(): Promise<void>; close(): void }

/** Who came by a guest link and is still in. Nothing is asked for while nobody is. */
export function createGuestPresence(parts: {
  links(): Promise<GuestLinkRow[]>
  sessions: Pick<Sessions, 'onChange'>
}): GuestPresence {
  const listeners = new Set<(changes: LiveChange[]) => void>()
  let present: readonly GuestHere[] = []
  let timer: NodeJS.Timeout | null = null
  let looking: Promise<void> | null = null
  let mustLookAgain = false
  let isClosed = false
  let unsubscribe = (): void => undefined

  function look(): Promise<void> {
    mustLookAgain = looking !== null
    looking ??= lookOnce().finally(() => {
      looking = null
      if (mustLookAgain) void look()
      else if (present.length > 0) schedule()
    })
    return looking
  }

  async function lookOnce(): Promise<void> {
    unschedule()
    try {
      take((await parts.links()).flatMap(guestOf))
    } catch {
      // The database cannot be asked now: who was in is still shown, and it is asked again in a moment.
    }
  }

  function schedule(): void {
    if (timer !== null || isClosed) return
    timer = setTimeout(() => {
      timer = null
      void look()
    }, lookEveryMs).unref()
  }

  function unschedule(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  function take(next: readonly GuestHere[]): void {
    const before = new Map(present.map((guest) => [guest.id, guest]))
    const changes = next
      .filter((guest) => JSON.stringify(before.get(guest.id)) !== JSON.stringify(guest))
      .map((guest) => guestChange(guest.id, guest))
    const ids = new Set(next.map(({ id }) => id))
    const gone = present.filter(({ id }) => !ids.has(id)).map(({ id }) => guestChange(id, null))
    present = next
    if (changes.length + gone.length === 0) return
    for (const listener of listeners) listener([...changes, ...gone])
  }

  return {
    present: () => present,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      unsubscribe = parts.sessions.onChange(() => void look())
      await look()
    },
    close() {
      isClosed = true
      unsubscribe()
      unschedule()
    },
  }
}

export function guestChange(id: string, value: GuestHere | null): LiveChange {
  return { entity: 'guest', id, siteId: '', value }
}

function guestOf({ id, deviceId, level, byName, expiresAt, guest }: GuestLinkRow): GuestHere[] {
  if (guest === null) return []
  const { name, joinedAt } = guest
  return [{ id, name, deviceId, level, byName, joinedAt, expiresAt }]
}
