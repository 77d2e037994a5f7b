import { AppError } from '../../errors.ts'
import { asRecord, at } from './bounded-json.ts'
import type { DeviceEvent } from './events.ts'
import { channelName, maxChannels } from './gpio-channels.ts'
import { keepFields, type KeptFields } from './kept-fields.ts'

type Fields = Record<string, unknown>

/** kvmd's states as merged so far, of them what is read; null = that part was not sent yet. Contents are unparsed. */
export type DeviceState = {
  version: string | null
  atx: Fields | null
  hid: Fields | null
  streamer: Fields | null
  gpio: { inputs: Fields; outputs: Fields } | null
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

const plain = 'plain'
const leds = { power: plain, hdd: plain } as const
const flag = { now: plain } as const
const clicks = { power: plain, power_long: plain, reset: plain } as const
/** What `readFacts`, `readSwitch` and `readPort` read. All else is left: a lying device could fill the memory with it. */
const read = {
  atx: { enabled: plain, busy: plain, leds },
  hid: {
    keyboard: { online: plain, leds: { caps: plain } },
    mouse: { online: plain, absolute: plain },
  },
  streamer: { streamer: { source: { online: plain, resolution: { width: plain, height: plain } } } },
  info: {
    health: {
      temp: { cpu: plain },
      throttling: { parsed_flags: { undervoltage: flag, freq_capped: flag, throttled: flag } },
    },
  },
  switch: {
    model: { ports: [{ id: plain, atx: { click_delays: clicks } }] },
    summary: { active_port: plain, synced: plain },
    usb: { links: [plain] },
    video: { links: [plain] },
    atx: { busy: [plain], leds: { power: [plain], hdd: [plain] } },
  },
} as const satisfies Record<string, KeptFields>
const channel = { online: plain, state: plain, busy: plain } as const

/**
 * State after one event. kvmd sends `atx` and `hid` whole, `streamer`, `info` and `switch` as changed top-level keys, and
 * `gpio` as changed channels; whenever any client joins, everybody gets all of it again. Events of other kinds change nothing.
 * Throws AppError `device/protocol` for more GPIO channels than any device has.
 */
export function mergeEvent(state: DeviceState, { type, event }: DeviceEvent): DeviceState {
  switch (type) {
    case 'loop':
      return { ...state, version: versionOf(event) ?? state.version }
    case 'atx':
      return { ...state, atx: { ...state.atx, ...keepFields(event, read.atx) } }
    case 'hid':
      return { ...state, hid: { ...state.hid, ...keepFields(event, read.hid) } }
    case 'streamer':
      return { ...state, streamer: { ...state.streamer, ...keepFields(event, read.streamer) } }
    case 'gpio':
      return { ...state, gpio: mergeGpio(state.gpio, event) }
    case 'info':
      return { ...state, info: { ...state.info, ...keepFields(flatInfo(event), read.info) } }
    case 'switch':
      return { ...state, kvmSwitch: { ...state.kvmSwitch, ...keepFields(event, read.switch) } }
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
    inputs: mergeChannels(before?.inputs, at(event, 'state', 'inputs')),
    outputs: mergeChannels(before?.outputs, at(event, 'state', 'outputs')),
  }
}

function mergeChannels(before: Fields = {}, told: unknown): Fields {
  const merged = new Map(Object.entries(before))
  for (const [name, said] of Object.entries(asRecord(told) ?? {})) {
    if (!channelName.test(name)) continue
    merged.set(name, keepFields(asRecord(said) ?? {}, channel))
    if (merged.size > maxChannels) {
      throw new AppError('device/protocol', `The device tells of more than ${maxChannels} GPIO channels.`)
    }
  }
  return Object.fromEntries(merged)
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
