import type { ActionStep, EffectVerdict, WatchedFact } from '../contract/power.ts'
import type { SendOutcome } from '../drivers/driver.ts'
import type { ActionInput, ActionState, Turn } from './action-state.ts'
import { signsOfPress } from './boot-signs.ts'
import { decideBack, firstBack, hasSeenFirmware, seeFirmware } from './back-verdict.ts'
import { decideEffect } from './effect-verdict.ts'
import { look, startTracker, unchanged } from './evidence.ts'
import { isRungs, tellsOfPath } from './presses.ts'
import { hasComeOn, hasRestarted } from './proof.ts'

/** A press that waited this long for the disk is not what the person sees any more. */
const staleBeforeSendMs = 30_000

/**
 * One turn of an action: state and input in, state and effects out; pure. The promise it keeps: a `send` comes only
 * in answer to `journaled`, once for each stage, never after `resume` and never after a verdict.
 */
export function advance(state: ActionState, input: ActionInput): Turn {
  if (state.mode === 'done') return { state, effects: [] }
  switch (input.type) {
    case 'begin':
      return state.mode === 'intent' && state.mayPress
        ? toJournal({ ...state, sight: input.sight, aliveSince: input.aliveSince }, input.now)
        : stay(state)
    case 'journaled':
      return state.mode === 'journaling' ? press(state, input.now) : stay(state)
    case 'journalFailed':
      return state.mode === 'journaling' || state.mode === 'intent'
        ? notPressed(state, 'journal', input.now)
        : stay(state)
    case 'outcome':
      return state.mode === 'sending' ? takeOutcome(state, input.outcome, input.now) : stay(state)
    case 'see':
      return watch({ ...state, sight: input.sight }, input.now)
    case 'tick':
      return watch(state, input.now)
    case 'stop':
      return stop(state, input)
    case 'firmwareSeen':
      return hasSeenFirmware(state) ? stay(state) : seeFirmware(state, input)
    case 'resume':
      return resume({ ...state, sight: input.sight }, input.now)
    case 'supersede':
      return supersede(state, input.now)
  }
}

function stay(state: ActionState): Turn {
  return { state, effects: [] }
}

/** Adds steps to the log. */
function withSteps(state: ActionState, ...steps: ActionStep[]): ActionState {
  return steps.length === 0 ? state : { ...state, steps: [...state.steps, ...steps] }
}

function toJournal(state: ActionState, now: number): Turn {
  const button = state.plan.presses[state.stage]
  if (button === undefined) return settle(state, 'notSent', now)
  const step: ActionStep = { at: now, type: 'pressing', button, target: state.plan.target }
  return { state: withSteps({ ...state, mode: 'journaling' }, step), effects: [{ type: 'journal' }] }
}

function press(state: ActionState, now: number): Turn {
  const button = state.plan.presses[state.stage]
  if (button === undefined || !state.mayPress) return notPressed(state, 'stopped', now)
  if (now - waitsSince(state) > staleBeforeSendMs) return notPressed(state, 'tooLate', now)
  if (state.stage > 0 && isPastNeed(state, now))
    return watch({ ...state, mode: 'watching', mayPress: false }, now)
  const tracker = state.tracker ?? startTracker(state.sight, now, state.aliveSince)
  return {
    state: { ...state, mode: 'sending', pressedAt: now, tracker },
    effects: [{ type: 'send', press: button }],
  }
}

/** Since when this press is meant: the hold, or the moment in which its turn came. */
function waitsSince({ stage, acceptedAt, steps }: ActionState): number {
  return stage === 0 ? acceptedAt : (steps.findLast(({ type }) => type === 'pressing')?.at ?? acceptedAt)
}

/** Meanwhile the machine has done by itself what the next press was for. */
function isPastNeed(state: ActionState, now: number): boolean {
  if (!isRungs(state.plan.verb)) return mayHaveComeOn(state)
  const tracker = signsOfPress(state)
  return tracker !== null && hasRestarted(tracker, state.sight, now)
}

/** While the second press was being written down the machine showed life: a short press would now shut it down. */
function mayHaveComeOn(state: ActionState): boolean {
  const { plan, sight, tracker, offProvenAt } = state
  if (plan.wiring === 'supply') return false
  const isOn = sight.led === 'on' || sight.chassis === 'on' || sight.signal === true
  if (isOn || !sight.isReachable) return true
  return tracker === null || offProvenAt === null || hasComeOn(tracker, sight, offProvenAt, Infinity)
}

function takeOutcome(state: ActionState, outcome: SendOutcome, now: number): Turn {
  if (outcome.outcome === 'notSent') return notPressed(state, outcome.reason, now)
  const button = state.plan.presses[state.stage] ?? ''
  const step: ActionStep =
    outcome.outcome === 'acknowledged'
      ? { at: now, type: 'pressed', button, target: state.plan.target }
      : { at: now, type: 'sendUnknown', reason: outcome.reason }
  // A rung that may not have been made is no ground for the next one.
  const mayPress = state.mayPress && !(outcome.outcome === 'unknown' && isRungs(state.plan.verb))
  const next = withSteps({ ...state, mode: 'watching', mayPress }, step)
  if (state.plan.aim !== 'unseen') return watch(next, now)
  return settle(next, outcome.outcome === 'acknowledged' ? 'sent' : 'unknown', now)
}

