import type { SwitchPort } from '../../contract/inventory.ts'
import type { EndpointOffer, GpioChannel, PulseLimits } from '../driver.ts'
import { asRecord, at } from './bounded-json.ts'
import { flatInfo } from './device-state.ts'
import { channelName, maxChannels } from './gpio-channels.ts'
import { mostPorts } from './switch-facts.ts'

/** PiKVM's own switches (USB breaker, locator LED): no machine hangs on them. */
const ownChannel = /^__.*__$/

/** What a PiKVM has, from the results of /api/info, /api/atx, /api/gpio and /api/switch (null where absent). */
export function readOffer(results: {
  info: unknown
  atx: unknown
  gpio: unknown
  kvmSwitch: unknown
}): EndpointOffer {
  const info = flatInfo(asRecord(results.info) ?? {})
  const platform = at(info, 'platform') ?? at(info, 'system', 'platform')
  return {
    model: line(at(platform, 'base')) || line(at(platform, 'model')) || 'PiKVM',
    version: line(at(info, 'system', 'kvmd', 'version')),
    atxEnabled: at(results.atx, 'enabled') === true,
    gpio: readChannels(results.gpio),
    hasSwitch: readPorts(results.kvmSwitch).length > 0,
    ports: readPorts(results.kvmSwitch),
  }
}

function readChannels(gpio: unknown): GpioChannel[] {
  // Before 4.36 the scheme was not wrapped in `model`.
  const scheme = at(gpio, 'model', 'scheme') ?? at(gpio, 'scheme')
  const outputs = names(at(scheme, 'outputs')).map((channel) => {
    const output = at(scheme, 'outputs', channel)
    const delay = at(output, 'pulse', 'delay')
    const canPulse = typeof delay === 'number' && delay > 0
    const pulse = canPulse ? readLimits(at(output, 'pulse')) : null
    const canSwitch = at(output, 'switch') === true
    return { channel, canSwitch, canPulse, isInput: false, ...(pulse && { pulse }) }
  })
  const inputs = names(at(scheme, 'inputs')).map((channel) => {
    return { channel, canSwitch: false, canPulse: false, isInput: true }
  })
  return [...outputs, ...inputs].slice(0, maxChannels)
}

/** kvmd cuts each pulse to these. */
function readLimits(pulse: unknown): PulseLimits | null {
  const [min, max] = [at(pulse, 'min_delay'), at(pulse, 'max_delay')]
  if (typeof min !== 'number' || typeof max !== 'number' || !(min >= 0 && max >= min)) return null
  return { minMs: min * 1_000, maxMs: max * 1_000 }
}

function names(channels: unknown): string[] {
  return Object.keys(asRecord(channels) ?? {}).filter(
    (name) => channelName.test(name) && !ownChannel.test(name),
  )
}

/** The ports of all units of its Switch, in order. */
function readPorts(kvmSwitch: unknown): SwitchPort[] {
  const ports = at(kvmSwitch, 'model', 'ports')
  if (!Array.isArray(ports)) return []
  return ports.slice(0, mostPorts).map((one: unknown, port) => ({
    port,
    label: line(at(one, 'id')) || String(port + 1),
    name: line(at(one, 'name')),
  }))
}

/** Device text as one line of at most 120 characters. */
function line(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 120)
}
