import type {
  ActionPhase,
  ActionStep,
  BackVerdict,
  EffectVerdict,
  PowerVerb,
  SysrqLetter,
} from '../contract/power.ts'
import type { SendOutcome } from '../drivers/driver.ts'
import type { Tracker } from './evidence.ts'
import { aimOf, expectsBack, isByKeyboard, pressesOf, type Aim, type Press, type Wiring } from './presses.ts'
import type { Sight } from './sight.ts'

/** What was decided when the request was accepted; it never changes afterwards. */
export type Plan = {
  verb: PowerVerb
  aim: Aim
  wiring: Wiring | null
  target: string
  presses: readonly Press[]
  /** Checks that answered in the last week: all of them must answer for "back". Empty: any one will do. */
  requiredCheckIds: readonly string[]
  hasChecks: boolean
  usualBackMs: number | null
  /** The machine was booting already: its picture and USB come and go by themselves. */
  isInBoot?: true
}

/**
 * `intent`: durable, nothing sent. `journaling`: waiting for the durable write before a press. `sending`: the press is
 * on its way. `watching`: collecting evidence. Only `sending` may be followed by doubt about what was pressed.
 */
type Mode = 'intent' | 'journaling' | 'sending' | 'watching' | 'done'

/** The whole state of one action; plain data, so that it can be stored and taken up again after a restart. */
export type ActionState = {
  plan: Plan
  mode: Mode
  /** Index into `plan.presses` of the press that is next (`intent`, `journaling`) or was last sent. */
  stage: number
  /** False after a restart and once a verdict stopped the action: then nothing is ever sent again. */
  mayPress: boolean
  acceptedAt: number
  /** When the last press was put on its way; evidence and deadlines count from here. */
  pressedAt: number | null
  /** Deadlines count from here instead when watching was interrupted. */
  resumedAt: number | null
  sight: Sight
  /** Only an answer from then on shows that the network was up before the press; null: any that is fresh. */
  aliveSince: number | null
  tracker: Tracker | null
  offProvenAt: number | null
  effect: EffectVerdict | null
  effectAt: number | null
  back: BackVerdict | null
  isLate: boolean
  endedAt: number | null
  steps: ActionStep[]
}

export type ActionInput =
  | { type: 'begin'; now: number; sight: Sight; aliveSince: number | null }
  /** The durable write asked for by `journal` is on disk. */
  | { type: 'journaled'; now: number }
  | { type: 'journalFailed'; now: number }
  | { type: 'outcome'; now: number; outcome: SendOutcome }
  | { type: 'see'; now: number; sight: Sight }
  | { type: 'tick'; now: number }
  /** Nothing more is to be pressed. */
  | { type: 'stop'; now: number; by: string }
  /** A person saw the firmware that was asked for. */
  | { type: 'firmwareSeen'; now: number; by: string }
  /** Taken up after a restart of Crashcart. */
  | { type: 'resume'; now: number; sight: Sight }
  /** Another action on the same machine was accepted. */
  | { type: 'supersede'; now: number }

export type ActionEffect =
  /** Write "sending" durably, then feed `journaled`. */
  | { type: 'journal' }
  | { type: 'send'; press: Press }
  /** What a try at rebooting says of the path, worth remembering; `provenAt` only with evidence. */
  | { type: 'note'; verdict: EffectVerdict; provenAt: number | null }
  | { type: 'learn'; tookMs: number }

export type Turn = { state: ActionState; effects: ActionEffect[] }

/** A new action that has been accepted and is not yet under way. */
export function newActionState(plan: Plan, sight: Sight, now: number, isTry = false): ActionState {
  return {
    plan,
    mode: 'intent',
    stage: 0,
    mayPress: true,
    acceptedAt: now,
    pressedAt: null,
    resumedAt: null,
    sight,
    aliveSince: null,
    tracker: null,
    offProvenAt: null,
    effect: null,
    effectAt: null,
    back: null,
    isLate: false,
    endedAt: null,
    steps: [{ at: now, type: 'accepted', ...(isTry && { isTry }) }],
  }
}

/** Makes the plan of an action from what is known when it is accepted. */
export function planOf(
  verb: PowerVerb,
  path: { wiring: Wiring; target: string } | null,
  sight: Sight,
  usualBackMs: number | null,
  now: number,
  letter: SysrqLetter | null = null,
): Plan {
  const weekMs = 7 * 24 * 3_600_000
  const recent = sight.checks.filter((check) => check.lastGoodAt !== null && check.lastGoodAt > now - weekMs)
  const presses = pressesOf(verb, path?.wiring ?? null, letter)
  const aim = aimOf(verb, presses)
  return {
    verb,
    aim,
    wiring: path?.wiring ?? null,
    target: path?.target ?? (isByKeyboard(verb) ? 'keyboard' : ''),
    presses,
    requiredCheckIds: recent.map((check) => check.checkId),
    hasChecks: sight.checks.length > 0 && expectsBack(aim),
    usualBackMs: expectsBack(aim) ? usualBackMs : null,
  }
}

/** The phase as the page and the journal name it. */
export function phaseOf(state: ActionState): ActionPhase {
  if (state.mode === 'journaling') return state.stage === 0 ? 'intent' : 'watching'
  return state.mode
}
