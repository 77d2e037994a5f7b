import type { EvidenceKind, WatchedFact } from '../contract/power.ts'
import type { Sight } from './sight.ts'

/**
 * Evidence is a change seen after the press. Each watched fact is a `Flip`: its last known value, when it last went
 * from good to bad and when it last went from bad to good. What was bad before the press and stays bad makes no flip.
 */
export type Flip = {
  /** Before the press; null when it was not known, or was out of sight since. */
  base: boolean | null
  value: boolean | null
  lostAt: number | null
  backAt: number | null
}

export type Tracker = {
  startedAt: number
  /** The KVM was there at the last look. */
  isKvmSeen: boolean
  led: Flip
  signal: Flip
  usb: Flip
  network: Flip
  /** What the BMC says of the chassis. */
  chassis: Flip
  /** Why the machine last started, before the press and as it changed since. */
  baseCause: string | null
  causeChangedAt: number | null
  /** The serial console was heard and silent before the press; since when, to know that it is the same hearing. */
  silentSince: number | null
  serialBackAt: number | null
  /** Picture mode before the press, and its change and return. */
  baseMode: string | null
  modeChangedAt: number | null
  modeBackAt: number | null
  pictureChangedAt: number | null
  /** When Crashcart's own network was last in doubt. */
  cutOffAt: number | null
}
export type Evidence = { kind: EvidenceKind }

/** A check that began before the press may end this long after it; it proves nothing about what came after. */
const checkTakesMs = 3_000
/** So long a serial console must have been heard and silent, that its next output counts. */
const serialSilenceMs = 1_500
/** An older answer says nothing of the moment of the press. */
const networkFreshMs = 20_000

/** Starts watching; `sight` is how things were just before the press. @see ActionState.aliveSince */
export function startTracker(sight: Sight, now: number, aliveSince: number | null = null): Tracker {
  return {
    startedAt: now,
    isKvmSeen: sight.isReachable,
    led: flipFrom(sight.led === null ? null : sight.led === 'on'),
    signal: flipFrom(sight.signal),
    usb: flipFrom(sight.isUsbOnline),
    network: flipFrom(networkBefore(sight, now, aliveSince)),
    chassis: flipFrom(sight.chassis === null ? null : sight.chassis === 'on'),
    baseCause: sight.restartCause,
    causeChangedAt: null,
    silentSince: isConsoleSilent(sight, now) ? sight.serialSince : null,
    serialBackAt: null,
    baseMode: sight.mode,
    modeChangedAt: null,
    modeBackAt: null,
    pictureChangedAt: sight.pictureChangedAt,
    cutOffAt: sight.isCutOff ? now : null,
  }
}

function networkBefore(sight: Sight, now: number, aliveSince: number | null): boolean | null {
  if (sight.hostSeenAt < now - networkFreshMs) return null
  if (aliveSince === null || sight.isHostAlive !== true) return sight.isHostAlive
  const isOfNow = sight.checks.some(
    ({ result, observedAt }) => observedAt >= aliveSince && result !== null && result !== 'noAnswer',
  )
  return isOfNow ? true : null
}

/** Heard and silent for a while. A console that said something a moment ago goes on talking without a restart. */
export function isConsoleSilent({ serialSince, serialOutputAt }: Sight, now: number): boolean {
  return serialSince !== null && now - Math.max(serialSince, serialOutputAt ?? 0) >= serialSilenceMs
}

function flipFrom(value: boolean | null): Flip {
  return { base: value, value, lostAt: null, backAt: null }
}

/** Takes one look and says what is new in it. Pure; calling it again with the same look adds nothing. */
export function look(before: Tracker, sight: Sight, now: number): { tracker: Tracker; evidence: Evidence[] } {
  // A KVM that was away may have restarted: then its capture and its USB keyboard come and go by themselves.
  // One that shows another machine comes back with a keyboard that the machine has yet to take, and a picture to find.
  const isSame = sight.isReachable && !sight.isScreenElsewhere
  const base = (fact: Flip): Flip => (isSame ? fact : { ...fact, base: null, value: null })
  // A restarted kvmd reads every LED as dark until it has looked. One that was seen going dark stays so until it is lit.
  const isSeenOff = before.led.lostAt !== null && before.led.value === false
  const led = sight.isReachable || isSeenOff ? before.led : { ...before.led, base: null, value: null }
  const cutOffAt = sight.isCutOff ? now : before.cutOffAt
  // What was checked while Crashcart was cut off is no more believed when it is not any more.
  const isCheckedSince = sight.hostSeenAt > Math.max(before.startedAt, cutOffAt ?? 0) + checkTakesMs
  const tracker: Tracker = {
    ...before,
    isKvmSeen: sight.isReachable,
    led: flip(led, sight.led === null ? null : sight.led === 'on', now),
    signal: flip(base(before.signal), sight.signal, now),
    usb: flip(base(before.usb), sight.isUsbOnline, now),
    network: flip(before.network, isCheckedSince ? sight.isHostAlive : null, now),
    chassis: flip(before.chassis, sight.chassis === null ? null : sight.chassis === 'on', now),
    causeChangedAt: before.causeChangedAt ?? (hasNewCause(before, sight) ? now : null),
    serialBackAt: before.serialBackAt ?? serialBackAt(before, sight),
    baseMode: before.baseMode ?? (before.signal.lostAt === null ? sight.mode : null),
    pictureChangedAt: sight.pictureChangedAt ?? before.pictureChangedAt,
    cutOffAt,
    ...modeFlip(before, sight, now),
  }
  return { tracker, evidence: newEvidence(before, tracker) }
}

