import type { Action } from '../contract/power.ts'
import type { ActionState } from './action-state.ts'
import type { Flip, Tracker } from './evidence.ts'
import { isRungs } from './presses.ts'
import type { Sight } from './sight.ts'

/** Signs that a machine gives by itself while it boots, and which of them a press may take as its own. All pure. */

/** A boot whose usual length is not known, ms; no machine is taken to boot for less. */
const bootMs = 60_000
/** A press that restarts the machine takes its picture and USB away this soon, ms: capture and kvmd tell within 2 s. */
const promptMs = 4_000

/** Was the machine proven to start a moment ago, and has nothing on it answered since? `recent`: its newest actions. */
export function isInBoot(
  recent: readonly Pick<Action, 'steps'>[],
  { checks }: Pick<Sight, 'checks'>,
  usualBackMs: number | null,
  now: number,
): boolean {
  const startedAt = Math.max(...recent.map(provenStartAt))
  const hasAnswered = checks.some(({ lastGoodAt }) => (lastGoodAt ?? 0) >= startedAt)
  return now - startedAt < Math.max(bootMs, usualBackMs ?? 0) && !hasAnswered
}

function provenStartAt({ steps }: Pick<Action, 'steps'>): number {
  const start = steps.findLast(
    (step) => step.type === 'effect' && (step.verdict === 'restarted' || step.verdict === 'poweredOn'),
  )
  return start?.at ?? Number.NEGATIVE_INFINITY
}

/**
 * What was seen, without what a boot under way may have done by itself: firmware that hands over to a kernel drops picture
 * and USB for a moment too. There they count only when they went with the press, and never for keys, which nobody may
 * have read.
 */
export function signsOfPress({ tracker, plan }: Pick<ActionState, 'tracker' | 'plan'>): Tracker | null {
  if (tracker === null || plan.isInBoot !== true) return tracker
  const isOfPress = (at: number | null): boolean =>
    at !== null && !isRungs(plan.verb) && at - tracker.startedAt <= promptMs
  const own = (flip: Flip): Flip => (isOfPress(flip.lostAt) ? flip : { ...flip, lostAt: null, backAt: null })
  return {
    ...tracker,
    signal: own(tracker.signal),
    usb: own(tracker.usb),
    modeBackAt: isOfPress(tracker.modeChangedAt) ? tracker.modeBackAt : null,
  }
}
