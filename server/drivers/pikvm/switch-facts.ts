import { at } from './bounded-json.ts'

/** What kvmd tells of the PiKVM Switch behind it; `portCount` 0: there is none. */
export type SwitchFacts = {
  portCount: number
  /** Names of the ports as the Switch has them: "2", or "1.2" with several units. */
  labels: readonly string[]
  /** Changes when a command is taken, before the units have followed. */
  activePort: number | null
  /** All units have followed, and tell of the cables at every port. */
  isSettled: boolean
}

/** What it tells of one port. `null`: not known. */
export type PortFacts = {
  powerLed: boolean | null
  hddActive: boolean | null
  isBusy: boolean | null
  /** Seconds for which each button is held. */
  clickDelays: { power: number; powerLong: number; reset: number } | null
}

/** Five units of four. */
export const mostPorts = 20

/** Reads the merged `switch` state. */
export function readSwitch(state: unknown): SwitchFacts {
  const ports = list(at(state, 'model', 'ports')).slice(0, mostPorts)
  const active = at(state, 'summary', 'active_port')
  const isNumber = typeof active === 'number' && Number.isInteger(active) && active >= 0
  const isLinked = [at(state, 'usb', 'links'), at(state, 'video', 'links')].every(
    (links) => list(links).length >= ports.length,
  )
  return {
    portCount: ports.length,
    labels: ports.map((port, index) => labelOf(at(port, 'id'), index)),
    activePort: isNumber && active < ports.length ? active : null,
    isSettled: at(state, 'summary', 'synced') === true && isLinked,
  }
}

/** Reads what the merged `switch` state says of one port. */
export function readPort(state: unknown, port: number): PortFacts {
  const delays = at(list(at(state, 'model', 'ports'))[port], 'atx', 'click_delays')
  const [power, powerLong, reset] = ['power', 'power_long', 'reset'].map((button) => at(delays, button))
  const hasDelays = typeof power === 'number' && typeof powerLong === 'number' && typeof reset === 'number'
  return {
    powerLed: flag(list(at(state, 'atx', 'leds', 'power'))[port]),
    hddActive: flag(list(at(state, 'atx', 'leds', 'hdd'))[port]),
    isBusy: flag(list(at(state, 'atx', 'busy'))[port]),
    clickDelays: hasDelays ? { power, powerLong, reset } : null,
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}

function labelOf(id: unknown, index: number): string {
  return typeof id === 'string' && /^[\d.]{1,8}$/.test(id) ? id : String(index + 1)
}
