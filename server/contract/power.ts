import { z } from 'zod'
import { bootAims, type BootAim, type BootKey } from './boot-keys.ts'

/**
 * `off` is the graceful short press; `cycle` is hard off, proof of off, then on. The last three are keys: `sysrqReboot`
 * is SysRq S, U, B with waits, `sysrqKey` is one SysRq key.
 */
const powerVerbs = [
  'on',
  'off',
  'hardOff',
  'reset',
  'cycle',
  'ctrlAltDel',
  'sysrqReboot',
  'sysrqKey',
] as const
export type PowerVerb = (typeof powerVerbs)[number]

/** SysRq keys of Linux that can be sent, by their letter. */
const sysrqLetters = ['s', 'u', 'b', 'o', 'r', 'e', 'i', 'f', 'w', 't', 'm', 'l', 'c'] as const
export type SysrqLetter = (typeof sysrqLetters)[number]

/** `reboot`: a hard reboot as the best path does it best; the answer says which verb that is. */
export const nonceBody = z.strictObject({
  verb: z.enum([...powerVerbs, 'reboot']),
  pathId: z.string().max(64).nullable(),
  /** For `sysrqKey`. */
  letter: z.enum(sysrqLetters).optional(),
})
export const actionBody = z.strictObject({
  nonce: z.string().min(16).max(64),
  verb: z.enum(powerVerbs),
  pathId: z.string().max(64).nullable(),
  letter: z.enum(sysrqLetters).optional(),
  /** The machine's name, typed, when it is protected. */
  confirmName: z.string().max(80).optional(),
  /** From the press on, press this machine's keys for it until somebody stops that. Needs the right to type, too. */
  catching: z.enum(bootAims).optional(),
  /** A real reboot, asked for to see whether this way works. */
  isTry: z.boolean().optional(),
})
export type NonceBody = z.infer<typeof nonceBody>
export type ActionBody = z.infer<typeof actionBody>

/** `sending` that is found at start becomes `unknown`; nothing is ever sent again. */
export type ActionPhase = 'intent' | 'sending' | 'watching' | 'done'

/**
 * The first verdict: did the action take effect? `stopped`: it had several steps, and not all were made, because somebody
 * stopped it or something came in between.
 */
export type EffectVerdict =
  'restarted' | 'poweredOn' | 'poweredOff' | 'sent' | 'stopped' | 'unknown' | 'unknownCrashed' | 'notSent'
/**
 * The second verdict, for actions after which the machine should serve again. `inFirmware`: a person saw it in the
 * firmware for which keys were pressed, where nothing answers.
 */
export type BackVerdict = 'back' | 'waiting' | 'notBack' | 'inFirmware' | 'notExpected'

export type EvidenceKind =
  | 'ledOff'
  | 'ledOn'
  | 'signalLost'
  | 'signalBack'
  | 'modeChanged'
  | 'pictureChanged'
  | 'usbOffline'
  | 'usbOnline'
  | 'networkLost'
  | 'networkBack'
  | 'checkAnswers'
  /** What a BMC tells: the chassis, why the machine last started, and its serial console after a silence. */
  | 'chassisOff'
  | 'chassisOn'
  | 'restartCause'
  | 'serialBack'

export type WatchedFact = 'led' | 'usb' | 'signal' | 'network' | 'chassis'

export type ActionStep = { at: number } & (
  | { type: 'accepted'; isTry?: true }
  | { type: 'pressing'; button: string; target: string }
  | { type: 'pressed'; button: string; target: string }
  | { type: 'sendUnknown'; reason: string }
  | { type: 'notSent'; reason: string }
  /** Somebody asked that nothing more be pressed. */
  | { type: 'stopAsked'; by: string }
  /** Somebody ended the keys that were pressed, because the firmware is on the screen. */
  | { type: 'firmwareSeen'; by: string }
  | { type: 'evidence'; kind: EvidenceKind; label?: string }
  /** `asBefore`, of `unknown`: what was known before the press and since, and did not change; absent: nobody looked. */
  | { type: 'effect'; verdict: EffectVerdict; asBefore?: WatchedFact[] }
  /** The KVM that shows the machine was there and is not any more, or the other way round. */
  | { type: 'kvmGone' }
  | { type: 'kvmBack' }
  | { type: 'back'; verdict: BackVerdict }
)

