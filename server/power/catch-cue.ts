import type { Catching } from '../contract/power.ts'
import type { ActionState } from './action-state.ts'

/**
 * What an action means for the keys that wait for it. `soon`: its last press is on its way, and the answer may be late.
 * `go`: pressed, or perhaps pressed. `off`: it will not be.
 */
export type CatchCue = 'wait' | 'soon' | 'go' | 'off'

/** The cue of an action as it is now. Pure. */
export function catchCue({ mode, stage, plan, effect, steps }: ActionState): CatchCue {
  // It may have come on by itself before the last press.
  if (effect === 'restarted' || effect === 'poweredOn') return 'go'
  const isLast = stage === plan.presses.length - 1
  if (isLast && mode === 'sending') return 'soon'
  const fate = steps.findLast(({ type }) => presses.has(type))?.type
  if (isLast && (fate === 'pressed' || fate === 'sendUnknown')) return 'go'
  return effect === null ? 'wait' : 'off'
}

/** Who stopped the keys because the firmware was there; null: nobody, or before the first key could have opened it. */
export function sawFirmware({ startedAt, end }: Catching): string | null {
  return startedAt !== null && end?.why === 'stopped' ? end.by : null
}

const presses = new Set(['pressing', 'pressed', 'sendUnknown', 'notSent'])
