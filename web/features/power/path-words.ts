import type { Action, PathReason, PathView, PowerVerb } from '../../../server/contract/power.ts'
import { pathName, pathProof } from '../../locales/path-words.ts'
import { targetOf, type Verdict } from './action-log.ts'
import type { PowerWords } from './words.ts'

/** Which device a path goes through, in words: "PiKVM", "BMC", "relay 3". */
export function byText(path: Pick<PathView, 'target' | 'portLabel'>, words: PowerWords): string {
  return pathName(path, words.path)
}

/** The words of actions through a BMC, where they differ from those of pressed buttons. */
export function wordsFor(target: string | undefined, words: PowerWords): PowerWords {
  if (target !== 'ipmi') return words
  const { verbNote, sendUnknown, verdict, reason } = words.bmc
  return {
    ...words,
    verbNote: { ...words.verbNote, ...verbNote },
    step: { ...words.step, sendUnknown, pressing: words.bmc.telling, pressed: words.bmc.told },
    verdict: { ...words.verdict, ...verdict },
    reason: { ...words.reason, ...reason },
  }
}

/**
 * When this way of rebooting was last proven; empty for other actions, because a proof of the reset wire says nothing of
 * the power button. A BMC is told both over the same wire.
 */
export function proofText(
  path: Pick<PathView, 'wiring' | 'provenAt' | 'lastVerdict'>,
  verb: PowerVerb,
  words: PowerWords,
  date: (at: number) => string,
): string {
  const { wiring } = path
  const isResetWire = wiring === 'atx' || wiring === 'resetButton'
  const isReboot =
    wiring === 'ipmi' ? verb === 'reset' || verb === 'cycle' : verb === (isResetWire ? 'reset' : 'cycle')
  if (!isReboot) return ''
  return pathProof(path, words.path, date)
}

/**
 * How long a long press is held, and whose setting that is: it is fixed on the device, and some boards need more. Empty
 * where nothing is held.
 */
export function longPressText(
  { wiring, target, longPressS }: Pick<PathView, 'wiring' | 'target' | 'longPressS'>,
  verb: PowerVerb,
  words: PowerWords,
): string {
  const isHeld = verb === 'cycle' || verb === 'hardOff'
  if (!isHeld || (wiring !== 'atx' && wiring !== 'powerButton')) return ''
  const { longPress } = words
  if (wiring === 'powerButton') return longPressS === null ? '' : longPress.relay(longPressS)
  if (target === 'atx') return longPress.pikvm
  return longPressS === null ? longPress.portUnknown : longPress.port(longPressS)
}

/** After a long press that is not known to have worked: how long it was, because some boards need more. */
export function heldText(action: Action, verdict: Verdict | null, words: PowerWords): string {
  const target = targetOf(action)
  const isLong = action.steps.some((step) => step.type === 'pressing' && step.button === 'powerLong')
  if (verdict?.type !== 'unknown' || !isLong || target === undefined) return ''
  const wiring = target.startsWith('gpio:') ? 'powerButton' : 'atx'
  return longPressText({ wiring, target, longPressS: null }, 'hardOff', words)
}

/** What a relay on the power button cannot do, and whose setting that is; empty where it can do all. */
export function relayLimitText(path: PathView, words: PowerWords): string {
  const { wiring, pulse, verbs } = path
  if (wiring !== 'powerButton' || verbs.includes('cycle')) return ''
  const by = byText(path, words)
  const { relayUnknown, relayTooShort, relayTooLong } = words.longPress
  if (pulse === null) return relayUnknown(by)
  return verbs.includes('off') ? relayTooShort(by, pulse.maxS) : relayTooLong(by, pulse.minS)
}

/** By what a reset through a BMC would show, or that nothing would; empty for everything else. */
export function shownByText(path: PathView, verb: PowerVerb, words: PowerWords): string {
  if (verb !== 'reset' || path.resetShownBy === null) return ''
  const { shownBy, shownByNothing, proofName } = words.bmc
  if (path.resetShownBy.length === 0) return shownByNothing
  return shownBy(path.resetShownBy.map((proof) => proofName[proof]))
}

/** Why this path comes first; empty when there was nothing to choose. */
export function reasonText(reason: PathReason | null, path: PathView, words: PowerWords): string {
  return reason === null || reason === 'preferred' ? '' : words.pathReason[reason](byText(path, words))
}

/** The way through another device that could do a hard reboot now: one tap away from the first one. */
export function alternativeOf(
  path: PathView | null,
  otherPaths: readonly PathView[],
  verb: PowerVerb,
): { verb: PowerVerb; path: PathView } | null {
  if (path === null || (verb !== 'reset' && verb !== 'cycle')) return null
  for (const other of otherPaths) {
    if (other.reachable !== true || (other.target === 'ipmi') === (path.target === 'ipmi')) continue
    if (other.verbs.includes(other.reboot)) return { verb: other.reboot, path: other }
  }
  return null
}
