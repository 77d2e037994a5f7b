import { z } from 'zod'

/** What a guest may do. `everything`: look, type and power; never manage anything. */
const guestLevels = ['look', 'type', 'everything'] as const
export type GuestLevel = (typeof guestLevels)[number]

const minute = 60_000
const guestLinkMs = { least: 5 * minute, usual: 120 * minute, most: 24 * 60 * minute } as const

export const newGuestLinkBody = z.strictObject({
  /** Null: all machines. */
  deviceId: z.string().min(1).max(64).nullable(),
  level: z.enum(guestLevels),
  forMs: z.number().int().min(guestLinkMs.least).max(guestLinkMs.most).default(guestLinkMs.usual),
})
/** The part of the link after `#`. In a body, never in an address, so that nothing on the way writes it down. */
const token = z.string().max(64)
export const guestOfferBody = z.strictObject({ token })
export const guestJoinBody = z.strictObject({
  token,
  name: z
    .string()
    .trim()
    .min(1)
    .max(40)
    // oxlint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f]+$/),
  /** A secret of this browser: when the answer to its Join was lost, it may join again, and nobody else. */
  claim: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})
export type NewGuestLinkBody = z.infer<typeof newGuestLinkBody>
export type GuestJoinBody = z.infer<typeof guestJoinBody>

/** POST /api/guest-links. The token is told this once. */
export type NewGuestLink = { id: string; token: string; expiresAt: number }

/** POST /api/guest/offer: what a link gives, before anybody joins by it. */
export type GuestOffer = {
  byName: string
  /** Null: all machines. */
  machine: string | null
  level: GuestLevel
  expiresAt: number
  serverTime: number
  /** Who joined by it already; only their browser may do so again. */
  taken: { name: string; joinedAt: number } | null
}

/** A guest who is in. `name` as they gave it; the page adds that it is a guest's. `deviceId` null: on all machines. */
export type GuestHere = {
  id: string
  name: string
  deviceId: string | null
  level: GuestLevel
  byName: string
  joinedAt: number
  expiresAt: number
}

/** A link that has not ended. */
export type GuestLinkRow = {
  id: string
  deviceId: string | null
  level: GuestLevel
  byName: string
  createdAt: number
  expiresAt: number
  guest: { name: string; joinedAt: number; lastSeenAt: number; userAgent: string; address: string } | null
}
