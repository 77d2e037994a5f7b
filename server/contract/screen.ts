import { z } from 'zod'
import { layouts, loginParts } from './inventory.ts'

/** Key names are `KeyboardEvent.code` values. Mouse positions are −32768…32767 with 0 the centre. */
const coordinate = z.number().int().min(-32768).max(32767)
const delta = z.number().int().min(-127).max(127)
const keyCode = z.string().regex(/^[A-Z][A-Za-z0-9]{1,23}$/)

/** `auto`: what the link carries. `sharp`: never a scaled picture. `light`: as few bytes as can be. */
const pictureQualities = ['auto', 'sharp', 'light'] as const
export type PictureQuality = (typeof pictureQualities)[number]
/** How a viewer gets its pictures now. `stills`: scaled, about one a second. */
export type PictureForm = 'h264' | 'jpeg' | 'stills'

/** /api/screen/:deviceId, browser → server, as text. `seq` counts input events of this socket from 1. */
export const screenClientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ping'), t: z.number() }),
  /**
   * Cumulative bytes of binary messages received (headers included) since the socket opened. Said for each whole
   * picture, and in between where one takes long.
   */
  z.strictObject({ type: z.literal('ack'), bytes: z.number().int().nonnegative() }),
  /**
   * Asks for control. Granted when nobody else has it (or another tab of the same person). `over`: the viewer from
   * whom the person chose to take it; anyone else's control is left alone. `instead`: a page that came back (new
   * socket, reload) names the viewer that it was, and gets control only from that one or when nobody has it.
   */
  z.strictObject({
    type: z.literal('take'),
    over: z.string().max(64).optional(),
    instead: z.string().max(64).optional(),
  }),
  z.strictObject({ type: z.literal('release') }),
  z.strictObject({ type: z.literal('key'), seq: z.number().int(), code: keyCode, down: z.boolean() }),
  z.strictObject({
    type: z.literal('button'),
    seq: z.number().int(),
    button: z.enum(['left', 'middle', 'right', 'up', 'down']),
    down: z.boolean(),
  }),
  z.strictObject({ type: z.literal('move'), seq: z.number().int(), x: coordinate, y: coordinate }),
  z.strictObject({ type: z.literal('relative'), seq: z.number().int(), dx: delta, dy: delta }),
  z.strictObject({ type: z.literal('wheel'), seq: z.number().int(), dx: delta, dy: delta }),
  /** Sent every 250 ms while this viewer holds a key or button; without it all is released after 1 s. */
  z.strictObject({ type: z.literal('holding') }),
  z.strictObject({ type: z.literal('allUp') }),
  /**
   * `erase`: takes back this many characters first, in one unit with the text. What is beyond `text-limits.ts` is
   * answered with a refusal: a socket that closed for it would look like a lost link.
   */
  z.strictObject({
    type: z.literal('text'),
    id: z.string().max(64),
    text: z.string(),
    layout: z.enum(layouts),
    erase: z.number().int().min(0).optional(),
  }),
  /** Types what this machine's stored login holds; reported like a text, without its length. `nonce`: a LoginPermit. */
  z.strictObject({
    type: z.literal('login'),
    id: z.string().max(64),
    what: z.enum(loginParts),
    nonce: z.string().max(64),
    withEnter: z.boolean(),
    layout: z.enum(layouts),
  }),
  z.strictObject({ type: z.literal('cancelText'), id: z.string().max(64) }),
  z.strictObject({ type: z.literal('pause'), paused: z.boolean() }),
  /** How this viewer wants its pictures; pictures begin after the first one. `h264`: this browser can decode it. */
  z.strictObject({ type: z.literal('view'), quality: z.enum(pictureQualities), h264: z.boolean() }),
  /** The decoder lost its thread: nothing until the next key frame can be shown. */
  z.strictObject({ type: z.literal('keyFrame') }),
])
export type ScreenClientMessage = z.infer<typeof screenClientMessage>

/**
 * `stalled`: the KVM lives and has a signal, but its stream has stopped. `elsewhere`: a KVM that several machines share
 * shows another one, or is on its way.
 */
export type PictureState =
  'live' | 'noSignal' | 'off' | 'starting' | 'stalled' | 'kvmUnreachable' | 'elsewhere'

export type TextRefusal =
  | 'unmappable'
  | 'tooLong'
  | 'noControl'
  | 'forbidden'
  | 'busy'
  | 'catching'
  | 'elsewhere'
  | 'switching'
  | 'kvmUnreachable'
  | 'noLogin'
  | 'secretsLocked'
  /** Of a login: its permit was used, too old, too young, or somebody else's. */
  | 'notHeld'

/** Body of POST /api/devices/:id/login/permit. */
export const loginPermitBody = z.strictObject({ part: z.enum(loginParts) })
/** Good once, for who asked, for this part of this machine's login, until `expiresAt`. */
export type LoginPermit = { nonce: string; expiresAt: number }

/**
 * Body of POST /api/devices/:id/show: gives the one screen and keyboard of a shared KVM to this machine. `over`: what a
 * refusal (`console/inUse`) named in its `details.over`, when the person chose to end that.
 */
export const showBody = z.strictObject({ over: z.string().max(200).optional() })
/** `notYet`: taken, and the switch has not followed. `unknown`: nobody knows whether the KVM got it. */
export type ShowResult = { result: 'shown' | 'notYet' | 'unknown' }

/**
 * POST /api/devices/:id/answer-test. `noKeyboard`: the machine does not see the KVM's keyboard, and took neither press.
 * `busy`: someone types or holds a key now. `elsewhere`: the shared KVM shows another machine. `switching`: it is on its
 * way to this one.
 */
export type AnswerTest = {
  verdict: 'answers' | 'noAnswer' | 'noKeyboard' | 'busy' | 'unreachable' | 'elsewhere' | 'switching'
  tookMs: number
  isCapsAsBefore: boolean
}

export type ScreenServerMessage =
  | { type: 'hello'; serverTime: number; viewerId: string; deviceId: string; name: string }
  | { type: 'pong'; t: number; serverTime: number }
  | { type: 'picture'; state: PictureState; since: number }
  | { type: 'form'; form: PictureForm }
  | { type: 'control'; holder: { viewerId: string; name: string } | null; you: boolean; mayTake: boolean }
  | { type: 'viewers'; names: string[] }
  | {
      type: 'text'
      id: string
      state: 'typing' | 'done' | 'cancelled' | 'refused' | 'interrupted'
      sent: number
      total: number
      /** For `refused`: each character that the layout cannot type, once; never of a stored login. */
      unmappable?: string[]
      /** For `refused`: why nothing was typed. */
      reason?: TextRefusal
    }
  | {
      type: 'leds'
      caps: boolean | null
      keyboardOnline: boolean | null
      mouseOnline: boolean | null
      mouseAbsolute: boolean | null
    }
  | {
      type: 'inputRefused'
      seq: number
      /** `switching`: the shared KVM is on its way to this machine. `ctrlAltDel` and `sysrq`: such a chord is a power action, with its own right and hold. */
      reason:
        | 'noControl'
        | 'forbidden'
        | 'kvmUnreachable'
        | 'busy'
        | 'catching'
        | 'elsewhere'
        | 'switching'
        | 'ctrlAltDel'
        | 'sysrq'
    }
  | { type: 'bye'; reason: 'signedOut' | 'removed' | 'moved' | 'serverStopping' | 'tooSlow' }
