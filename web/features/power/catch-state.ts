import type { BootAim } from '../../../server/contract/boot-keys.ts'
import type { Action, Catching } from '../../../server/contract/power.ts'
import type { CheckState } from '../../../server/contract/state.ts'

/** The end of a catch is still shown for so long to whoever looks at the machine, ms. */
const shownAfterMs = 60_000
/** Keys go out every 300 ms, and it is told once a second: this long without one means that none goes out. */
const stallsAfterMs = 4_000

/**
 * The keys that are pressed, wait or just ended on a machine, and whose action they belong to; `actions` newest first. Those
 * that ended are let go of when another action begins.
 */
export function catchOf(actions: readonly Action[], now: number): CaughtAction | null {
  const newest = actions.find((action): action is CaughtAction => action.catching !== undefined)
  if (newest === undefined) return null
  const { end } = newest.catching
  if (end === null) return newest
  return newest === actions[0] && now - end.at < shownAfterMs ? newest : null
}

/**
 * The same in the log of their own action. That somebody stopped them is over after a while too: what was seen is in its
 * verdict. Why they stopped by themselves stays.
 */
export function catchInLog(action: Action, now: number): CaughtAction | null {
  if (action.catching === undefined) return null
  const { end } = action.catching
  const isLetGo = end?.why === 'stopped' && now - end.at >= shownAfterMs
  return isLetGo ? null : (action as CaughtAction)
}
export type CaughtAction = Action & { catching: Catching }

/** Are keys being pressed, or waiting for a press? */
export function isCatching({ catching }: Pick<Action, 'catching'>): boolean {
  return catching !== undefined && catching.end === null
}

/** Who saw which firmware of a machine that had come up; null: nobody. Also where no check would say when it is back. */
export function firmwareSeen({ effect, back, catching }: Action): FirmwareSeen | null {
  const isUp = effect === 'restarted' || effect === 'poweredOn'
  const isOpen = back !== 'inFirmware' && back !== 'notExpected'
  if (!isUp || isOpen || catching === undefined || catching.startedAt === null) return null
  const { aim, end } = catching
  return end?.why === 'stopped' && end.by !== null ? { aim, by: end.by, at: end.at } : null
}
/** `at`: when, ms, server clock. */
export type FirmwareSeen = { aim: BootAim; by: string; at: number }

/** The check that answered after somebody saw the firmware, which answers nothing: the machine came up since. Null: none. */
export function cameUpSince({ at }: FirmwareSeen, checks: readonly CheckState[]): string | null {
  return checks.find(({ lastGoodAt }) => lastGoodAt !== null && lastGoodAt > at)?.label ?? null
}

/** What can be said of a catch now. `since` and `lastAt` are ms, server clock. */
export type CatchLook =
  | { type: 'waiting' }
  | { type: 'pressing'; presses: number; lastAt: number }
  /** Begun, and no key went out since. */
  | { type: 'stalled'; presses: number; since: number }
  | { type: 'ended'; why: NonNullable<Catching['end']>['why']; by: string | null; presses: number }

/** How it is with these keys at `now`. */
export function lookOf({ startedAt, presses, lastPressAt, end }: Catching, now: number): CatchLook {
  if (end !== null) return { type: 'ended', why: end.why, by: end.by, presses }
  if (startedAt === null) return { type: 'waiting' }
  const since = lastPressAt ?? startedAt
  if (now - since > stallsAfterMs) return { type: 'stalled', presses, since }
  return lastPressAt === null ? { type: 'waiting' } : { type: 'pressing', presses, lastAt: lastPressAt }
}
