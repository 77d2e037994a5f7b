import type { EffectVerdict } from '../contract/power.ts'
import type { ActionState } from './action-state.ts'
import { signsOfPress } from './boot-signs.ts'
import { isRungs } from './presses.ts'
import { hasComeOn, hasHint, hasRestarted, isProvenOff } from './proof.ts'

/** Evidence must come within this time of the press, else the verdict is `unknown`. */
const effectWithinMs = 30_000
/** A graceful shutdown is the operating system's work: it stops its services first. */
const gracefulWithinMs = 180_000
/** After `unknown`, hints that something happened are followed this long, so that a late proof still counts. */
const lateProofMs = 300_000
/** A power supply's capacitors and the LED circuit settle before the next press. */
const offSettlesMs = 2_000
const supplyStaysOffMs = 5_000
/** The kernel needs a moment to write what it was told to write, and says nothing that a KVM could read. */
const rungWaitMs = 5_000
/** Longer than kvmd's longest press: a device that stays busy is not pressed again. */
const busyPatienceMs = 15_000

export type EffectDecision =
  | { type: 'wait'; state: ActionState }
  /** The next press may go out now. */
  | { type: 'press'; state: ActionState }
  /** The next press must not go out. */
  | { type: 'stop'; state: ActionState; reason: string }
  | { type: 'verdict'; state: ActionState; verdict: EffectVerdict; keepWatching: boolean }
  /** `unknown` it was and stays. */
  | { type: 'end'; state: ActionState }

/** The first verdict of an action that is being watched: did the press take effect? Pure. */
export function decideEffect(state: ActionState, now: number): EffectDecision {
  const proven = provenEffect(state, now)
  if (proven !== null) return verdict(state, proven)
  if (state.effect === 'unknown') {
    return now - (state.effectAt ?? now) > lateProofMs ? { type: 'end', state } : { type: 'wait', state }
  }
  if (isClimbing(state)) return decideRung(state, now)
  const isCycling = isInTwo(state) && state.stage === 0 && state.mayPress
  if (isCycling) return decideSecondPress(state, now)
  return isOverdue(state, now) ? overdue(state) : { type: 'wait', state }
}

function verdict(state: ActionState, effect: EffectVerdict, keepWatching = false): EffectDecision {
  return { type: 'verdict', state, verdict: effect, keepWatching }
}

function provenEffect(state: ActionState, now: number): EffectVerdict | null {
  const { tracker, sight, plan, pressedAt, stage } = state
  if (tracker === null || pressedAt === null) return null
  switch (plan.aim) {
    case 'unseen':
      return null
    case 'on':
      return hasComeOn(tracker, sight, pressedAt, now) ? 'poweredOn' : null
    case 'off':
      return isProvenOff(tracker, sight, now) ? 'poweredOff' : null
    case 'restart':
      if (!isInTwo(state)) return hasRestartedBy(state, now) ? 'restarted' : null
      return stage === 0 ? provenFirstHalf(state, now) : provenSecondHalf(state, now)
  }
}

function hasRestartedBy(state: ActionState, now: number): boolean {
  const tracker = signsOfPress(state)
  return tracker !== null && hasRestarted(tracker, state.sight, now, state.plan.verb === 'cycle')
}

/** Off and on by two presses; a BMC does it by one command. */
function isInTwo({ plan }: ActionState): boolean {
  return plan.verb === 'cycle' && plan.presses.length > 1
}

/** Not all rungs are made. */
function isClimbing({ plan, stage }: ActionState): boolean {
  return isRungs(plan.verb) && stage < plan.presses.length - 1
}

/** The next rung after its wait, unless it was stopped: then nothing more happens. */
function decideRung(state: ActionState, now: number): EffectDecision {
  if (!state.mayPress) return verdict(state, 'stopped')
  return now - (state.pressedAt ?? now) >= rungWaitMs ? { type: 'press', state } : { type: 'wait', state }
}

function provenFirstHalf(state: ActionState, now: number): EffectVerdict | null {
  const { tracker, sight, offProvenAt, mayPress } = state
  if (tracker === null) return null
  // Came on by itself after it was off (a firmware setting, a person at the rack): restarted, and not to be pressed.
  if (offProvenAt !== null && hasComeOn(tracker, sight, offProvenAt, now)) return 'restarted'
  return !mayPress && isProvenOff(tracker, sight, now) ? 'poweredOff' : null
}

function provenSecondHalf(state: ActionState, now: number): EffectVerdict | null {
  const { tracker, sight, offProvenAt } = state
  if (tracker === null) return null
  const isOn = offProvenAt === null ? hasRestartedBy(state, now) : hasComeOn(tracker, sight, offProvenAt, now)
  return isOn ? 'restarted' : null
}

/** The second press of off-and-on: only on a machine that is proven off, on a device that is free. */
function decideSecondPress(before: ActionState, now: number): EffectDecision {
  const { tracker, sight, plan } = before
  const isOff = tracker !== null && isProvenOff(tracker, sight, now)
  const state = { ...before, offProvenAt: isOff ? (before.offProvenAt ?? now) : null }
  const waitedMs = now - (state.pressedAt ?? now)
  if (plan.wiring === 'supply') {
    // Switching a supply on can shut nothing down, so a machine is never left without current for want of proof.
    return waitedMs >= (isOff ? supplyStaysOffMs : effectWithinMs)
      ? { type: 'press', state }
      : { type: 'wait', state }
  }
  if (state.offProvenAt === null) return isOverdue(state, now) ? overdue(state) : { type: 'wait', state }
  if (now - state.offProvenAt < offSettlesMs) return { type: 'wait', state }
  if (sight.isReachable && sight.isAtxBusy !== true) return { type: 'press', state }
  if (now - state.offProvenAt < busyPatienceMs) return { type: 'wait', state }
  return { type: 'stop', state, reason: sight.isReachable ? 'device/busy' : 'device/unreachable' }
}

function isOverdue(state: ActionState, now: number): boolean {
  const since = Math.max(state.pressedAt ?? 0, state.resumedAt ?? 0)
  return now - since >= (state.plan.verb === 'off' ? gracefulWithinMs : effectWithinMs)
}

function overdue(state: ActionState): EffectDecision {
  const { plan, stage, sight, tracker } = state
  const isLastPressMade = stage === plan.presses.length - 1
  const isOff = (sight.ledWiring === 'wired' && sight.led === 'off') || wentOffByBmc(state)
  const isStillOff = plan.verb === 'cycle' && isLastPressMade && isOff
  if (isStillOff) return verdict(state, 'poweredOff')
  return verdict(state, 'unknown', tracker !== null && hasHint(tracker))
}

function wentOffByBmc({ tracker, sight }: ActionState): boolean {
  return sight.chassis === 'off' && tracker !== null && tracker.chassis.lostAt !== null
}
