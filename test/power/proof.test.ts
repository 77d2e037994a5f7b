import { describe, expect, test } from 'vitest'
import { look, startTracker, unchanged, type Tracker } from '../../server/power/evidence.ts'
import { hasComeOn, hasRestarted, isProvenOff } from '../../server/power/proof.ts'
import type { Sight } from '../../server/power/sight.ts'

const running: Sight = {
  isReachable: true,
  isScreenElsewhere: false,
  led: 'on',
  ledWiring: 'wired',
  signal: true,
  mode: '1024x768',
  isUsbOnline: true,
  isAtxBusy: false,
  pictureChangedAt: null,
  isCutOff: false,
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

const restarted = ({ tracker, sight, now }: ReturnType<typeof after>): boolean =>
  hasRestarted(tracker, sight, now)
const cameOn = ({ tracker, sight, now }: ReturnType<typeof after>, since = pressedAt): boolean =>
  hasComeOn(tracker, sight, since, now)

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
        [4_000, {}],
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
      expect(restarted(after({}, ...looks))).toBe(true)
      expect(restarted(after({}, ...looks.slice(0, 1)))).toBe(false)
    })
  }

  test('is proven by USB only once it has stayed for a second', () => {
    const isBack: [number, Partial<Sight>][] = [
      [1_000, { isUsbOnline: false }],
      [3_000, { isUsbOnline: true }],
    ]
    expect(restarted(after({}, ...isBack, [3_900, {}]))).toBe(false)
    expect(restarted(after({}, ...isBack, [4_000, {}]))).toBe(true)
  })

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
      'a KVM that reads every LED as dark until it has looked',
      {},
      [
        [1_000, { isReachable: false, signal: null, isUsbOnline: null, led: null }],
        [5_000, { isReachable: true, signal: null, led: 'off' }],
        [5_200, { led: 'on' }],
        [9_000, {}],
      ],
    ],
    [
      'a sleeping USB port that takes one report',
      {},
      [
        [1_000, { isUsbOnline: false }],
        [3_000, { isUsbOnline: true }],
        [3_100, { isUsbOnline: false }],
        [6_000, {}],
      ],
    ],
    [
      'a shared KVM that showed another machine meanwhile',
      {},
      [
        [1_000, { isScreenElsewhere: true, signal: null, mode: null, isUsbOnline: null }],
        [5_000, { isScreenElsewhere: false }],
        [8_000, { ...dark, isUsbOnline: false }],
        [9_000, { ...lit, isUsbOnline: true }],
        [12_000, {}],
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
      expect(restarted(after(before, ...looks))).toBe(false)
    })
  }
})

test('an LED that was seen going dark counts as dark until it is lit, also over a restart of the KVM', () => {
  const away = { isReachable: false, signal: null, isUsbOnline: null, led: null } as const
  const dark1: [number, Partial<Sight>][] = [
    [1_000, { led: 'off' }],
    [2_000, away],
    [5_000, { isReachable: true, led: 'off' }],
  ]
  expect(restarted(after({}, ...dark1))).toBe(false)
  expect(restarted(after({}, ...dark1, [6_000, { led: 'on' }]))).toBe(true)
})

describe('what stayed as before', () => {
  const stayed = (before: Partial<Sight>, ...looks: [number, Partial<Sight>][]): string[] => {
    const { tracker, sight } = after(before, ...looks)
    return unchanged(tracker, sight)
  }
  const checked = { hostSeenAt: pressedAt + 20_000 }

  test('is what was there and known all the time', () => {
    expect(stayed({}, [20_000, checked])).toEqual(['led', 'usb', 'signal', 'network'])
    expect(stayed({ chassis: 'on' }, [20_000, {}])).toEqual(['led', 'usb', 'signal', 'chassis'])
    const unknown = { signal: null, mode: null, isUsbOnline: false, ledWiring: 'unwired' } as const
    expect(stayed(unknown, [1_000, lit], [20_000, {}])).toEqual([])
    expect(stayed({}, [2_000, dark], [4_000, lit], [20_000, {}])).toEqual(['led', 'usb'])
  })

  test('is nothing of what a KVM showed that was away, back or not', () => {
    const away = { isReachable: false, signal: null, isUsbOnline: null, led: null, mode: null } as const
    const back = { isReachable: true, ...lit, isUsbOnline: true, led: 'on' } as const
    expect(stayed({}, [200, away], [20_000, {}])).toEqual([])
    expect(stayed({}, [200, away], [9_000, back], [20_000, checked])).toEqual(['network'])
  })
})

