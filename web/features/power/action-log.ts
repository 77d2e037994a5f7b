import type { BootAim } from '../../../server/contract/boot-keys.ts'
import type { Action, ActionStep, EvidenceKind, WatchedFact } from '../../../server/contract/power.ts'
import type { CheckState } from '../../../server/contract/state.ts'
import { cameUpSince, firmwareSeen } from './catch-state.ts'

/** One line of the log: what, how long after the hold, and whether it is done. */
export type LogLine = { key: string; mark: '✓' | '…' | '?' | '✕'; what: LogWhat; afterMs: number | null }
export type LogWhat =
  | { type: 'accepted' | 'acceptedTry' }
  | { type: 'pressing'; button: string }
  | { type: 'pressed'; button: string }
  | { type: 'sendUnknown' | 'kvmGone' | 'kvmBack' }
  | { type: 'notSent'; reason: string }
  | { type: 'evidence'; kind: EvidenceKind; label: string }
  /** The evidence that made the first verdict "restarted". */
  | { type: 'restartSeen'; kind: EvidenceKind }
  | { type: 'stopAsked'; by: string }
  | { type: 'waitingEffect' }
  /** The next of several keys, after a wait. */
  | { type: 'waitingRung'; button: string }
  | { type: 'waitingNetwork'; usualMs: number | null }

/** The verdict's sentence, and what to offer below it. Null while the first verdict is open. */
export type Verdict =
  | { type: 'restarted'; isLate: boolean; afterMs: number }
  | { type: 'poweredOn'; isLate: boolean; afterMs: number }
  | { type: 'back'; verb: Action['verb']; afterMs: number; labels: string[] }
  | { type: 'notBack'; wasOff: boolean; afterMs: number }
  | { type: 'up'; verb: Action['verb'] }
  /** Somebody saw the firmware that was asked for. */
  | { type: 'inFirmware'; aim: BootAim; by: string }
  /** So it was, and then this check answered. */
  | { type: 'cameUp'; aim: BootAim; by: string; label: string }
  | { type: 'poweredOff'; isUnfinished: boolean }
  | { type: 'sent' }
  | {
      type: 'unknown'
      hints: EvidenceKind[]
      /** The device said that it pressed, each time. */
      wasPressed: boolean
      isFirstHalf: boolean
      /** What was looked at all the time and did not change. */
      asBefore: WatchedFact[]
      /** Since when the KVM is out of sight, ms after the hold; null: it is there. */
      kvmGoneMs: number | null
      /** The KVM was away for a while. */
      wasKvmAway: boolean
    }
  /** Which of several keys went out, and which did not. */
  | { type: 'stopped'; sent: string[]; left: string[] }
  | { type: 'unknownCrashed' }
  | { type: 'notSent'; reason: string }

/** The steps as lines, oldest first, with what is being waited for at the end. */
export function logLines(action: Action): LogLine[] {
  const { steps, acceptedAt } = action
  const lines = steps.flatMap((step, index): LogLine[] => {
    const shown = lineOf(step, steps.slice(0, index), steps.slice(index + 1))
    return shown === null ? [] : [{ key: `${index}`, afterMs: step.at - acceptedAt, ...shown }]
  })
  const waiting = waitingFor(action)
  return waiting === null ? lines : [...lines, { key: 'waiting', mark: '…', what: waiting, afterMs: null }]
}

function lineOf(
  step: ActionStep,
  earlier: readonly ActionStep[],
  later: readonly ActionStep[],
): Pick<LogLine, 'mark' | 'what'> | null {
  switch (step.type) {
    case 'accepted':
      return { mark: '✓', what: { type: step.isTry ? 'acceptedTry' : 'accepted' } }
    case 'pressing': {
      // Replaced by what became of it.
      const isKnown = later.some(
        ({ type }) => type === 'pressed' || type === 'sendUnknown' || type === 'notSent',
      )
      return isKnown ? null : { mark: '…', what: { type: 'pressing', button: step.button } }
    }
    case 'pressed':
      return { mark: '✓', what: { type: 'pressed', button: step.button } }
    case 'sendUnknown':
      return { mark: '?', what: { type: 'sendUnknown' } }
    case 'notSent':
      return { mark: '✕', what: { type: 'notSent', reason: step.reason } }
    case 'stopAsked':
      return { mark: '✕', what: { type: 'stopAsked', by: step.by } }
    case 'kvmGone':
      return { mark: '?', what: { type: 'kvmGone' } }
    case 'kvmBack':
      return { mark: '✓', what: { type: 'kvmBack' } }
    case 'evidence':
      return { mark: '✓', what: evidenceOf(step, earlier, later) }
    default:
      return null
  }
}

/** Kinds that can prove a restart by themselves once something went away before. */
const proofs: readonly EvidenceKind[] = [
  'chassisOn',
  'usbOnline',
  'signalBack',
  'networkBack',
  'ledOn',
  'serialBack',
]

/**
 * The first proof among what was seen in the same moment as the verdict is named as such. USB has to stay for a moment
 * first, so where nothing else was seen with the verdict it is the last USB that came back before it.
 */
function evidenceOf(
  step: Extract<ActionStep, { type: 'evidence' }>,
  earlier: readonly ActionStep[],
  later: readonly ActionStep[],
): LogWhat {
  const verdict = later.find((next) => next.type === 'effect' && next.verdict === 'restarted')
  const isProof = (other: ActionStep): boolean => other.type === 'evidence' && proofs.includes(other.kind)
  const isLastUsb =
    step.kind === 'usbOnline' &&
    !later.some((next) => isProof(next) && (next.at === verdict?.at || isUsbOnline(next)))
  const isVerdictNow = verdict !== undefined && (verdict.at === step.at || isLastUsb)
  const isNamed = earlier.some((other) => other.at === step.at && isProof(other))
  if (isVerdictNow && !isNamed && proofs.includes(step.kind)) return { type: 'restartSeen', kind: step.kind }
  return { type: 'evidence', kind: step.kind, label: step.label ?? '' }
}

