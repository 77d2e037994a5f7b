import type {
  Action,
  ActionStep,
  BackVerdict,
  EffectVerdict,
  PowerVerb,
} from '../../../server/contract/power.ts'
import type { MachinePhase } from '../../../server/sim/machine/boot-story.ts'
import { isKeyPress, pressesOf, signalOf, type Press, type Wiring } from '../../../server/power/presses.ts'

/** What truly happened to a machine. */
export type Truth = { at: number; what: 'wentOff' | 'cameOn' | 'restarted' }
/** Whether its network answered, each time that changed. */
export type NetworkTruth = { at: number; answers: boolean }
/** One command as it left Crashcart, in which phase the machine was, and whether it reached the device. */
export type Send = {
  actionId: string
  what: string
  at: number
  isDelivered: boolean
  phase: MachinePhase
  /** Which process of Crashcart sent it, counted from the first; where only the machine knows of it: not known. */
  process?: number
}

/** What the simulated motherboard and its devices saw in one run. */
export type Witness = { truth: readonly Truth[]; network: readonly NetworkTruth[]; sends: readonly Send[] }
export type Judged = Pick<Action, 'id' | 'verb' | 'acceptedAt' | 'steps'>

/** Between what happens and what is seen of it lie a poll and a step of the clock. */
const toleranceMs = 2_500
/** What was seen before the first press is as old as a step of the clock. */
const lookAgeMs = 500

/** Everything about an action that breaks a promise, in words; empty: all held. */
export function brokenPromises(
  action: Judged,
  path: { wiring: Wiring; target: string },
  witness: Witness,
): string[] {
  const sends = witness.sends.filter(({ actionId }) => actionId === action.id)
  return [...brokenBySends(action, path, sends), ...brokenByVerdicts(action, { ...witness, sends })]
}

/** No press twice, none out of its order, and the second of off-and-on never on a running machine. */
function brokenBySends(
  { verb, steps }: Judged,
  { wiring, target }: { wiring: Wiring; target: string },
  sends: readonly Send[],
): string[] {
  const planned = plannedSends(verb, { wiring, target })
  const sent = sends.map(({ what }) => what)
  const isPrefix = sent.every((what, index) => what === planned[index])
  const broken = isPrefix ? [] : [`${verb} sent ${sent.join(', ')} instead of ${planned.join(', ')}`]
  if (new Set(sends.map(({ process }) => process)).size > 1)
    broken.push(`${verb} went on in another process: ${sent.join(', ')}`)
  if (isFalselyNotSent(steps, sends)) broken.push(`${verb} says that a press was not sent, and it was`)
  const second = verb === 'cycle' && wiring !== 'supply' ? sends[1] : undefined
  if (second?.isDelivered === true && second.phase !== 'off')
    broken.push('the second press of off and on met a running machine')
  return broken
}

/** "Not sent" is said of the press that was begun last and has no other end. */
function isFalselyNotSent(steps: readonly ActionStep[], sends: readonly Send[]): boolean {
  const ends = steps.filter(({ type }) => endsOfPress.has(type)).map(({ type }) => type)
  const at = ends.indexOf('notSent')
  if (at < 1 || ends[at - 1] !== 'pressing') return false
  const begun = ends.slice(0, at).filter((type) => type === 'pressing').length
  return sends[begun - 1]?.isDelivered === true
}
const endsOfPress: ReadonlySet<string> = new Set(['pressing', 'pressed', 'sendUnknown', 'notSent'])

/** The commands that an action takes on this path, in order. */
export function plannedSends(
  verb: PowerVerb,
  { wiring, target }: { wiring: Wiring; target: string },
): string[] {
  return pressesOf(verb, wiring).map((press) => nameOf(press, target))
}

function nameOf(press: Press, target: string): string {
  if (isKeyPress(press)) return press
  const signal = signalOf(press, target)
  return 'button' in signal ? signal.button : 'command' in signal ? signal.command : signal.operation
}

function brokenByVerdicts(action: Judged, witness: Witness): string[] {
  const { verb, acceptedAt, steps } = action
  const verdicts = steps.filter((step): step is VerdictStep => step.type === 'effect' || step.type === 'back')
  const lies = verdicts.filter((step) => !isTrue(step, action, witness))
  const broken = lies.map(({ verdict, at }) => {
    const seen = witness.truth.map(({ what, at: when }) => `${what} ${Math.round(when - acceptedAt)}`)
    return `${verb} said ${verdict} after ${at - acceptedAt} ms; in truth: ${seen.join(', ') || 'nothing'}`
  })
  const effects = verdicts.filter(({ type }) => type === 'effect')
  // Doubt may become a proof later; nothing else is ever taken back.
  const isTakenBack = effects.slice(0, -1).some(({ verdict }) => verdict !== 'unknown')
  return isTakenBack ? [...broken, `${effects.map(({ verdict }) => verdict).join(', then ')}`] : broken
}
type VerdictStep = ActionStep & { at: number } & (
    { type: 'effect'; verdict: EffectVerdict } | { type: 'back'; verdict: BackVerdict }
  )

/** What the motherboard saw from the look before the first press to the verdict decides. */
function isTrue(
  { verdict, at }: VerdictStep,
  { verb, acceptedAt }: Judged,
  { truth, network, sends }: Witness,
): boolean {
  const from = sends.length === 0 ? Infinity : acceptedAt - lookAgeMs
  const seen = truth.filter((one) => one.at >= from && one.at <= at).map(({ what }) => what)
  const delivered = sends.filter(({ isDelivered }) => isDelivered)
  switch (verdict) {
    case 'restarted':
      return seen.includes('restarted') || seen.includes('cameOn')
    case 'poweredOn':
      return seen.includes('cameOn')
    case 'poweredOff':
      return seen.includes('wentOff') && wasOffAround(at, truth)
    case 'notSent':
      return delivered.length === 0
    case 'sent':
      return delivered.length === 1 && verb === 'ctrlAltDel'
    case 'back':
      return answeredAround(at, network)
    // Doubt, and a wait, are never lies.
    default:
      return true
  }
}

function wasOffAround(at: number, truth: readonly Truth[]): boolean {
  const newest = truth.findLast((one) => one.at <= at)
  return newest?.what === 'wentOff' || at - (newest?.at ?? 0) < toleranceMs
}

function answeredAround(at: number, network: readonly NetworkTruth[]): boolean {
  const before = network.findLast((one) => one.at <= at - toleranceMs)
  const during = network.filter((one) => one.at > at - toleranceMs && one.at <= at)
  return [before, ...during].some((one) => one?.answers === true)
}