/**
 * Keys that are pressed again and again from the last press of an action on, to open the firmware. `end` says when and why
 * they stopped; `notPressed`: the action was not carried out, so there was nothing to catch.
 */
export type Catching = {
  aim: BootAim
  keys: BootKey[]
  /** At most so long. */
  forMs: number
  /** Null until the press. */
  startedAt: number | null
  /** How many keys went out, and when the last one did. Told about once a second. */
  presses: number
  lastPressAt: number | null
  end: { at: number; why: CatchEnd; by: string | null } | null
}
export type CatchEnd = 'stopped' | 'timeOver' | 'notPressed' | 'otherAction' | 'moved' | 'restarted'

/** One power request with its story. Times are ms since the epoch. */
export type Action = {
  id: string
  siteId: string
  deviceId: string
  pathId: string | null
  verb: PowerVerb
  by: { userId: string; name: string }
  phase: ActionPhase
  acceptedAt: number
  endedAt: number | null
  effect: EffectVerdict | null
  back: BackVerdict | null
  /** Usual time from the press to serving again, ms; null before the first proof. */
  usualBackMs: number | null
  steps: ActionStep[]
  /** Absent where no keys were asked for. */
  catching?: Catching
}

/** Why the bar is replaced, and the next step to offer. Codes are ErrorCode values of `power/` and `access/`. */
export type Refusal = {
  code:
    | 'power/looksOff'
    | 'power/looksOn'
    | 'power/busy'
    | 'power/noWay'
    | 'power/nameNeeded'
    | 'access/forbidden'
    | 'device/unreachable'
    | 'device/unsupported'
  next: 'on' | 'watch' | 'showWhere' | 'typeName' | 'none'
  /** For `busy`: whose action, what, since when. */
  by?: string
  verb?: PowerVerb
  since?: number
  actionId?: string
}

/** What would show that a reset worked: the KVM's picture or USB, the network, the serial console. */
export type ResetProof = 'screen' | 'network' | 'serial'

export type PathView = {
  id: string
  target: string
  /** As the Switch names the port that it goes over; null: it goes over none. */
  portLabel: string | null
  wiring: string
  endpointName: string
  reachable: boolean | null
  ledWiring: 'wired' | 'unwired' | 'unproven'
  provenAt: number | null
  /** What became of the last try at rebooting over it; null: it was never tried. */
  lastVerdict: string | null
  verbs: PowerVerb[]
  /** For how long a long press holds the power button, s; null: not known, or there is no long press. */
  longPressS: number | null
  /** Of a relay on the power button: its shortest and longest pulse, s; null: not known. Null elsewhere. */
  pulse: { minS: number; maxS: number } | null
  /** What a hard reboot over this path is, as things are now. */
  reboot: PowerVerb
  /** Of a BMC, which tells nothing of a reset itself; null elsewhere. */
  resetShownBy: ResetProof[] | null
}

/**
 * `onlyReachable`: no other answers. `proven`: it worked before, the others were never tried. `othersFailed`: the last
 * try of the others changed nothing. `preferred`: by the order that somebody set.
 */
export type PathReason = 'onlyReachable' | 'proven' | 'othersFailed' | 'preferred'

/** POST /api/devices/:id/power/nonce. `nonce` is null when `refusal` forbids (all but nameNeeded). */
export type NonceView = {
  nonce: string | null
  expiresAt: number
  verb: PowerVerb
  path: PathView | null
  otherPaths: PathView[]
  /** Why this path comes first; null without a choice, or when the person chose. */
  reason: PathReason | null
  refusal: Refusal | null
  /** Names of other people who look at this machine now. */
  others: string[]
}
/** GET /api/power/nonces/:nonce: what became of a request whose answer was lost. */
export type NonceFate = { state: 'spent'; action: Action } | { state: 'unspent' } | { state: 'unheard' }
