import type { Kvmd } from './kvmd.ts'

/** kvmd's Prometheus page. Its `online` rows carry the channel's state, as in kvmd 4.197. */
export function metricsText(kvmd: Kvmd): string {
  const rows: string[] = []
  const atx = kvmd.atx.state()
  addRows(rows, 'pikvm_atx_enabled', atx.enabled)
  addRows(rows, 'pikvm_atx_power', atx.leds.power)
  const { inputs, outputs } = kvmd.gpio.ioState()
  addChannels(rows, 'input', inputs)
  addChannels(rows, 'output', outputs)
  addRows(rows, 'pikvm_hw', kvmd.info.health())
  addRows(rows, 'pikvm_fan', { monitored: false, state: null })
  return rows.join('\n')
}

function addChannels(rows: string[], mode: string, channels: Record<string, { state: boolean }>): void {
  for (const [name, { state }] of Object.entries(channels)) {
    if (name.startsWith('__')) continue
    addRows(rows, `pikvm_gpio_${mode}_online_${name}`, state)
    addRows(rows, `pikvm_gpio_${mode}_state_${name}`, state)
  }
}

function addRows(rows: string[], path: string, value: unknown): void {
  if (typeof value === 'boolean' || typeof value === 'number') {
    rows.push(`# TYPE ${path} gauge`, `${path} ${Number(value)}`, '')
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value).sort())
      addRows(rows, key === 'parsed_flags' ? path : `${path}_${key}`, item)
  }
}
