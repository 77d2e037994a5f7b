import { describe, expect, it } from 'vitest'
import { hasNoReaction } from '../../../web/features/screen/line-reaction.ts'

const line = { sentAt: 100_000, doneAt: 102_000 }
const later = 107_000

describe('whether the picture shows nothing of a line', () => {
  it('is said some seconds after its end, when nothing at all changed since it was sent', () => {
    expect(hasNoReaction(line, { changedAt: 90_000, stirredAt: null, now: later })).toBe(true)
    expect(hasNoReaction(line, { changedAt: null, stirredAt: 98_000, now: later })).toBe(true)
    expect(hasNoReaction(line, { changedAt: 90_000, stirredAt: null, now: later - 1 })).toBe(false)
  })

  it('is not said after any change: an echo, a blinking cursor, or one that our clock may have misplaced', () => {
    expect(hasNoReaction(line, { changedAt: 100_500, stirredAt: null, now: later })).toBe(false)
    expect(hasNoReaction(line, { changedAt: 90_000, stirredAt: 101_000, now: later })).toBe(false)
    expect(hasNoReaction(line, { changedAt: 99_500, stirredAt: null, now: later })).toBe(false)
  })

  it('is not said without a line that was typed to its end', () => {
    expect(hasNoReaction(null, { changedAt: 1, stirredAt: 1, now: later })).toBe(false)
  })
})
