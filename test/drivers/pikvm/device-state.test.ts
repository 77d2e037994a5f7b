import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { emptyDeviceState, mergeEvent, type DeviceState } from '../../../server/drivers/pikvm/device-state.ts'
import { parseDeviceEvent } from '../../../server/drivers/pikvm/events.ts'
import { readFacts } from '../../../server/drivers/pikvm/facts.ts'

type Frame = { t: number; dir?: string; text?: { event_type: string; event: unknown } }
const recording = JSON.parse(
  readFileSync(new URL('../../fixtures/pikvm/ws_60s.json', import.meta.url), 'utf8'),
) as Frame[]

/** State after every recorded frame up to `untilS` seconds. */
function replay(untilS: number, rename: (type: string) => string = (type) => type): DeviceState {
  let state = emptyDeviceState
  for (const frame of recording) {
    if (frame.t > untilS || frame.dir !== '<' || !frame.text) continue
    const { event_type: type, event } = frame.text
    state = merge(state, rename(type), event)
  }
  return state
}
function merge(state: DeviceState, type: string, event: unknown): DeviceState {
  const parsed = parseDeviceEvent(JSON.stringify({ event_type: type, event }))
  return parsed ? mergeEvent(state, parsed) : state
}

describe('states of a real daemon, merged', () => {
  test('everything is known after the greeting', () => {
    expect(replay(0.1).version).toBe('4.197')
    expect(readFacts(replay(0.1))).toEqual({
      signal: { present: false, width: 640, height: 480 },
      powerLed: true,
      hddActive: false,
      atxBusy: false,
      atxEnabled: true,
      keyboardOnline: true,
      mouseOnline: true,
      mouseAbsolute: true,
      capsLock: false,
      streamerRunning: true,
      cpuTemperatureC: 37,
      throttled: false,
    })
  })

  test.each([
    ['signal there', 2.1, { signal: { present: true, width: 1280, height: 720 } }],
    ['caps lock', 5.2, { capsLock: true }],
    ['relative mouse', 7.1, { mouseAbsolute: false }],
    ['ATX busy', 24.1, { atxBusy: true, powerLed: true }],
    ['LED off', 27.5, { atxBusy: false, powerLed: false }],
    ['streamer restarting', 36.1, { streamerRunning: false, signal: null }],
    ['USB unplugged', 40.1, { keyboardOnline: false, mouseOnline: false }],
    // kvmd notices each device when it is next used: only a key was pressed so far.
    ['USB back and a key pressed', 42.1, { keyboardOnline: true, mouseOnline: false }],
  ])('%s at %s s', (_name, at, facts) => {
    expect(readFacts(replay(at))).toMatchObject(facts)
  })

  test('a partial change of one GPIO channel keeps the others', () => {
    const { gpio } = replay(9.1)
    expect(gpio?.outputs['button1']).toEqual({ online: true, state: false, busy: true })
    expect(gpio?.inputs['led2']).toEqual({ online: true, state: true })
    expect(gpio?.outputs['relay1']).toEqual({ online: true, state: false, busy: false })
  })

  test('a partial change of a Switch keeps the rest', () => {
    const whole = { model: { ports: [{ id: '1' }, { id: '2' }] }, summary: { active_port: 0, synced: true } }
    const state = merge(emptyDeviceState, 'switch', { ...whole, usb: { links: [true, false] } })
    const moved = { summary: { active_port: 1, synced: false } }
    expect(merge(state, 'switch', moved).kvmSwitch).toEqual({ ...state.kvmSwitch, ...moved })
  })

  test('full states sent again to everybody change nothing', () => {
    const once = replay(0.1)
    const greeting = recording.filter((frame) => frame.dir === '<' && frame.text && frame.t <= 0.1)
    const twice = greeting.reduce((state, { text }) => merge(state, text!.event_type, text!.event), once)
    expect(twice).toEqual(once)
  })

  test('the names of older daemons mean the same', () => {
    const older = (type: string) => (type === 'loop' ? type : `${type}_state`)
    expect(replay(30, older)).toEqual(replay(30))
  })

  test('the shapes of older daemons mean the same', () => {
    const health = { temp: { cpu: 61.4 }, throttling: { parsed_flags: { throttled: { now: true } } } }
    let state = merge(emptyDeviceState, 'info_hw_state', { health, platform: { base: 'Pi 3' } })
    state = merge(state, 'gpio_state', { inputs: {}, outputs: { a: { state: true } } })
    expect(readFacts(state)).toMatchObject({ cpuTemperatureC: 61, throttled: true })
    expect(state.gpio).toEqual({ inputs: {}, outputs: { a: { state: true } } })
  })
})

