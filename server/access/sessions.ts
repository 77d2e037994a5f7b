import type { Capability, SessionRow } from '../contract/access.ts'
import { hasPassed } from '../clock/has-passed.ts'
import { newId } from '../store/new-id.ts'
import type { Store } from '../store/store.ts'
import { later, must, type StoreCall } from '../store/together.ts'
import type { StoredLink } from '../store/tables/guest-links.ts'
import type { SessionUser } from '../store/tables/sessions.ts'
import type { Principal } from './can.ts'
import { cleanLine } from '../clean-text.ts'
import { isToken, newToken, tokenHash } from './token.ts'

/** A trusted phone stays signed in while it is used at least this often. */
const trustedMs = 180 * 24 * 3600_000
/** Everything else must sign in again this long after it did. */
const untrustedMs = 12 * 3600_000
/** Use is noted at most this often, so that an open page does not write all the time. */
const noteEveryMs = 10 * 60_000

export type LiveSession = {
  principal: Principal
  trusted: boolean
  createdAt: number
  lastSeenAt: number
  expiresAt: number
  /** Started by a recovery code, and no new passphrase set since. */
  isRecovery: boolean
}
export type NewSession = {
  userId: string
  trusted: boolean
  userAgent: string
  address: string
  isRecovery: boolean
}

/** People's logins. Whoever holds a session open listens to `onChange` and asks `live` again. */
export type Sessions = ReturnType<typeof createSessions>

export function createSessions(store: Store, now: () => number) {
  const listeners = new Set<() => void>()

  return {
    /** The session behind a cookie's token; null when there is none (any more) or the database is locked. */
    async authenticate(token: string | null): Promise<LiveSession | null> {
      if (token === null || !isToken(token) || store.problem !== null) return null
      const hash = tokenHash(token)
      const found = await store.sessions.findByToken(hash, now())
      if (found !== null) return liveSession(found)
      const link = await store.guestLinks.findBySession(hash, now())
      return link === null ? null : guestSession(link)
    },

    /** A new session: the writes that start it, and the token for the cookie, of which only a hash is kept. */
    starting(session: NewSession): { token: string; sessionId: string; calls: StoreCall[] } {
      const token = newToken()
      const at = now()
      const sessionId = newId(at)
      const row = {
        id: sessionId,
        tokenHash: tokenHash(token),
        userId: session.userId,
        trusted: session.trusted,
        isRecovery: session.isRecovery,
        userAgent: cleanLine(session.userAgent, 200),
        address: cleanLine(session.address, 64),
        createdAt: at,
        lastSeenAt: at,
        expiresAt: at + (session.trusted ? trustedMs : untrustedMs),
      }
      const calls = [later('sessions', 'prune', at), later('sessions', 'create', row)]
      return { token, sessionId, calls }
    },

    /** Those of the sessions that are still valid, with today's rights. */
    async live(sessionIds: readonly string[]): Promise<Map<string, LiveSession>> {
      const [found, links] = await Promise.all([
        store.sessions.findLive(sessionIds, now()),
        store.guestLinks.findLive(sessionIds, now()),
      ])
      return new Map([
        ...found.map((row) => [row.sessionId, liveSession(row)] as const),
        ...links.map((link) => [link.id, guestSession(link)] as const),
      ])
    },

    /** Notes that the session is in use, at most every 10 minutes; a trusted one lives on for 180 days from now. */
    async noteUse(session: LiveSession): Promise<void> {
      if (!hasPassed(session.lastSeenAt, now(), noteEveryMs)) return
      const { sessionId, guest } = session.principal
      const noting =
        guest === undefined
          ? store.sessions.touch(sessionId, now(), trustedMs)
          : store.guestLinks.touch(sessionId, now())
      // A request is not refused because its time could not be written down, on a full disk for one.
      await noting.catch(() => undefined)
    },

    /**
     * Ends one session, of `userId` only when given, together with its line in the record; false when there is no such
     * session.
     */
    async end(sessionId: string, userId: string | null, line?: StoreCall): Promise<boolean> {
      const removing = must(true, 'sessions', 'remove', sessionId, userId)
      const { isKept } = await store.together(line === undefined ? [removing] : [removing, line])
      if (isKept) announce()
      return isKept
    },

    /** Live sessions of one user, or of everybody. */
    async list(userId: string | null, currentId: string): Promise<SessionRow[]> {
      const rows = await store.sessions.list(userId, now())
      return rows.map((row) => ({ ...row, current: row.id === currentId }))
    },

    /** Rights of somebody changed: whoever holds a session open must look again. */
    announce,

    onChange(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }

  function announce(): void {
    for (const listener of listeners) listener()
  }
}

function liveSession(row: SessionUser): LiveSession {
  const { sessionId, userId, name, role, isLimited, trusted, createdAt, lastSeenAt, expiresAt, isRecovery } =
    row
  const grants = new Map<string, ReadonlySet<Capability>>(
    row.grants.map(({ deviceId, capabilities }) => [deviceId, new Set(capabilities)]),
  )
  const principal: Principal = { userId, name, role, sessionId, isLimited, grants }
  return { principal, trusted, createdAt, lastSeenAt, expiresAt, isRecovery }
}

/** A guest's session is the link that they joined by. */
function guestSession(link: StoredLink): LiveSession {
  const { id, level, deviceId, byName, expiresAt } = link
  const joinedAt = link.joinedAt ?? link.createdAt
  const principal: Principal = {
    userId: id,
    name: guestName(link.guestName ?? ''),
    role: 'viewer',
    sessionId: id,
    grants: new Map(),
    isLimited: true,
    guest: { level, deviceId, byName },
  }
  return {
    principal,
    trusted: false,
    createdAt: joinedAt,
    lastSeenAt: link.lastSeenAt ?? joinedAt,
    expiresAt,
    isRecovery: false,
  }
}

/** How everybody sees a guest named: never to be taken for somebody with an account. */
export function guestName(name: string): string {
  return `${name} (guest)`
}
