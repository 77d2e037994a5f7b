import { describe, expect, test } from 'vitest'
import { look, startTracker, type Tracker } from '../../server/power/evidence.ts'
import { hasComeOn, hasRestarted, isProvenOff } from '../../server/power/proof.ts'
import type { Sight } from '../../server/power/sight.ts'

const running: Sight = {
  isReachable: true,
  led: 'on',
  ledWiring: 'wired',
  signal: true,
  mode: '1024x768',
  isUsbOnline: true,
  isAtxBusy: false,
  pictureChangedAt: null,
  isHostAlive: true,
  hostSeenAt: 99_000,
  checks: [],
  chassis: null,
  restartCause: null,
  serialSince: null,
  serialOutputAt: null,
}
const pressedAt = 100_000
/** What is known after looks at these moments (ms after the press), each with these differences from before. */
function after(
  before: Partial<Sight>,
  ...looks: [number, Partial<Sight>][]
): { tracker: Tracker; sight: Sight; now: number } {
  let sight: Sight = { ...running, ...before }
  let tracker = startTracker(sight, pressedAt)
  let now = pressedAt
  for (const [ms, changes] of looks) {
    now = pressedAt + ms
    sight = { ...sight, ...changes }
    tracker = look(tracker, sight, now).tracker
  }
  return { tracker, sight, now }
}
const dark = { signal: false, mode: null } as const
const lit = { signal: true, mode: '1024x768' } as const

describe('a restart', () => {
  const proofs: [string, [number, Partial<Sight>][]][] = [
    [
      'the signal goes and comes back',
      [
        [1_000, dark],
        [3_000, lit],
      ],
    ],
    [
      'the mode changes and comes back',
      [
        [1_000, { mode: '720x400' }],
        [9_000, { mode: '1024x768' }],
      ],
    ],
    [
      'USB goes and comes back',
      [
        [1_000, { isUsbOnline: false }],
        [3_000, { isUsbOnline: true }],
      ],
    ],
    [
      'the network goes and comes back',
      [
        [5_000, { isHostAlive: false, hostSeenAt: 105_000 }],
        [60_000, { isHostAlive: true, hostSeenAt: 160_000 }],
      ],
    ],
    [
      'the LED goes off and on',
      [
        [1_000, { led: 'off' }],
        [3_000, { led: 'on' }],
      ],
    ],
  ]
  for (const [what, looks] of proofs) {
    test(`is proven when ${what}, and not by the first half alone`, () => {
      expect(hasRestarted(after({}, ...looks).tracker)).toBe(true)
      expect(hasRestarted(after({}, ...looks.slice(0, 1)).tracker)).toBe(false)
    })
  }

  const nothings: [string, Partial<Sight>, [number, Partial<Sight>][]][] = [
    [
      'a picture that only changes',
      {},
      [
        [1_000, { pictureChangedAt: 101_000 }],
        [2_000, { pictureChangedAt: 102_000 }],
      ],
    ],
    [
      'what was gone before the press and comes back',
      { ...dark, isUsbOnline: false, isHostAlive: false },
      [
        [1_000, lit],
        [2_000, { isUsbOnline: true }],
        [9_000, { isHostAlive: true, hostSeenAt: 109_000 }],
      ],
    ],
    [
      'a KVM that restarts itself',
      {},
      [
        [1_000, { isReachable: false, signal: null, isUsbOnline: null, led: null }],
        [5_000, { isReachable: true, ...dark, isUsbOnline: false, led: 'on' }],
        [8_000, { ...lit, isUsbOnline: true }],
      ],
    ],
    [
      'a check that began before the press',
      {},
      [
        [1_000, { isHostAlive: false, hostSeenAt: 101_000 }],
        [20_000, { isHostAlive: true, hostSeenAt: 120_000 }],
      ],
    ],
    [
      'a streamer that stops and starts',
      {},
      [
        [1_000, { signal: null, mode: null }],
        [4_000, lit],
      ],
    ],
  ]
  for (const [what, before, looks] of nothings) {
    test(`is not proven by ${what}`, () => {
      expect(hasRestarted(after(before, ...looks).tracker)).toBe(false)
    })
  }
})

describe('off', () => {
  const proven = ({ tracker, sight, now }: ReturnType<typeof after>): boolean =>
    isProvenOff(tracker, sight, now)
  const unwired = { led: 'off', ledWiring: 'unwired' } as const

  test('is said by a wired LED alone, and never while there is a picture', () => {
    expect(proven(after({}, [1_000, { led: 'off', ...dark }]))).toBe(true)
    expect(proven(after({}, [1_000, dark], [9_000, { isHostAlive: false, hostSeenAt: 109_000 }]))).toBe(false)
    expect(proven(after({}, [1_000, { led: 'off' }]))).toBe(false)
  })

  test('without an LED needs a signal that stays away for 3 s while nothing answers', () => {
    expect(proven(after(unwired, [1_000, dark], [3_900, {}]))).toBe(false)
    expect(proven(after(unwired, [1_000, dark], [4_000, {}]))).toBe(true)
    expect(proven(after(unwired, [1_000, dark], [4_000, { hostSeenAt: 104_000 }]))).toBe(false)
    expect(proven(after({ ...unwired, ...dark }, [9_000, {}]))).toBe(false)
  })

  test('without an LED and a signal needs a network that was up, gone for 3 s and looked at twice', () => {
    const blind = { ...unwired, signal: null, mode: null }
    const gone: [number, Partial<Sight>] = [5_000, { isHostAlive: false, hostSeenAt: 105_000 }]
    expect(proven(after(blind, gone, [9_000, {}]))).toBe(false)
    expect(proven(after(blind, gone, [9_000, { hostSeenAt: 109_000 }]))).toBe(true)
    expect(proven(after({ ...blind, isHostAlive: false }, gone, [9_000, { hostSeenAt: 109_000 }]))).toBe(
      false,
    )
    expect(proven(after({ ...blind, hostSeenAt: 10_000 }, gone, [9_000, { hostSeenAt: 109_000 }]))).toBe(
      false,
    )
  })
})

test('on is proven by what appears after the press, USB only when it was seen going', () => {
  const off = { led: 'off', ...dark, isUsbOnline: false, isHostAlive: false } as const
  expect(hasComeOn(after(off, [1_000, { led: 'on' }]).tracker, pressedAt)).toBe(true)
  expect(hasComeOn(after(off, [1_000, lit]).tracker, pressedAt)).toBe(true)
  expect(hasComeOn(after(off, [1_000, { isUsbOnline: true }]).tracker, pressedAt)).toBe(false)
  expect(hasComeOn(after(off, [1_000, {}]).tracker, pressedAt)).toBe(false)
})