describe('a device that lies', () => {
  test('wrong types count as not known', () => {
    let state = merge(emptyDeviceState, 'atx', { enabled: 'yes', busy: 1, leds: [true] })
    state = merge(state, 'hid', { keyboard: 'on', mouse: null })
    state = merge(state, 'streamer', { streamer: { source: { online: 1, resolution: 'big' } } })
    state = merge(state, 'info', { health: { temp: { cpu: 'hot' } } })
    const { streamerRunning, ...rest } = readFacts(state)
    expect(streamerRunning).toBe(true)
    expect(Object.values(rest).every((value) => value === null)).toBe(true)
  })

  test('impossible numbers are not shown', () => {
    const source = { online: true, resolution: { width: -1, height: 1e12 } }
    const state = merge(emptyDeviceState, 'streamer', { streamer: { source } })
    expect(readFacts(state).signal).toEqual({ present: true, width: 0, height: 0 })
  })

  test('a key named __proto__ pollutes nothing', () => {
    const parsed = parseDeviceEvent('{"event_type":"atx","event":{"__proto__":{"busy":true}}}')
    const state = mergeEvent(emptyDeviceState, parsed!)
    expect(readFacts(state).atxBusy).toBeNull()
    expect(({} as Record<string, unknown>)['busy']).toBeUndefined()
  })

  test('of its states only what is read is kept, however many keys it sends', () => {
    const noise = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key${n}`, { deep: [n] }]))
    const full = replay(30)
    const parts = ['atx', 'hid', 'streamer', 'info', 'switch'] as const
    const after = parts.reduce((state, type) => merge(state, type, noise), full)
    expect(after).toEqual({ ...full, kvmSwitch: { ...full.kvmSwitch } })
    const inside = { leds: { ...noise, power: true }, ...noise }
    expect(merge(emptyDeviceState, 'atx', inside).atx).toEqual({ leds: { power: true } })
    const ports = Array.from({ length: 500 }, () => ({ id: '1.1', name: ['no', 'text'] }))
    expect(merge(emptyDeviceState, 'switch', { model: { ...noise, ports } }).kvmSwitch).toEqual({
      model: { ports: Array.from({ length: 20 }, () => ({ id: '1.1' })) },
    })
  })

  test('long texts and whole objects in the place of a value are not kept', () => {
    const state = merge(emptyDeviceState, 'atx', { busy: 'x'.repeat(65), enabled: { a: 1 }, leds: [1] })
    expect(state.atx).toEqual({ busy: null, enabled: null, leds: null })
  })

  test('more GPIO channels than any device has are refused, also a few at a time', () => {
    const channels = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`relay${from + n}`, { state: true }]))
    const told = (state: DeviceState, from: number, count: number) =>
      merge(state, 'gpio', { state: { outputs: channels(from, count) } })
    const most = told(told(emptyDeviceState, 0, 150), 150, 50)
    expect(Object.keys(most.gpio?.outputs ?? {})).toHaveLength(200)
    expect(told(most, 0, 200)).toEqual(most)
    expect(() => told(most, 200, 1)).toThrow(expect.objectContaining({ code: 'device/protocol' }) as Error)
  })

  test('what is no name of a channel is not kept, nor what a channel has besides', () => {
    const outputs = { 'no name': { state: true }, ['a'.repeat(65)]: {}, relay: { state: true, more: ['x'] } }
    expect(merge(emptyDeviceState, 'gpio', { state: { outputs } }).gpio?.outputs).toEqual({
      relay: { state: true },
    })
  })

  test.each([
    ['[]'],
    ['{"event_type":1,"event":{}}'],
    ['{"event_type":"atx"}'],
    ['{"event_type":"atx","event":[]}'],
    ['null'],
  ])('%s is no event', (text) => {
    expect(parseDeviceEvent(text)).toBeNull()
  })

  test.each([
    ['not JSON', '{"event_type":'],
    ['too deep', `${'['.repeat(100)}${']'.repeat(100)}`],
    ['too long', JSON.stringify('x'.repeat(1_000_001))],
  ])('%s is refused', (_name, text) => {
    expect(() => parseDeviceEvent(text)).toThrow(
      expect.objectContaining({ code: 'device/protocol' }) as Error,
    )
  })

  test('brackets inside strings are no depth', () => {
    const text = JSON.stringify({ event_type: 'x', event: { a: '[[["{{{'.repeat(50) } })
    expect(parseDeviceEvent(text)?.type).toBe('x')
  })
})
