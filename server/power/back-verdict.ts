import type { ActionStep, BackVerdict, EffectVerdict } from '../contract/power.ts'
import type { ActionState, Turn } from './action-state.ts'
import type { SeenCheck } from './sight.ts'

/** Until a machine's own time is known. */
const firstBackMs = 300_000
const shortestWaitMs = 60_000
const patienceMs = 600_000

/** How long a machine may take to serve again before it is late, ms. */
function backWaitMs(usualBackMs: number | null): number {
  return usualBackMs === null ? firstBackMs : Math.max(shortestWaitMs, Math.round(usualBackMs * 1.5))
}

/**
 * The second verdict: does the machine serve again? Only checks that were made after the first verdict count. Late is
 * still waiting; after ten minutes more it is "not back". Pure.
 */
export function decideBack(before: ActionState, now: number): Turn {
  if (before.back !== 'waiting') return { state: before, effects: [] }
  const state = noteAnswers(before, now)
  const pressedAt = state.pressedAt ?? state.acceptedAt
  if (isServing(state)) {
    return { state: end(state, 'back', now), effects: [{ type: 'learn', tookMs: now - pressedAt }] }
  }
  const usualMs = backWaitMs(state.plan.usualBackMs)
  const waitedMs = now - pressedAt
  if (waitedMs >= usualMs + Math.max(patienceMs, usualMs)) {
    return { state: end(state, 'notBack', now), effects: [] }
  }
  if (waitedMs < usualMs || state.isLate) return { state, effects: [] }
  const late: ActionStep = { at: now, type: 'back', verdict: 'waiting' }
  return { state: { ...state, isLate: true, steps: [...state.steps, late] }, effects: [] }
}

/** The second verdict with which the first one begins. */
export function firstBack(
  state: ActionState,
  effect: EffectVerdict,
): Extract<BackVerdict, 'waiting' | 'inFirmware' | 'notExpected'> {
  if (effect !== 'restarted' && effect !== 'poweredOn') return 'notExpected'
  if (hasSeenFirmware(state)) return 'inFirmware'
  return state.plan.hasChecks ? 'waiting' : 'notExpected'
}

/** Did a person see the firmware since the press? */
export function hasSeenFirmware({ steps }: ActionState): boolean {
  return steps.some(({ type }) => type === 'firmwareSeen')
}

/** A person saw the firmware: no check will answer from there. It proves no restart, so the first verdict stays open. */
export function seeFirmware(before: ActionState, { now, by }: { now: number; by: string }): Turn {
  const step: ActionStep = { at: now, type: 'firmwareSeen', by }
  const state = { ...before, steps: [...before.steps, step] }
  return { state: before.back === 'waiting' ? end(state, 'inFirmware', now) : state, effects: [] }
}

function end(state: ActionState, verdict: 'back' | 'notBack' | 'inFirmware', now: number): ActionState {
  const step: ActionStep = { at: now, type: 'back', verdict }
  return { ...state, mode: 'done', back: verdict, endedAt: now, steps: [...state.steps, step] }
}

function answersNow(state: ActionState, check: SeenCheck): boolean {
  return check.result === 'answers' && check.observedAt > (state.effectAt ?? Infinity)
}

function isServing(state: ActionState): boolean {
  const { requiredCheckIds } = state.plan
  const answering = state.sight.checks.filter((check) => answersNow(state, check))
  if (requiredCheckIds.length === 0) return answering.length > 0
  return requiredCheckIds.every((id) => answering.some((check) => check.checkId === id))
}

/** One line in the log for each check, the first time it answers after the restart. */
function noteAnswers(state: ActionState, now: number): ActionState {
  const noted = new Set(state.steps.map((step) => (step.type === 'evidence' ? step.label : undefined)))
  const fresh = state.sight.checks.filter((check) => answersNow(state, check) && !noted.has(check.label))
  const steps = fresh.map(({ label }): ActionStep => ({
    at: now,
    type: 'evidence',
    kind: 'checkAnswers',
    label,
  }))
  return steps.length === 0 ? state : { ...state, steps: [...state.steps, ...steps] }
}
