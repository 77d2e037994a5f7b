import { describe, expect, test } from 'vitest'
import {
  advanceView,
  differenceOf,
  startingView,
  toKvmState,
  type KvmView,
  type ViewInput,
} from '../../../server/drivers/pikvm/kvm-view.ts'

function after(inputs: [number, ViewInput][], from: KvmView = startingView(0)): KvmView {
  return inputs.reduce((view, [at, input]) => advanceView(view, input, at), from)
}
const event = (type: string, content: Record<string, unknown>): ViewInput => ({
  type: 'event',
  event: { type, event: content },
})
const atx = (power: boolean, hdd = false) =>
  event('atx', { enabled: true, busy: false, leds: { power, hdd } })
const state = (view: KvmView) => toKvmState(view, 'kvm')

describe('state of a PiKVM with its age', () => {
  test('starts with nothing known', () => {
    expect(state(startingView(5))).toMatchObject({
      reachable: { value: null, observedAt: 5, since: 5 },
      power: { value: null },
      ledWiring: 'unproven',
      problem: null,
    })
  })

  test('a value is as old as its last change and as fresh as the last sign of life', () => {
    const view = after([
      [10, { type: 'online' }],
      [20, atx(true)],
      [900, { type: 'heard' }],
    ])
    expect(state(view).power).toEqual({ value: 'on', since: 20, observedAt: 900 })
  })

  test('off is said only by an LED that was seen on', () => {
    expect(
      state(
        after([
          [10, { type: 'online' }],
          [20, atx(false)],
        ]),
      ).power.value,
    ).toBeNull()
    const seen = after([
      [10, { type: 'online' }],
      [20, atx(true)],
      [30, atx(false)],
    ])
    expect(state(seen)).toMatchObject({ power: { value: 'off', since: 30 }, ledWiring: 'wired' })
  })

  test('an LED that is dark just after connecting is not off yet: a restarted daemon has not looked', () => {
    const restarted = after(
      [
        [10, { type: 'online' }],
        [20, atx(false)],
      ],
      startingView(0, 'wired'),
    )
    expect(state(restarted).power.value).toBeNull()
    expect(state(after([[120, atx(true)]], restarted)).power).toMatchObject({ value: 'on', since: 120 })
    // One that stays dark is off, whether or not anything changes.
    expect(state(after([[1100, { type: 'heard' }]], restarted)).power.value).toBe('off')
    // Once one of them was lit, they have been looked at.
    const looked = after([[120, atx(true)]], restarted)
    expect(state(after([[130, atx(false)]], looked)).power.value).toBe('off')
    const atPort = after([[10, { type: 'online' }]], startingView(0, 'wired', 0))
    const dark = event('switch', { atx: { busy: [false], leds: { power: [false], hdd: [false] } } })
    expect(state(after([[20, dark]], atPort)).power.value).toBe('off')
  })

  test('a clock that is set back makes a dark LED wait no longer, and undoes none that counts', () => {
    const day = 86_400_000
    const restarted = after(
      [
        [day, { type: 'online' }],
        [day + 10, atx(false)],
      ],
      startingView(day, 'wired'),
    )
    const setBack = after([[20, { type: 'heard' }]], restarted)
    expect(state(setBack).power.value).toBeNull()
    expect(state(after([[1_020, { type: 'heard' }]], setBack)).power.value).toBe('off')
    const known = after([[day + 1_000, { type: 'heard' }]], restarted)
    expect(state(after([[20, { type: 'heard' }]], known)).power.value).toBe('off')
  })

  test('the disk’s light counts as wired once it was lit, until another machine is plugged in', () => {
    const lit = after([
      [10, { type: 'online' }],
      [20, atx(true, true)],
      [30, atx(true)],
    ])
    expect(state(after([[20, atx(true)]]))).not.toHaveProperty('hddWasLit')
    expect(state(lit)).toMatchObject({ hddActive: { value: false, since: 30 }, hddWasLit: true })
    expect(state(after([[40, { type: 'machineChanged' }]], lit))).not.toHaveProperty('hddWasLit')
  })

  test('a picture for 10 s under a dark LED turns off into unknown', () => {
    const picture = event('streamer', {
      streamer: { source: { online: true, resolution: { width: 8, height: 8 } } },
    })
    const view = after([
      [0, { type: 'online' }],
      [1, atx(true)],
      [2, atx(false)],
      [3, picture],
    ])
    expect(state(view).power.value).toBe('off')
    expect(state(advanceView(view, { type: 'heard' }, 10_003))).toMatchObject({
      power: { value: null, since: 10_003 },
      ledWiring: 'unwired',
    })
  })

  test('when the device is gone everything it said is unknown, but not what was proven of the LED', () => {
    const view = after([
      [0, { type: 'online' }],
      [1, atx(true)],
      [9, { type: 'offline', problem: 'timeout' }],
    ])
    expect(state(view)).toMatchObject({
      reachable: { value: false, since: 9 },
      problem: 'timeout',
      power: { value: null, since: 9, observedAt: 9 },
      ledWiring: 'wired',
    })
    expect(
      state(
        after(
          [
            [20, { type: 'online' }],
            [21, atx(false)],
            [1_020, { type: 'heard' }],
          ],
          view,
        ),
      ).power.value,
    ).toBe('off')
  })

  test('what was known of the LED before the start is used', () => {
    const view = after(
      [
        [1, { type: 'online' }],
        [2, atx(false)],
        [1_001, { type: 'heard' }],
      ],
      startingView(0, 'wired'),
    )
    expect(state(view).power.value).toBe('off')
  })
})

