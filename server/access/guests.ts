import type {
  GuestJoinBody,
  GuestLinkRow,
  GuestOffer,
  NewGuestLink,
  NewGuestLinkBody,
} from '../contract/guest.ts'
import type { AuditBook } from '../domain.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { Store } from '../store/store.ts'
import { must } from '../store/together.ts'
import type { StoredLink } from '../store/tables/guest-links.ts'
import type { Principal } from './can.ts'
import { cleanLine } from '../clean-text.ts'
import { guestName, type Sessions } from './sessions.ts'
import { isToken, newToken, tokenHash } from './token.ts'

/** More at a time are a mistake, or somebody else's. */
const mostLinks = 50

type From = { userAgent: string; address: string }

/** Links that let one person in for some hours, without an account. */
export function createGuests(parts: {
  store: Store
  sessions: Sessions
  audit: AuditBook
  now: () => number
}) {
  const { store, sessions, audit, now } = parts

  /** Throws AppError `guest/linkOver`. */
  async function linkOf(token: string): Promise<StoredLink> {
    const link = isToken(token) ? await store.guestLinks.findByToken(tokenHash(token), now()) : null
    if (link !== null) return link
    throw new AppError('guest/linkOver', 'This link has ended, or it is not whole. Ask for a new one.')
  }

  async function end(
    by: Principal | null,
    id: string,
    event: 'guest.linkEnded' | 'guest.left',
  ): Promise<boolean> {
    const [link] = await store.guestLinks.findLive([id], now())
    const detail = { linkId: id, guest: link?.guestName ?? undefined }
    const { isKept } = await store.together([
      must(true, 'guestLinks', 'end', id),
      audit.line(by, event, { ...machineOf(link), detail }),
    ])
    if (isKept) sessions.announce()
    return isKept
  }

  return {
    list: (): Promise<GuestLinkRow[]> => store.guestLinks.list(now()),

    /** Makes a link; its token is told this once. */
    async make(by: Principal, { deviceId, level, forMs }: NewGuestLinkBody): Promise<NewGuestLink> {
      const at = now()
      const [id, token, expiresAt] = [newId(at), newToken(), at + forMs]
      const link = {
        id,
        tokenHash: tokenHash(token),
        deviceId,
        level,
        byUserId: by.userId,
        createdAt: at,
        expiresAt,
      }
      const { isKept } = await store.together([
        must(true, 'guestLinks', 'create', link, mostLinks),
        audit.line(by, 'guest.linkMade', {
          ...machineOf(link),
          detail: { linkId: id, level, minutes: forMs / 60_000 },
        }),
      ])
      if (isKept) return { id, token, expiresAt }
      throw new AppError('request/invalid', `There are ${mostLinks} guest links already. End some first.`)
    },

    /** Ends one (`by` null: somebody at the host); its guest's sockets close within 2 s. Throws AppError `request/notFound`. */
    async end(by: Principal | null, id: string): Promise<void> {
      if (await end(by, id, 'guest.linkEnded')) return
      throw new AppError('request/notFound', 'There is no such guest link; it may have ended already.')
    },

    /** The guest goes: the link is over with that. */
    async leave(guest: Principal): Promise<void> {
      await end(guest, guest.sessionId, 'guest.left')
    },

    /** What a link gives. Asking spends nothing. Throws AppError `guest/linkOver`. */
    async offer(token: string): Promise<Omit<GuestOffer, 'machine'> & { deviceId: string | null }> {
      const { byName, deviceId, level, expiresAt, guestName: name, joinedAt } = await linkOf(token)
      const taken = name === null || joinedAt === null ? null : { name, joinedAt }
      return { byName, deviceId, level, expiresAt, serverTime: now(), taken }
    },

    /**
     * Lets the first person in who joins, and their browser again. Returns the token for the cookie. Throws AppError
     * `guest/linkOver`, or `guest/linkTaken` with who was first.
     */
    async join({ token, name, claim }: GuestJoinBody, from: From): Promise<string> {
      const link = await linkOf(token)
      const sessionToken = newToken()
      const shown = link.guestName ?? cleanLine(name.normalize('NFC'), 40)
      const userAgent = cleanLine(from.userAgent, 200)
      const address = cleanLine(from.address, 64)
      const claimed = { claimHash: tokenHash(claim), sessionHash: tokenHash(sessionToken), guestName: shown }
      const { isKept } = await store.together([
        must(true, 'guestLinks', 'claim', link.id, { ...claimed, userAgent, address }, now()),
        audit.line({ userId: link.id, name: guestName(shown) }, 'guest.joined', {
          ...machineOf(link),
          detail: { linkId: link.id, by: link.byName, level: link.level, address, userAgent },
        }),
      ])
      if (!isKept) throw await taken(token)
      sessions.announce()
      return sessionToken
    },
  }

  async function taken(token: string): Promise<AppError> {
    const { guestName: name, joinedAt } = await linkOf(token)
    return new AppError(
      'guest/linkTaken',
      `${name ?? 'Somebody'} joined by this link. Ask for one of your own.`,
      {
        details: { name, joinedAt },
      },
    )
  }
}

function machineOf(link: Pick<StoredLink, 'deviceId'> | undefined): { deviceId?: string } {
  const deviceId = link?.deviceId
  return typeof deviceId === 'string' ? { deviceId } : {}
}