describe("while Crashcart's own network is in doubt", () => {
  const silent = { isHostAlive: false, hostSeenAt: 105_000 }
  const alive = { isHostAlive: true, hostSeenAt: 112_000 }
  const doubt = { isCutOff: true, isHostAlive: null }

  test('a silent network is nobody’s in particular: its return proves nothing', () => {
    expect(restarted(after({}, [5_000, silent], [9_000, alive]))).toBe(true)
    expect(restarted(after({}, [5_000, doubt], [9_000, { isCutOff: false, ...alive }]))).toBe(false)
  })

  test('what was checked meanwhile is not believed afterwards either', () => {
    const over = { isCutOff: false, ...silent, hostSeenAt: 106_000 }
    expect(restarted(after({}, [5_000, doubt], [7_000, over], [9_000, alive]))).toBe(false)
    const later = { ...over, hostSeenAt: 109_000 }
    expect(restarted(after({}, [5_000, doubt], [9_000, later], [12_000, alive]))).toBe(true)
  })
})

describe('an LED that lies', () => {
  test('and stays lit hides a restart from nobody: USB and picture prove it', () => {
    const lit2 = { led: 'on' as const, ledWiring: 'wired' as const }
    expect(restarted(after(lit2, [1_000, dark], [3_000, lit]))).toBe(true)
  })

  test('and stays lit proves no off, whatever else is dark: then nothing more is pressed', () => {
    const gone = { ...dark, isUsbOnline: false, isHostAlive: false, hostSeenAt: 108_000 }
    expect(isOff(after({}, [1_000, gone], [9_000, {}], [20_000, { hostSeenAt: 119_000 }]))).toBe(false)
  })

  test('and goes dark over a picture proves no off', () => {
    expect(isOff(after({}, [1_000, { led: 'off' }], [9_000, {}]))).toBe(false)
  })
  const isOff = ({ tracker, sight, now }: ReturnType<typeof after>): boolean =>
    isProvenOff(tracker, sight, now)
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
    const elsewhere = { isScreenElsewhere: true, signal: null, mode: null, isUsbOnline: null }
    expect(proven(after(unwired, [1_000, dark], [2_000, elsewhere], [9_000, {}]))).toBe(false)
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

  test('is not said of a machine that was switched on by the press and goes dark in its boot', () => {
    const off = { ...unwired, ...dark, isHostAlive: false }
    expect(proven(after(off, [3_000, lit], [40_000, dark], [45_000, {}]))).toBe(false)
    expect(proven(after(off, [3_000, lit], [40_000, dark], [56_000, {}]))).toBe(true)
  })

  test('is not said of a machine without a network that is dark for a moment, as in a boot', () => {
    const gone: [number, Partial<Sight>] = [5_000, { isHostAlive: false, hostSeenAt: 105_000 }]
    const again = { ...dark, hostSeenAt: 109_000 }
    expect(proven(after(unwired, gone, [9_000, again], [9_500, {}]))).toBe(false)
    expect(proven(after(unwired, gone, [9_000, again], [12_000, {}]))).toBe(true)
  })
})

test('on is proven by what appears after the press, USB only when it was seen going', () => {
  const off = { led: 'off', ...dark, isUsbOnline: false, isHostAlive: false } as const
  expect(cameOn(after(off, [1_000, { led: 'on' }]))).toBe(true)
  expect(cameOn(after(off, [1_000, lit]))).toBe(true)
  expect(cameOn(after(off, [1_000, { isUsbOnline: true }]))).toBe(false)
  expect(cameOn(after(off, [1_000, {}]))).toBe(false)
})