describe('signal', () => {
  const streamer = (online: boolean) =>
    event('streamer', { streamer: { source: { online, resolution: { width: 640, height: 480 } } } })

  test('"no signal" of a streamer that was just started is not believed yet', () => {
    const started = after([
      [0, { type: 'online' }],
      [1000, streamer(false)],
    ])
    expect(state(started).signal.value).toBeNull()
    expect(state(advanceView(started, streamer(true), 2000)).signal.value?.present).toBe(true)
    expect(state(advanceView(started, { type: 'heard' }, 4000)).signal.value?.present).toBe(false)
  })

  test('a signal that goes away later is believed at once, and a stopped streamer knows nothing', () => {
    const seen = after([
      [0, { type: 'online' }],
      [1000, streamer(true)],
      [9000, streamer(false)],
    ])
    expect(state(seen).signal).toEqual({
      value: { present: false, width: 640, height: 480 },
      since: 9000,
      observedAt: 9000,
    })
    const stopped = advanceView(seen, event('streamer', { streamer: null }), 9500)
    expect(state(stopped)).toMatchObject({ signal: { value: null }, streamerRunning: { value: false } })
    expect(state(advanceView(stopped, streamer(false), 9600)).signal.value).toBeNull()
  })
})

describe('urgency of a difference', () => {
  const view = after([
    [0, { type: 'online' }],
    [1, atx(true)],
  ])

  test.each<[string, ViewInput, string]>([
    ['ages', { type: 'heard' }, 'none'],
    ['the same state again', atx(true), 'none'],
    ['the disk LED', atx(true, true), 'soon'],
    ['a moving picture', { type: 'pictureChanged' }, 'soon'],
    ['the power LED', atx(false), 'now'],
    ['the connection', { type: 'offline', problem: 'unreachable' }, 'now'],
  ])('%s', (_name, input, urgency) => {
    expect(differenceOf(view, advanceView(view, input, 50))).toBe(urgency)
  })

  test('how long a long press at its port is', () => {
    const held = (power_long: number) =>
      event('switch', {
        model: {
          ports: [0, 1].map(() => ({ atx: { click_delays: { power: 0.5, power_long, reset: 0.5 } } })),
        },
      })
    const atPort = after([[10, held(5.5)]], startingView(0, 'wired', 1))
    expect(differenceOf(atPort, advanceView(atPort, held(5.5), 50))).toBe('none')
    expect(differenceOf(atPort, advanceView(atPort, held(8), 50))).toBe('now')
  })
})
