import type { ResetProof } from '../contract/power.ts'
import type { Sight } from './sight.ts'
import { isConsoleSilent } from './evidence.ts'

/** What a BMC answers for good after it was told to restart the machine: another restart shows no change in it. */
const causeOfCommand = 'chassis control command'

/**
 * What would show that a reset told to a BMC worked, as things are now: what can go away and come back. A BMC itself tells
 * nothing of a reset, and what is gone already, or silent, cannot go. Pure.
 */
export function resetShownBy(sight: Sight, now: number): ResetProof[] {
  const shown: ResetProof[] = []
  if (sight.isReachable && (sight.signal === true || sight.isUsbOnline === true)) shown.push('screen')
  // A port that accepts and says nothing may be held open by something in between.
  if (sight.checks.some(({ result }) => result === 'answers' || result === 'refused')) shown.push('network')
  const canCauseChange = sight.restartCause !== null && sight.restartCause !== causeOfCommand
  if (canCauseChange && isConsoleSilent(sight, now)) shown.push('serial')
  return shown
}
