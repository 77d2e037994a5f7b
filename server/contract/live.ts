import { z } from 'zod'
import type { Capability } from './access.ts'
import type { GuestHere } from './guest.ts'
import type { Console, Device, Endpoint, PowerPath, Rack, Site } from './inventory.ts'
import type { Action } from './power.ts'
import type { MachineState, SelfState } from './state.ts'

/** /api/live, browser → server. */
export const liveClientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ping'), t: z.number() }),
  /** The machine whose page is open: its KVM streams meanwhile, so that there is a picture. Null: none. */
  z.strictObject({ type: z.literal('watch'), deviceId: z.string().max(64).nullable() }),
  /** Machines whose small picture is visible now; replaces the former set. */
  z.strictObject({ type: z.literal('thumbnails'), deviceIds: z.array(z.string().max(64)).max(40) }),
])
export type LiveClientMessage = z.infer<typeof liveClientMessage>

/** One entity as it is now, or gone (`value: null`). */
export type LiveChange =
  | { entity: 'site'; id: string; siteId: string; value: Site | null }
  | { entity: 'rack'; id: string; siteId: string; value: Rack | null }
  | { entity: 'device'; id: string; siteId: string; value: Device | null }
  | { entity: 'endpoint'; id: string; siteId: string; value: Endpoint | null }
  | { entity: 'console'; id: string; siteId: string; value: Console | null }
  | { entity: 'powerPath'; id: string; siteId: string; value: PowerPath | null }
  | { entity: 'state'; id: string; siteId: string; value: MachineState | null }
  | { entity: 'action'; id: string; siteId: string; value: Action | null }
  /** Somebody who came by a guest link; belongs to no site (`siteId: ''`). Never shown to other guests. */
  | { entity: 'guest'; id: string; siteId: string; value: GuestHere | null }
  /** One entry, `id: 'self'`, that belongs to no site (`siteId: ''`). */
  | { entity: 'self'; id: string; siteId: string; value: SelfState | null }

/** What this person may do to each machine that they see, by its id, besides looking. */
export type LiveRights = Readonly<Record<string, readonly Capability[]>>

/**
 * /api/live, server → browser, as text. `rights` comes whole; absent: as before. A patch follows the snapshot in order; a gap cannot happen on one socket.
 * Binary messages are small pictures: uint16 BE length of a JSON head {deviceId, at}, the head, the JPEG.
 */
export type LiveServerMessage =
  | { type: 'snapshot'; serverTime: number; version: string; changes: LiveChange[]; rights?: LiveRights }
  | { type: 'patch'; serverTime: number; changes: LiveChange[]; rights?: LiveRights }
  | { type: 'pong'; t: number; serverTime: number }
  | { type: 'bye'; reason: 'signedOut' | 'serverStopping' }
