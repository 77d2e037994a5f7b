import type { MachineState } from '../contract/state.ts'
import type { Judgement } from './health.ts'

/** A health and since when, as in MachineState. */
type HealthSince = Pick<MachineState, 'health' | 'since' | 'otherUntil'>
/** The last health that was known, and until when. */
export type KnownHealth = HealthSince & { until: number }
/** `known` matters while `isBlind`: nobody can look now. */
export type SinceMemory = { shown: HealthSince; known: KnownHealth | null; isBlind: boolean }

/** Before the first look. `known`: by the process before; null: nothing. */
export function startingSince(known: KnownHealth | null, now: number): SinceMemory {
  return { shown: { health: 'unknown', since: now }, known, isBlind: true }
}

/**
 * Since when a machine is in its health. What was so before and after a time in which nobody could look (Crashcart
 * cut off or just started, its KVM away) is taken to have stayed so; what is another afterwards became so at some moment
 * in between. Pure.
 */
export function advanceSince(before: SinceMemory, judgement: Judgement, now: number): SinceMemory {
  const { shown, known } = before
  const { health } = judgement
  const isBlind = isUnseen(judgement)
  if (isBlind && before.isBlind) return before
  if (isBlind)
    return { shown: changed(shown, { health, since: now }), known: { ...shown, until: now }, isBlind }
  if (!before.isBlind) return { shown: changed(shown, { health, since: now }), known, isBlind }
  if (known?.health === health) {
    const { until: _until, ...same } = known
    return { shown: same, known, isBlind }
  }
  return { shown: { health, since: now, otherUntil: known?.until ?? null }, known, isBlind }
}

function changed(before: HealthSince, after: HealthSince): HealthSince {
  return before.health === after.health ? before : after
}

/** Unknown for want of a look. Where everybody answers and nobody can say, that is a state of its own. */
function isUnseen({ health, cause }: Judgement): boolean {
  return health === 'unknown' && cause !== 'nothingToAsk'
}
