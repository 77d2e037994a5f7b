import { describe, expect, test } from 'vitest'
import type { Action, Catching } from '../../../server/contract/power.ts'
import { catchInLog, catchOf, lookOf } from '../../../web/features/power/catch-state.ts'

const catching: Catching = {
  aim: 'setup',
  keys: ['Delete', 'F2'],
  forMs: 120_000,
  startedAt: 10_000,
  presses: 12,
  lastPressAt: 12_000,
  end: null,
}
const ended = (at: number): Catching => ({ ...catching, end: { at, why: 'stopped', by: 'Aki' } })
const action = (id: string, own?: Catching) => ({ id, ...(own && { catching: own }) }) as Action

describe('what is said of boot keys', () => {
  test('how many went out and when the last one did', () => {
    expect(lookOf(catching, 13_000)).toEqual({ type: 'pressing', presses: 12, lastAt: 12_000 })
  })
  test('that none goes out any more, also when none ever did', () => {
    expect(lookOf(catching, 16_500)).toEqual({ type: 'stalled', presses: 12, since: 12_000 })
    const none = { ...catching, presses: 0, lastPressAt: null }
    expect(lookOf(none, 11_000)).toEqual({ type: 'waiting' })
    expect(lookOf(none, 15_000)).toEqual({ type: 'stalled', presses: 0, since: 10_000 })
  })
  test('that they wait for the press, and who ended them', () => {
    expect(lookOf({ ...catching, startedAt: null, presses: 0, lastPressAt: null }, 99_000)).toEqual({
      type: 'waiting',
    })
    expect(lookOf(ended(15_000), 16_000)).toEqual({ type: 'ended', why: 'stopped', by: 'Aki', presses: 12 })
  })
  test('for a minute after their end, and never of an action before another one with keys', () => {
    expect(catchOf([action('b'), action('a', catching)], 20_000)?.id).toBe('a')
    expect(catchOf([action('a', ended(15_000))], 74_000)?.id).toBe('a')
    expect(catchOf([action('a', ended(15_000))], 76_000)).toBeNull()
    expect(catchOf([action('b', ended(1_000)), action('a', catching)], 99_000)).toBeNull()
    expect(catchOf([action('b')], 0)).toBeNull()
  })
  test('is let go when the next action begins, unless keys still go out', () => {
    expect(catchOf([action('b'), action('a', ended(15_000))], 16_000)).toBeNull()
    expect(catchOf([action('b'), action('a', catching)], 16_000)?.id).toBe('a')
  })
  test('is let go in its own log too, but not why it stopped by itself', () => {
    expect(catchInLog(action('a', catching), 999_000)?.id).toBe('a')
    expect(catchInLog(action('a', ended(15_000)), 74_000)?.id).toBe('a')
    expect(catchInLog(action('a', ended(15_000)), 75_000)).toBeNull()
    const timeOver: Catching = { ...catching, end: { at: 15_000, why: 'timeOver', by: null } }
    expect(catchInLog(action('a', timeOver), 999_000)?.id).toBe('a')
    expect(catchInLog(action('a'), 0)).toBeNull()
  })
})
