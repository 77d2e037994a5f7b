import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  advanceHold,
  holdProgress,
  idleHold,
  isAssistedClick,
  type HoldInput,
  type HoldState,
} from '../../../web/features/power/hold.ts'

const down = (now: number, changes: Partial<Extract<HoldInput, { type: 'down' }>> = {}): HoldInput => ({
  type: 'down',
  pointerId: 1,
  isTrusted: true,
  isPrimary: true,
  button: 0,
  now,
  ...changes,
})
const press = (now: number, changes: Partial<Extract<HoldInput, { type: 'press' }>> = {}): HoldInput => ({
  type: 'press',
  isTrusted: true,
  isRepeat: false,
  now,
  ...changes,
})
/** Frames at 60 Hz from `from` (exclusive) to `to`. */
function frames(from: number, to: number): HoldInput[] {
  const list: HoldInput[] = []
  for (let now = from + 16; now <= to; now += 16) list.push({ type: 'tick', now })
  return list
}
function run(...inputs: HoldInput[]): HoldState {
  return inputs.reduce(advanceHold, idleHold)
}

describe('a finger', () => {
  test('fires after 1.2 s and not before', () => {
    expect(run(down(0), ...frames(0, 1_180)).name).toBe('holding')
    expect(run(down(0), ...frames(0, 1_220)).name).toBe('fired')
  })

  test('that lets go early sends nothing', () => {
    expect(
      run(down(0), ...frames(0, 1_100), { type: 'up', pointerId: 1 }, ...frames(1_100, 3_000)).name,
    ).toBe('released')
  })

  for (const type of ['cancel', 'leave'] as const) {
    test(`is cancelled by pointer${type}`, () => {
      expect(run(down(0), ...frames(0, 600), { type, pointerId: 1 }, ...frames(600, 3_000)).name).toBe(
        'released',
      )
    })
  }

  test('is cancelled by scrolling, a hidden page and a second finger', () => {
    expect(run(down(0), ...frames(0, 600), { type: 'interrupt' }, ...frames(600, 3_000)).name).toBe(
      'released',
    )
    const second = down(600, { pointerId: 2, isPrimary: false })
    expect(run(down(0), ...frames(0, 600), second, ...frames(600, 3_000)).name).toBe('released')
  })

  test('is not believed while the page stood still', () => {
    expect(run(down(0), { type: 'tick', now: 5_000 }).name).toBe('holding')
    expect(run(down(0), { type: 'tick', now: 5_000 }, { type: 'up', pointerId: 1 }).name).toBe('released')
  })

  test('taps, twice or often, never fire', () => {
    const taps = [0, 200, 400, 600, 4_000].flatMap((at) => [
      down(at),
      ...frames(at, at + 90),
      { type: 'up', pointerId: 1 } as const,
    ])
    expect(run(...taps).name).toBe('released')
  })

  test('that is made by a script, by the right button or by a pen that is not the first, does nothing', () => {
    for (const changes of [{ isTrusted: false }, { button: 2 }, { isPrimary: false }]) {
      expect(run(down(0, changes), ...frames(0, 3_000)).name).toBe('idle')
    }
  })
})

describe('keyboard and screen reader', () => {
  test('need a second press within 5 s', () => {
    expect(run(press(0)).name).toBe('armed')
    expect(run(press(0), press(4_900)).name).toBe('fired')
    expect(run(press(0), press(5_100)).name).toBe('armed')
    expect(run(press(0), { type: 'tick', now: 5_100 }).name).toBe('idle')
  })

  test('auto-repeat and bouncing keys count as one press', () => {
    const repeats = Array.from({ length: 100 }, (_, index) => press(500 + index * 33, { isRepeat: true }))
    expect(run(press(0), ...repeats).name).toBe('armed')
    expect(run(press(0), press(120), press(240)).name).toBe('armed')
  })

  test('scripted presses do nothing, before and after a first real one', () => {
    expect(run(press(0, { isTrusted: false }), press(1_000, { isTrusted: false })).name).toBe('idle')
    expect(run(press(0), press(1_000, { isTrusted: false })).name).toBe('armed')
  })

  test('are told from fingers by their clicks', () => {
    expect(isAssistedClick({ isTrusted: true, detail: 0, buttons: 0 })).toBe(true)
    expect(isAssistedClick({ isTrusted: true, detail: 1, buttons: 1, pointerType: 'mouse' })).toBe(true)
    expect(isAssistedClick({ isTrusted: true, detail: 1, buttons: 0, pointerType: 'touch' })).toBe(false)
    expect(isAssistedClick({ isTrusted: true, detail: 2, buttons: 0, pointerType: 'mouse' })).toBe(false)
    expect(isAssistedClick({ isTrusted: false, detail: 0, buttons: 0 })).toBe(false)
  })
})

test('a bar that loses its link while held lets go, and a fired one stays fired', () => {
  expect(run(down(0), ...frames(0, 600), { type: 'disable' }, ...frames(600, 3_000)).name).toBe('released')
  const fired = run(down(0), ...frames(0, 1_300))
  expect(advanceHold(fired, down(2_000))).toBe(fired)
})

test('fills evenly, in quarters with reduced motion', () => {
  const half = run(down(0), ...frames(0, 640))
  expect(holdProgress(half, false)).toBeCloseTo(0.533, 2)
  expect(holdProgress(half, true)).toBe(0.5)
})

test('fires only after 1.2 s of one unbroken trusted hold or two trusted presses, whatever else happens', () => {
  const input = fc.oneof(
    fc.record({
      type: fc.constant('down' as const),
      pointerId: fc.nat(2),
      isTrusted: fc.boolean(),
      isPrimary: fc.boolean(),
      button: fc.nat(2),
    }),
    fc.record({
      type: fc.constantFrom('up' as const, 'cancel' as const, 'leave' as const),
      pointerId: fc.nat(2),
    }),
    fc.constant({ type: 'interrupt' as const }),
    fc.constant({ type: 'tick' as const }),
    fc.record({ type: fc.constant('press' as const), isTrusted: fc.constant(false), isRepeat: fc.boolean() }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(input, fc.nat(400)), { maxLength: 60 }), (events) => {
      let now = 0
      let state: HoldState = idleHold
      let since: number | null = null
      for (const [event, wait] of events) {
        now += wait
        const before = state
        state = advanceHold(state, { ...event, now } as HoldInput)
        if (state.name === 'holding' && before.name !== 'holding') since = now
        if (state.name === 'fired' && before.name !== 'fired') {
          expect(before.name).toBe('holding')
          expect(now - (since ?? now)).toBeGreaterThanOrEqual(1_200)
        }
      }
    }),
  )
})