/** What was there before the press and is there now, without a change that was seen or could have been missed. */
export function unchanged(
  { startedAt, led, usb, signal, network, chassis }: Tracker,
  sight: Sight,
): WatchedFact[] {
  const isNetworkSeen = sight.isHostAlive !== null && sight.hostSeenAt > startedAt + checkTakesMs
  const stayed = (fact: Flip, isKnown: boolean): boolean =>
    isKnown && fact.base === true && fact.lostAt === null && fact.backAt === null
  return [
    ...(stayed(led, sight.led !== null && sight.ledWiring === 'wired') ? (['led'] as const) : []),
    ...(stayed(usb, sight.isUsbOnline !== null) ? (['usb'] as const) : []),
    ...(stayed(signal, sight.signal !== null) ? (['signal'] as const) : []),
    ...(stayed(network, isNetworkSeen) ? (['network'] as const) : []),
    ...(stayed(chassis, sight.chassis !== null) ? (['chassis'] as const) : []),
  ]
}

function flip(before: Flip, value: boolean | null, now: number): Flip {
  if (value === null || value === before.value) return before
  if (before.value === null) return { ...before, value }
  return value ? { ...before, value, backAt: now } : { ...before, value, lostAt: now }
}

function hasNewCause({ baseCause }: Tracker, { restartCause }: Sight): boolean {
  return baseCause !== null && restartCause !== null && restartCause !== baseCause
}

/** Output of the same hearing: a console that was opened anew may only repeat what was said before. */
function serialBackAt({ silentSince: since, startedAt }: Tracker, sight: Sight): number | null {
  const { serialOutputAt, serialSince } = sight
  if (since === null || serialSince !== since || serialOutputAt === null) return null
  return serialOutputAt > startedAt ? serialOutputAt : null
}

function modeFlip(before: Tracker, sight: Sight, now: number): Pick<Tracker, 'modeChangedAt' | 'modeBackAt'> {
  const { modeChangedAt, modeBackAt, baseMode } = before
  if (sight.mode === null || baseMode === null) return { modeChangedAt, modeBackAt }
  if (modeChangedAt === null) return { modeChangedAt: sight.mode === baseMode ? null : now, modeBackAt }
  return { modeChangedAt, modeBackAt: modeBackAt ?? (sight.mode === baseMode ? now : null) }
}

function newEvidence(before: Tracker, after: Tracker): Evidence[] {
  const found: EvidenceKind[] = []
  const pair = (
    key: 'led' | 'signal' | 'usb' | 'network' | 'chassis',
    lost: EvidenceKind,
    back: EvidenceKind,
  ): void => {
    if (after[key].lostAt !== before[key].lostAt) found.push(lost)
    if (after[key].backAt !== before[key].backAt) found.push(back)
  }
  pair('chassis', 'chassisOff', 'chassisOn')
  pair('led', 'ledOff', 'ledOn')
  pair('usb', 'usbOffline', 'usbOnline')
  pair('signal', 'signalLost', 'signalBack')
  pair('network', 'networkLost', 'networkBack')
  if (before.causeChangedAt === null && after.causeChangedAt !== null) found.push('restartCause')
  if (before.serialBackAt === null && after.serialBackAt !== null) found.push('serialBack')
  if (before.modeChangedAt === null && after.modeChangedAt !== null) found.push('modeChanged')
  if (before.modeBackAt === null && after.modeBackAt !== null) found.push('signalBack')
  const isNewPicture = (after.pictureChangedAt ?? 0) > Math.max(before.pictureChangedAt ?? 0, after.startedAt)
  if (isNewPicture) found.push('pictureChanged')
  return found.map((kind) => ({ kind }))
}
