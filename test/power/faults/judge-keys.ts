import type { Action } from '../../../server/contract/power.ts'
import type { Wiring } from '../../../server/power/presses.ts'
import { plannedSends, type Send } from './judge.ts'

/** One key for the firmware as it left Crashcart. */
export type BootKey = { key: string; at: number }
type Path = { wiring: Wiring; target: string }

/** They start up to a second after a press whose answer is late, and a step of the clock lies before each key. */
const toleranceMs = 2_000

/** Every key that was pressed for nobody: without a wish, before the press, or when its time was over; in words. */
export function brokenByKeys(
  keys: readonly BootKey[],
  actions: readonly Action[],
  sends: readonly Send[],
  path: Path,
): string[] {
  const windows = actions.flatMap((action) => windowOf(action, sends, path) ?? [])
  const strays = keys.filter(
    ({ key, at }) => !windows.some((one) => one.keys.includes(key) && one.from <= at && at <= one.until),
  )
  const told = actions.map(
    ({ verb, acceptedAt, catching }) => `${verb} ${acceptedAt} ${JSON.stringify(catching)}`,
  )
  return strays.slice(0, 1).map(({ key, at }) => `${key} at ${at} was pressed for nobody; ${told.join(', ')}`)
}

/** When an action's keys may go out: from the press that they wait for, or a proof that the machine starts by itself. */
function windowOf({ id, verb, steps, catching }: Action, sends: readonly Send[], path: Path) {
  if (catching === undefined) return null
  const planned = plannedSends(verb, path)
  const last = sends.filter(({ actionId }) => actionId === id)[planned.length - 1]
  const isNotMade = steps.some(({ type }) => type === 'notSent')
  const proof = steps.find(
    (step) => step.type === 'effect' && (step.verdict === 'restarted' || step.verdict === 'poweredOn'),
  )
  const from = Math.min(isNotMade ? Infinity : (last?.at ?? Infinity), proof?.at ?? Infinity)
  const until = Math.min(from + catching.forMs, catching.end?.at ?? Infinity) + toleranceMs
  return { keys: catching.keys as readonly string[], from, until }
}
