import type { Signal } from '../../contract/state.ts'
import { at } from './bounded-json.ts'
import type { DeviceState } from './device-state.ts'

/** What the merged states say, each parsed or null when not known. */
export type Facts = {
  signal: Signal | null
  /** The power LED as read; it may not be wired. */
  powerLed: boolean | null
  hddActive: boolean | null
  atxBusy: boolean | null
  atxEnabled: boolean | null
  keyboardOnline: boolean | null
  mouseOnline: boolean | null
  mouseAbsolute: boolean | null
  capsLock: boolean | null
  streamerRunning: boolean | null
  cpuTemperatureC: number | null
  throttled: boolean | null
}

/** Reads the facts out of kvmd's states; what has an unexpected type counts as not known. */
export function readFacts(state: DeviceState): Facts {
  const atxEnabled = flag(at(state.atx, 'enabled'))
  const led = (name: string) => (atxEnabled === false ? null : flag(at(state.atx, 'leds', name)))
  return {
    signal: readSignal(state),
    powerLed: led('power'),
    hddActive: led('hdd'),
    atxBusy: flag(at(state.atx, 'busy')),
    atxEnabled,
    // The top-level `online` stays true with the USB cable unplugged; these two do not.
    keyboardOnline: flag(at(state.hid, 'keyboard', 'online')),
    mouseOnline: flag(at(state.hid, 'mouse', 'online')),
    mouseAbsolute: flag(at(state.hid, 'mouse', 'absolute')),
    capsLock: flag(at(state.hid, 'keyboard', 'leds', 'caps')),
    streamerRunning: readStreamerRunning(state),
    cpuTemperatureC: temperature(at(state.info, 'health', 'temp', 'cpu')),
    throttled: readThrottled(state),
  }
}

/** A streamer of null is normal: it runs only while somebody views. Then nothing is known of the signal. */
function readStreamerRunning(state: DeviceState): boolean | null {
  const streamer = at(state.streamer, 'streamer')
  return streamer === undefined ? null : typeof streamer === 'object' && streamer !== null
}

function readSignal(state: DeviceState): Signal | null {
  const source = at(state.streamer, 'streamer', 'source')
  const present = flag(at(source, 'online'))
  if (present === null) return null
  return {
    present,
    width: size(at(source, 'resolution', 'width')),
    height: size(at(source, 'resolution', 'height')),
  }
}

/** True while the Pi is slowed down or short of power now; the past does not count. */
function readThrottled(state: DeviceState): boolean | null {
  const parsed = at(state.info, 'health', 'throttling', 'parsed_flags')
  const now = ['undervoltage', 'freq_capped', 'throttled'].map((name) => flag(at(parsed, name, 'now')))
  return now.includes(true) ? true : now.includes(false) ? false : null
}

function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}

function size(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65536 ? value : 0
}

/** Whole degrees, so that a sensor's noise is not news every five seconds. */
function temperature(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 200
    ? Math.round(value)
    : null
}
