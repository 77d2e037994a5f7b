import type { PowerSignal, SendOutcome } from '../driver.ts'
import { at, parseBoundedJson } from './bounded-json.ts'

/** The request that presses once. `channel` and `wantedState` are set for GPIO, whose output is read back. */
export type PowerRequest = {
  path: string
  channel: string | null
  /** What the output should read afterwards; a pulse ends at false. */
  wantedState: boolean
  /** Longest time that the channel itself may be busy, ms. */
  busyMs: number
}

const buttons = { power: 'power', powerLong: 'power_long', reset: 'reset' } as const
const longestPulseMs = 30_000
const defaultPulseMs = 5_000

/**
 * Request for a signal, or null when the signal makes no sense. ATX buttons go through `click`, which always presses;
 * `power` would ask the LED first, answer 200 and do nothing.
 */
export function powerRequest(signal: PowerSignal): PowerRequest | null {
  if (signal.target === 'atx') {
    const path = `/api/atx/click?button=${buttons[signal.button]}`
    return { path, channel: null, wantedState: false, busyMs: 0 }
  }
  if (signal.target === 'ipmi') return null
  if (!isGpio(signal)) return portRequest(Number(signal.target.slice('atx:'.length)), signal.button)
  const channel = signal.target.slice('gpio:'.length)
  if (channel === '') return null
  const query = new URLSearchParams({ channel })
  if (signal.operation === 'pulse') {
    const pulseMs = signal.pulseMs
    if (pulseMs !== undefined) {
      if (!(pulseMs > 0 && pulseMs <= longestPulseMs)) return null
      query.set('delay', String(pulseMs / 1000))
    }
    return {
      path: `/api/gpio/pulse?${query}`,
      channel,
      wantedState: false,
      busyMs: pulseMs ?? defaultPulseMs,
    }
  }
  const wantedState = signal.operation === 'switchOn'
  query.set('state', wantedState ? '1' : '0')
  return { path: `/api/gpio/switch?${query}`, channel, wantedState, busyMs: 1_000 }
}

type GpioSignal = Extract<PowerSignal, { operation: string }>

function isGpio(signal: PowerSignal): signal is GpioSignal {
  return 'operation' in signal
}

/** A port of a PiKVM Switch: also `click`, for the same reason. */
function portRequest(port: number, button: keyof typeof buttons): PowerRequest | null {
  if (!Number.isInteger(port) || port < 0) return null
  const path = `/api/switch/atx/click?port=${port}&button=${buttons[button]}`
  return { path, channel: null, wantedState: false, busyMs: 0 }
}

export type Verdict = Pick<SendOutcome, 'outcome' | 'reason'>

/**
 * What an answer to a press is worth. Only the daemon's own refusal proves that nothing was pressed: 409 (another
 * press is running), 400 (switched off, no such channel), 401/403, 404/405, a redirect, or its own 503. Anything else
 * that is not its own "ok" may have been said by a web server in front of a daemon that did press.
 */
export function judgeReply(status: number, body: Buffer): Verdict {
  if (status === 409) return { outcome: 'notSent', reason: 'device/busy' }
  if (status === 401 || status === 403) return { outcome: 'notSent', reason: 'device/refusedCredentials' }
  if (status === 400 || status === 404 || status === 405)
    return { outcome: 'notSent', reason: 'device/unsupported' }
  if (status >= 300 && status < 400) return { outcome: 'notSent', reason: 'device/protocol' }
  const ok = okOf(body)
  if (status === 503 && ok === false) return { outcome: 'notSent', reason: 'device/unreachable' }
  if (status >= 200 && status < 300) {
    return ok === true
      ? { outcome: 'acknowledged', reason: 'accepted' }
      : { outcome: 'unknown', reason: 'device/protocol' }
  }
  return { outcome: 'unknown', reason: 'device/unreachable' }
}

function okOf(body: Buffer): unknown {
  try {
    return at(parseBoundedJson(body.toString('utf8'), { maxBytes: 100_000, maxDepth: 16 }), 'ok')
  } catch {
    // Not the daemon's JSON: then it says nothing, which is what undefined stands for.
    return undefined
  }
}

/**
 * Whether an output did what was asked, from `result` of GET /api/gpio. Null while it is busy: then the output reads
 * false whatever it is.
 */
export function judgeOutput(
  gpio: unknown,
  request: { channel: string; wantedState: boolean },
): Verdict | null {
  const output = at(gpio, 'state', 'outputs', request.channel)
  if (at(output, 'busy') === true) return null
  if (at(output, 'online') !== true) return { outcome: 'unknown', reason: 'outputOffline' }
  return at(output, 'state') === request.wantedState
    ? { outcome: 'acknowledged', reason: 'readBack' }
    : { outcome: 'unknown', reason: 'outputDiffers' }
}
