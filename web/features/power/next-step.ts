import type { Action, PowerVerb } from '../../../server/contract/power.ts'
import { hasNothingChanged, type Verdict } from './action-log.ts'

/** What to press next, and the words of the button. It opens the sheet anew with its own check and its own hold. */
export type NextStep = {
  verb: PowerVerb
  label: 'again' | 'offAndOn' | 'hardReboot' | 'powerOn' | 'checkAgain'
  /** It is still starting, as it should: nothing to be hit by mistake. */
  isQuiet?: true
}

/** The next thing to offer below the log; null while the first verdict is open, and where there is nothing left to do. */
export function nextStep({ verb }: Pick<Action, 'verb'>, verdict: Verdict | null): NextStep | null {
  const hardReboot: NextStep = { verb: 'reset', label: 'hardReboot' }
  // One SysRq key is chosen anew among the others.
  const again: NextStep | null = verb === 'sysrqKey' ? null : { verb, label: 'again' }
  switch (verdict?.type) {
    case 'unknown':
      if (verb === 'sysrqReboot' || verb === 'sysrqKey') return hardReboot
      // Where nobody could look it may have restarted: first it is looked at again.
      return verb === 'reset' && hasNothingChanged(verdict) ? { verb: 'cycle', label: 'offAndOn' } : again
    case 'poweredOff':
      return { verb: 'on', label: 'powerOn' }
    case 'stopped':
      return hardReboot
    case 'notBack':
    case 'unknownCrashed':
      return again
    case 'notSent':
      return again && { verb, label: 'checkAgain' }
    case 'restarted':
    case 'poweredOn':
      // It may hang in its boot: nobody has to wait for the second verdict.
      return verdict.isLate ? { verb: 'reset', label: 'again' } : { ...hardReboot, isQuiet: true }
    default:
      return null
  }
}
