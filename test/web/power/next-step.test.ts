import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../web/features/power/action-log.ts'
import { nextStep } from '../../../web/features/power/next-step.ts'

const unknown = {
  type: 'unknown' as const,
  hints: [],
  wasPressed: true,
  isFirstHalf: false,
  wasKvmAway: false,
}
const looked: Verdict = { ...unknown, asBefore: ['usb'], kvmGoneMs: null }
const blind: Verdict = { ...unknown, asBefore: [], kvmGoneMs: 600 }

describe('below the log', () => {
  test('another reboot is offered from the first verdict on, quietly until it is late, and nothing before it', () => {
    expect(nextStep({ verb: 'reset' }, null)).toBeNull()
    for (const type of ['restarted', 'poweredOn'] as const) {
      expect(nextStep({ verb: 'reset' }, { type, isLate: false, afterMs: 9 })).toEqual({
        verb: 'reset',
        label: 'hardReboot',
        isQuiet: true,
      })
      expect(nextStep({ verb: 'reset' }, { type, isLate: true, afterMs: 9 })).toEqual({
        verb: 'reset',
        label: 'again',
      })
    }
  })

  test('off and on follows a reset that changed nothing, not one that nobody could look at', () => {
    expect(nextStep({ verb: 'reset' }, looked)).toEqual({ verb: 'cycle', label: 'offAndOn' })
    expect(nextStep({ verb: 'reset' }, blind)).toEqual({ verb: 'reset', label: 'again' })
  })

  test('what is back needs nothing more', () => {
    expect(nextStep({ verb: 'reset' }, { type: 'back', verb: 'reset', afterMs: 9, labels: [] })).toBeNull()
  })
})
