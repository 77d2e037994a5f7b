import type { SimClock } from '../machine/clock.ts'
import { validationError } from './errors.ts'
import { validBool, validList } from './validators.ts'

/** What a simulated PiKVM says about itself. */
export interface InfoOptions {
  clock: SimClock
  /** Name in `meta.server.host`. */
  host: string
  /** CPU temperature in °C, and whether the supply is too weak now. */
  health: () => { temperatureC: number; undervoltage: boolean }
}

const MEMORY_BYTES = 1_917_550_592
const STREAMER_FEATURES = {
  WITH_PYTHON: false,
  WITH_JANUS: false,
  WITH_V4P: false,
  WITH_GPIO: false,
  WITH_SYSTEMD: false,
  WITH_PTHREAD_NP: true,
  WITH_SETPROCTITLE: true,
  WITH_PDEATHSIG: true,
}
const PLATFORM = {
  type: 'rpi',
  base: 'Raspberry Pi Compute Module 4 Rev 1.1',
  serial: '1000000051A0C0DE',
  model: 'v4plus',
  video: 'hdmi',
  board: 'rpi4',
}

/** kvmd's `info` in its parts. */
export class KvmdInfo {
  readonly #options: InfoOptions

  constructor(options: InfoOptions) {
    this.#options = options
  }

  /** All parts by name, in the order in which kvmd sends them over the websocket. */
  parts(): Record<string, unknown> {
    return {
      auth: { enabled: true },
      extras: {},
      fan: { monitored: false, state: null },
      node: { host: this.#options.host },
      meta: { server: { host: this.#options.host } },
      uptime: this.uptime(),
      health: this.health(),
      system: {
        kvmd: { version: '4.197' },
        streamer: { app: 'ustreamer', version: '6.62', features: STREAMER_FEATURES },
        kernel: {
          system: 'Linux',
          release: '6.12.21-rpi',
          version: '#1 SMP PREEMPT_DYNAMIC',
          machine: 'aarch64',
        },
        platform: PLATFORM,
      },
    }
  }

  uptime() {
    const total = Math.floor(this.#options.clock.nowMs() / 1000) + 1200
    const parts = {
      days: Math.floor(total / 86_400),
      hours: Math.floor(total / 3600) % 24,
      minutes: Math.floor(total / 60) % 60,
      seconds: total % 60,
    }
    return { total, parts }
  }

  health() {
    const { temperatureC, undervoltage } = this.#options.health()
    const never = { now: false, past: false }
    return {
      temp: { cpu: temperatureC },
      cpu: { percent: 6 },
      mem: { percent: 20.1, total: MEMORY_BYTES, available: MEMORY_BYTES - 385_427_456 },
      throttling: {
        raw_flags: undervoltage ? 0x10001 : 0,
        parsed_flags: {
          undervoltage: { now: undervoltage, past: undervoltage },
          freq_capped: never,
          throttled: never,
        },
        ignore_past: true,
      },
    }
  }

  /** The answer of `GET /info`, in its legacy form (`hw`) or not. @throws KvmdError 400 for unknown fields */
  answer(query: URLSearchParams): Record<string, unknown> {
    const legacy = validBool(query.get('legacy'), true)
    const parts = this.parts()
    const available = legacy ? { ...parts, hw: { health: this.health(), platform: PLATFORM } } : parts
    const fields = fieldsOf(query.get('fields'), Object.keys(available), legacy)
    return Object.fromEntries(
      fields.map((field) => [field, legacy ? withoutPlatform(field, available) : parts[field]]),
    )
  }
}

function fieldsOf(wanted: string | null, available: string[], legacy: boolean): string[] {
  const defaults = available.filter((field) => !(legacy && field === 'health'))
  if (!wanted) return defaults
  return validList(wanted, 'info fields list', (field) => {
    if (!available.includes(field)) throw validationError(`The argument '${field}' is not a valid info field`)
    return field
  })
}

function withoutPlatform(field: string, parts: Record<string, unknown>): unknown {
  const part = parts[field]
  if (field !== 'system' || typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).filter(([key]) => key !== 'platform'))
}
