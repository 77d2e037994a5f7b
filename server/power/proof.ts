import type { Flip, Tracker } from './evidence.ts'
import type { Sight } from './sight.ts'

/** What the evidence is worth. All functions are pure. @see docs/guide.md, "Hard reboot" */

/** "Not back for 3 s": shorter gaps come from mode changes and lost packets. */
const stillGoneMs = 3_000
/** What came after the press and went again may be a boot that goes on in the dark. */
const goneInBootMs = 15_000
/** A sleeping port may take one report; kvmd takes "online" back within 0.1 s when the machine has not. */
const usbStaysMs = 1_000

/**
 * Went away after the press and came back: the machine restarted. A changed picture alone is not enough. A BMC's new
 * restart cause says what it was told, and a serial console that speaks again may only have been idle: both together
 * are proof, except of off and on (`isCycle`): a machine that is switched off may speak before it goes. Nothing is proof
 * while the machine is dark.
 */
export function hasRestarted(tracker: Tracker, sight: Sight, now: number, isCycle = false): boolean {
  if (isDark(tracker, sight)) return false
  const flips = [tracker.chassis, tracker.led, tracker.signal, tracker.network]
  const isTold = !isCycle && tracker.causeChangedAt !== null && tracker.serialBackAt !== null
  return flips.some(wentAndCame) || isUsbBack(tracker, now) || tracker.modeBackAt !== null || isTold
}

/** USB was seen going, came back and stayed. */
function isUsbBack({ usb }: Tracker, now: number): boolean {
  return wentAndCame(usb) && usb.value === true && now - (usb.backAt ?? now) >= usbStaysMs
}

function wentAndCame({ lostAt, backAt }: Flip): boolean {
  return lostAt !== null && backAt !== null && backAt >= lostAt
}

/** Its LED or its BMC was seen going off and still says so: whatever else appears is no sign of life. */
function isDark(tracker: Tracker, sight: Sight): boolean {
  if (sight.chassis === 'on') return false
  if (sight.chassis === 'off' && tracker.chassis.lostAt !== null) return true
  return tracker.led.lostAt !== null && sight.led === 'off' && sight.ledWiring !== 'unwired'
}

/**
 * Something that was absent appeared at or after `since`: the machine came on. USB counts only when it was seen going:
 * it may have been offline for want of a report, and the first key that somebody types brings it back. Nothing counts
 * while the machine is dark.
 */
export function hasComeOn(tracker: Tracker, sight: Sight, since: number, now: number): boolean {
  if (isDark(tracker, sight)) return false
  const flips = [
    tracker.chassis,
    tracker.led,
    tracker.signal,
    tracker.network,
    ...(isUsbBack(tracker, now) ? [tracker.usb] : []),
  ]
  return flips.some(({ backAt }) => backAt !== null && backAt >= since)
}

/**
 * Is it proven that the machine is off now? Never while there is a picture or the BMC says that it is on. By a BMC that
 * saw it go off; by the LED where one is wired, and by nothing else there. Without one:
 * a signal that was there is lost and not back for 3 s (15 s when it only came after the press) while no newer check was
 * answered, or a network that was up is
 * gone for 3 s, confirmed by a second look, while no picture is there, nor was a moment ago.
 */
export function isProvenOff(tracker: Tracker, sight: Sight, now: number): boolean {
  const { led, signal, network } = tracker
  if (sight.signal === true || sight.chassis === 'on') return false
  if (sight.chassis === 'off' && tracker.chassis.lostAt !== null) return true
  if (sight.ledWiring === 'wired' || led.lostAt !== null) return led.value === false && led.lostAt !== null
  const isAnswering = sight.isHostAlive === true && sight.hostSeenAt > (signal.lostAt ?? 0)
  if (isGone(signal, now) && !isAnswering) return true
  // A machine that boots is dark for a moment now and then.
  const isJustDark = signal.value === false && signal.lostAt !== null && !isGone(signal, now)
  if (signal.value === true || isJustDark) return false
  return isGone(network, now) && sight.hostSeenAt > (network.lostAt ?? 0)
}

function isGone(flip: Flip, now: number): boolean {
  const waitMs = flip.backAt === null ? stillGoneMs : goneInBootMs
  return flip.value === false && flip.lostAt !== null && now - flip.lostAt >= waitMs
}

/** Something changed after the press, so a proof may still come although its time is over. */
export function hasHint(tracker: Tracker): boolean {
  const flips = [tracker.chassis, tracker.led, tracker.signal, tracker.usb, tracker.network]
  const moments = [tracker.modeChangedAt, tracker.causeChangedAt, tracker.serialBackAt]
  return (
    flips.some((flip) => flip.lostAt !== null || flip.backAt !== null) || moments.some((at) => at !== null)
  )
}