function isUsbOnline(step: ActionStep): boolean {
  return step.type === 'evidence' && step.kind === 'usbOnline'
}

function waitingFor(action: Action): LogWhat | null {
  if (action.phase === 'done') return null
  if (action.back === 'waiting') return { type: 'waitingNetwork', usualMs: action.usualBackMs }
  if (pressesIn(action) === 0 || action.effect !== null) return null
  const next = rungsLeft(action)[0]
  return next === undefined ? { type: 'waitingEffect' } : { type: 'waitingRung', button: next }
}

const rungs = ['sysrq:s', 'sysrq:u', 'sysrq:b']

/** Keys of a safe reboot that may still go out: it can be stopped before them. */
export function rungsLeft({ verb, effect, steps }: Action): string[] {
  const isStopped = steps.some(({ type }) => type === 'stopAsked')
  if (verb !== 'sysrqReboot' || effect !== null || isStopped) return []
  return rungs.slice(steps.filter(({ type }) => type === 'pressing').length)
}

/** What was pressed or told: `atx`, `gpio:<channel>`, `ipmi`; undefined before the first. */
export function targetOf({ steps }: Action): string | undefined {
  return steps.find((step) => step.type === 'pressing')?.target
}

/** When the last press was made; the times in the verdicts count from it. */
export function pressedAt(action: Action): number {
  const presses = action.steps.filter(({ type }) => type === 'pressed' || type === 'sendUnknown')
  return presses.at(-1)?.at ?? action.acceptedAt
}

/** What can be said now. `now` in ms, server clock; `checks`: the machine's, as they are now. */
export function verdictOf(action: Action, now: number, checks: readonly CheckState[] = []): Verdict | null {
  const afterMs = (action.endedAt ?? now) - pressedAt(action)
  switch (action.effect) {
    case null:
      return null
    case 'restarted':
    case 'poweredOn':
      return upVerdict(action, afterMs, checks)
    case 'poweredOff':
      return { type: 'poweredOff', isUnfinished: action.verb === 'cycle' }
    case 'stopped': {
      const made = pressesIn(action)
      return { type: 'stopped', sent: rungs.slice(0, made), left: rungs.slice(made) }
    }
    case 'sent':
    case 'unknownCrashed':
      return { type: action.effect }
    case 'unknown':
      return unknownVerdict(action)
    case 'notSent':
      return {
        type: 'notSent',
        reason: action.steps.findLast((step) => step.type === 'notSent')?.reason ?? '',
      }
  }
}

function unknownVerdict(action: Action): Verdict {
  const { steps, verb, acceptedAt } = action
  const lastOfKvm = steps.findLast(({ type }) => type === 'kvmGone' || type === 'kvmBack')
  const effect = steps.findLast((step) => step.type === 'effect')
  return {
    type: 'unknown',
    hints: evidenceIn(action),
    wasPressed:
      steps.some(({ type }) => type === 'pressed') && !steps.some(({ type }) => type === 'sendUnknown'),
    isFirstHalf: verb === 'cycle' && pressesIn(action) === 1 && targetOf(action) !== 'ipmi',
    asBefore: effect?.asBefore ?? [],
    kvmGoneMs: lastOfKvm?.type === 'kvmGone' ? lastOfKvm.at - acceptedAt : null,
    wasKvmAway: lastOfKvm?.type === 'kvmBack',
  }
}

/** Unknown, although somebody looked all the time: then it did not take effect, as far as can be told. */
export function hasNothingChanged(verdict: Verdict | null): boolean {
  if (verdict?.type !== 'unknown') return false
  const { hints, asBefore, kvmGoneMs, wasKvmAway } = verdict
  return hints.length === 0 && asBefore.length > 0 && kvmGoneMs === null && !wasKvmAway
}

function upVerdict(action: Action, afterMs: number, checks: readonly CheckState[]): Verdict {
  const seen = firmwareSeen(action)
  if (seen !== null) {
    const { aim, by } = seen
    const label = cameUpSince(seen, checks)
    return label === null ? { type: 'inFirmware', aim, by } : { type: 'cameUp', aim, by, label }
  }
  const isLate = action.steps.filter((step) => step.type === 'back' && step.verdict === 'waiting').length > 1
  switch (action.back) {
    case 'back':
      return { type: 'back', verb: action.verb, afterMs, labels: answeringChecks(action) }
    case 'notBack':
      return { type: 'notBack', wasOff: action.effect === 'poweredOn', afterMs }
    case 'waiting':
      return { type: action.effect === 'poweredOn' ? 'poweredOn' : 'restarted', isLate, afterMs }
    default:
      return { type: 'up', verb: action.verb }
  }
}

function answeringChecks({ steps }: Action): string[] {
  return steps.flatMap((step) => (step.type === 'evidence' && step.label !== undefined ? [step.label] : []))
}

function evidenceIn({ steps }: Action): EvidenceKind[] {
  return steps.flatMap((step) => (step.type === 'evidence' ? [step.kind] : []))
}

function pressesIn({ steps }: Action): number {
  return steps.filter(({ type }) => type === 'pressed' || type === 'sendUnknown').length
}