/** This press did not go out. After an earlier one, what that one did is the verdict. */
function notPressed(state: ActionState, reason: string, now: number): Turn {
  const next = withSteps({ ...state, mayPress: false }, { at: now, type: 'notSent', reason })
  if (state.stage === 0) return settle(next, 'notSent', now)
  if (isRungs(state.plan.verb)) return settle(next, 'stopped', now)
  return settle({ ...next, mode: 'watching' }, state.offProvenAt === null ? 'unknown' : 'poweredOff', now)
}

function watch(state: ActionState, now: number): Turn {
  if (state.tracker === null) return stay(state)
  const { tracker, evidence } = look(state.tracker, state.sight, now)
  const isKvmNews = tracker.isKvmSeen !== state.tracker.isKvmSeen
  const kvm: ActionStep[] = isKvmNews ? [{ at: now, type: tracker.isKvmSeen ? 'kvmBack' : 'kvmGone' }] : []
  const isNew = (kind: string): boolean =>
    !state.steps.some(
      (step) => step.type === 'evidence' && step.kind === kind && step.at >= (state.pressedAt ?? 0),
    )
  const steps = evidence
    .filter(({ kind }) => isNew(kind))
    .map(({ kind }): ActionStep => ({ at: now, type: 'evidence', kind }))
  const next = withSteps({ ...state, tracker }, ...kvm, ...steps)
  if (next.mode !== 'watching') return stay(next)
  return conclude(next, now)
}

function conclude(state: ActionState, now: number): Turn {
  if (state.effect !== null && state.effect !== 'unknown') return decideBack(state, now)
  const decision = decideEffect(state, now)
  switch (decision.type) {
    case 'wait':
      return stay(decision.state)
    case 'press':
      return toJournal({ ...decision.state, stage: state.stage + 1 }, now)
    case 'stop':
      return notPressed({ ...decision.state, stage: state.stage + 1 }, decision.reason, now)
    case 'end':
      return stay({ ...decision.state, mode: 'done', endedAt: now })
    case 'verdict':
      return settle(decision.state, decision.verdict, now, decision.keepWatching)
  }
}

/** Says the first verdict, and begins to wait for the second where there is one. */
function settle(state: ActionState, verdict: EffectVerdict, now: number, keepWatching = false): Turn {
  const back = firstBack(state, verdict)
  const isOver = back !== 'waiting' && !keepWatching
  const next = withSteps(
    {
      ...state,
      effect: verdict,
      effectAt: now,
      back,
      mayPress: false,
      mode: isOver ? 'done' : 'watching',
      endedAt: isOver ? now : null,
    },
    { at: now, type: 'effect', verdict, ...asBeforeOf(state, verdict) },
    ...(back === 'notExpected' ? [] : [{ at: now, type: 'back', verdict: back } as const]),
  )
  const { verb, wiring } = state.plan
  if (!tellsOfPath(verb, wiring, verdict)) return { state: next, effects: [] }
  return { state: next, effects: [{ type: 'note', verdict, provenAt: verdict === 'restarted' ? now : null }] }
}

function asBeforeOf(
  { tracker, sight, plan }: ActionState,
  verdict: EffectVerdict,
): { asBefore?: WatchedFact[] } {
  if (verdict !== 'unknown' || tracker === null || plan.aim === 'unseen') return {}
  return { asBefore: unchanged(tracker, sight) }
}

/** What is under way cannot be taken back; what would follow is not pressed. */
function stop(state: ActionState, { now, by }: { now: number; by: string }): Turn {
  if (!mayPressMore(state)) return stay(state)
  const next = withSteps({ ...state, mayPress: false }, { at: now, type: 'stopAsked', by })
  if (state.mode === 'intent') return notPressed(next, 'stopped', now)
  return state.mode === 'watching' ? watch(next, now) : stay(next)
}

/** Could something still be stopped? */
export function mayPressMore({ mode, mayPress, effect, stage, plan }: ActionState): boolean {
  if (mode === 'done' || !mayPress || effect !== null) return false
  return mode === 'intent' || mode === 'journaling' || stage < plan.presses.length - 1
}

/** After a restart of Crashcart: watches on, presses nothing. */
function resume(state: ActionState, now: number): Turn {
  if (state.mode !== 'watching' || state.tracker === null) return stay(state)
  return watch({ ...state, mayPress: false, resumedAt: now }, now)
}

/** Another action takes over: this one ends with what is known. Before its first verdict that cannot happen. */
function supersede(state: ActionState, now: number): Turn {
  if (state.effect === null) return stay(state)
  const ended = { ...state, mode: 'done' as const, endedAt: now }
  if (state.back !== 'waiting') return stay(ended)
  return stay(withSteps({ ...ended, back: 'notBack' }, { at: now, type: 'back', verdict: 'notBack' }))
}
