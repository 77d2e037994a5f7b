import { asRecord, at } from './bounded-json.ts'
import type { DeviceEvent } from './events.ts'

type Fields = Record<string, unknown>

/** kvmd's states as merged so far; null = that part was not sent yet. Contents are unparsed. */
export type DeviceState = {
  version: string | null
  atx: Fields | null
  hid: Fields | null
  streamer: Fields | null
  gpio: { model: Fields | null; inputs: Fields; outputs: Fields } | null
  info: Fields | null
  /** Of the PiKVM Switch behind it. */
  kvmSwitch: Fields | null
}

/** Nothing known. */
export const emptyDeviceState: DeviceState = {
  version: null,
  atx: null,
  hid: null,
  streamer: null,
  gpio: null,
  info: null,
  kvmSwitch: null,
}

/**
 * State after one event. kvmd sends `atx` and `hid` whole, `streamer`, `info` and `switch` as changed top-level keys, and
 * `gpio` as changed channels; whenever any client joins, everybody gets all of it again. Events of other kinds change nothing.
 */
export function mergeEvent(state: DeviceState, { type, event }: DeviceEvent): DeviceState {
  switch (type) {
    case 'loop':
      return { ...state, version: versionOf(event) ?? state.version }
    case 'atx':
      return { ...state, atx: { ...state.atx, ...event } }
    case 'hid':
      return { ...state, hid: { ...state.hid, ...event } }
    case 'streamer':
      return { ...state, streamer: { ...state.streamer, ...event } }
    case 'gpio':
      return { ...state, gpio: mergeGpio(state.gpio, event) }
    case 'info':
      return { ...state, info: { ...state.info, ...flatInfo(event) } }
    case 'switch':
      return { ...state, kvmSwitch: { ...state.kvmSwitch, ...event } }
    default:
      return state
  }
}

function versionOf(event: Fields): string | null {
  const major = at(event, 'version', 'major')
  const minor = at(event, 'version', 'minor')
  return typeof major === 'number' && typeof minor === 'number' ? `${major}.${minor}` : null
}

function mergeGpio(before: DeviceState['gpio'], event: Fields): DeviceState['gpio'] {
  return {
    model: asRecord(event['model']) ?? before?.model ?? null,
    inputs: { ...before?.inputs, ...asRecord(at(event, 'state', 'inputs')) },
    outputs: { ...before?.outputs, ...asRecord(at(event, 'state', 'outputs')) },
  }
}

/** Older daemons say `{hw: {health, platform}}` for what is `{health}` and `{system: {platform}}` now. */
export function flatInfo(info: Fields): Fields {
  const hw = asRecord(info['hw'])
  if (!hw) return info
  const { hw: _, ...rest } = info
  return {
    ...rest,
    ...(hw['health'] !== undefined && { health: hw['health'] }),
    ...(hw['platform'] !== undefined && { platform: hw['platform'] }),
  }
}