describe('what a BMC tells', () => {
  const withBmc = { chassis: 'on', restartCause: 'power button', serialSince: 1_000 } as const

  test('a chassis that went off and on is a restart, and off is proven while it says so', () => {
    const off = after(withBmc, [500, { chassis: 'off', ...dark }])
    expect(isProvenOff(off.tracker, off.sight, off.now)).toBe(true)
    expect(restarted(off)).toBe(false)
    const on = after(withBmc, [500, { chassis: 'off' }], [1_500, { chassis: 'on' }])
    expect(restarted(on)).toBe(true)
  })

  test('one that was off before proves nothing by coming on during a reset, and everything when switched on', () => {
    const seen = after({ ...withBmc, chassis: 'off' }, [500, { chassis: 'on' }])
    expect(restarted(seen)).toBe(false)
    expect(cameOn(seen)).toBe(true)
  })

  test('a BMC that says on outweighs a dark LED', () => {
    const { tracker, sight, now } = after(withBmc, [500, { ...dark, led: 'off' }])
    expect(isProvenOff(tracker, sight, now)).toBe(false)
  })

  test('a BMC that was away and is back has seen nothing', () => {
    const seen = after(withBmc, [500, { chassis: null }], [5_000, { chassis: 'on' }])
    expect(restarted(seen)).toBe(false)
  })

  test('a console that speaks after a silence is proof only with a new restart cause', () => {
    const spoke = { serialOutputAt: pressedAt + 2_000 }
    const silent = after(withBmc, [2_000, spoke])
    expect(silent.tracker.serialBackAt).toBe(pressedAt + 2_000)
    expect(restarted(silent)).toBe(false)
    const told = after(withBmc, [2_000, { ...spoke, restartCause: 'chassis control command' }])
    expect(restarted(told)).toBe(true)
    const onlyTold = after(withBmc, [2_000, { restartCause: 'chassis control command' }])
    expect(restarted(onlyTold)).toBe(false)
  })

  test('a console that talked until the press, or was opened anew, says nothing by talking on', () => {
    const chatty = { ...withBmc, serialOutputAt: pressedAt - 300 }
    const talking = after(chatty, [2_000, { serialOutputAt: pressedAt + 2_000 }])
    expect(talking.tracker.serialBackAt).toBeNull()
    const anew = { serialSince: pressedAt + 1_000, serialOutputAt: pressedAt + 2_000 }
    expect(after(withBmc, [2_000, anew]).tracker.serialBackAt).toBeNull()
  })
})

describe('a machine that is dark', () => {
  const usbFlickers: [number, Partial<Sight>][] = [
    [4_000, { led: 'off' }],
    [4_100, { isUsbOnline: false }],
    [4_200, dark],
    [4_500, { isUsbOnline: true }],
    [6_500, {}],
  ]

  test('has not come on because its USB port took one more report', () => {
    const seen = after({}, ...usbFlickers)
    expect(cameOn(seen, pressedAt + 4_200)).toBe(false)
    expect(restarted(seen)).toBe(false)
    expect(isProvenOff(seen.tracker, seen.sight, seen.now)).toBe(true)
  })

  test('has come on when its LED says so', () => {
    const seen = after({}, ...usbFlickers, [9_000, { led: 'on' }])
    expect(cameOn(seen, pressedAt + 4_200)).toBe(true)
    expect(restarted(seen)).toBe(true)
  })

  test('is dark no more when the KVM is away, or its LED turned out not to be wired', () => {
    const away = { isReachable: false, led: null, signal: null, isUsbOnline: null } as const
    const back: [number, Partial<Sight>] = [60_000, { ...away, isHostAlive: true, hostSeenAt: 160_000 }]
    const gone: [number, Partial<Sight>] = [20_000, { isHostAlive: false, hostSeenAt: 120_000 }]
    expect(restarted(after({}, ...usbFlickers, gone, back))).toBe(true)
    expect(restarted(after({}, ...usbFlickers, [20_000, { ...lit, ledWiring: 'unwired' }]))).toBe(true)
  })

  test('is what its BMC says it is', () => {
    const off: [number, Partial<Sight>] = [4_000, { chassis: 'off', isUsbOnline: false }]
    const usbBack: [number, Partial<Sight>][] = [
      [4_500, { isUsbOnline: true }],
      [6_500, {}],
    ]
    const blind = { chassis: 'on', led: null } as const
    expect(restarted(after(blind, off, ...usbBack))).toBe(false)
    expect(restarted(after(blind, off, ...usbBack, [9_000, { chassis: 'on' }]))).toBe(true)
  })
})
