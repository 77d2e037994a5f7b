import type { CancelTimer, SimClock } from '../machine/clock.ts'
import type { PanelButton } from '../machine/front-panel.ts'
import type { SimMachine } from '../machine/machine.ts'

/** Ports of one unit; channel 4 is the way down to the next unit. */
export const PORTS_PER_UNIT = 4
const DOWNLINK = 4

/** How long a unit takes, in milliseconds of the clock: the relays move half-way through a change. */
const TIMES = { muxMs: 150, changeMs: 300 } as const

/** What one unit tells of itself, as its firmware's state message does. */
export interface UnitState {
  ch: number
  changingBusy: boolean
  video5v: boolean[]
  usb5v: boolean[]
  atxBusy: boolean[]
}

/** Options of the units of a simulated PiKVM Switch. */
export interface SwitchUnitsOptions {
  clock: SimClock
  /** By port; null: nothing is plugged in. Four a unit. */
  ports: readonly (SimMachine | null)[]
  /** Which port the hardware has at first. Default 0. */
  activePort?: number
}

type UnitChange = 'state' | 'leds'

/** The units of a PiKVM Switch, chained: their relays, their ATX plugs and what they sense at each port. */
export class SwitchUnits {
  readonly ports: readonly (SimMachine | null)[]
  readonly #clock: SimClock
  readonly #units: { ch: number; changingBusy: boolean; cancel: CancelTimer | null }[]
  readonly #atxBusy: boolean[]
  readonly #onChange = new Set<(change: UnitChange, unit: number) => void>()
  readonly #onMux = new Set<() => void>()
  readonly #unsubscribes: (() => void)[]

  constructor({ clock, ports, activePort = 0 }: SwitchUnitsOptions) {
    this.#clock = clock
    const units = Math.max(1, Math.ceil(ports.length / PORTS_PER_UNIT))
    this.ports = Array.from({ length: units * PORTS_PER_UNIT }, (_, port) => ports[port] ?? null)
    this.#units = Array.from({ length: units }, (_, unit) => ({
      ch: targetChannel(unit, activePort),
      changingBusy: false,
      cancel: null,
    }))
    this.#atxBusy = this.ports.map(() => false)
    this.#unsubscribes = this.ports.flatMap((machine, port) =>
      machine === null ? [] : [this.#watch(machine, Math.floor(port / PORTS_PER_UNIT))],
    )
  }

  get unitCount(): number {
    return this.#units.length
  }

  /** The machine whose cables reach the PiKVM now: through each unit's downlink to the first that has a port. */
  get connected(): SimMachine | null {
    const unit = this.#units.findIndex(({ ch }) => ch !== DOWNLINK)
    const ch = this.#units[unit]?.ch
    return ch === undefined ? null : (this.ports[unit * PORTS_PER_UNIT + ch] ?? null)
  }

  state(unit: number): UnitState {
    const machines = this.#machinesOf(unit)
    const senses5v = machines.map((machine) => machine?.isOn === true)
    return {
      ch: this.#units[unit]?.ch ?? DOWNLINK,
      changingBusy: this.#units[unit]?.changingBusy ?? false,
      video5v: senses5v,
      usb5v: senses5v,
      atxBusy: machines.map((_, ch) => this.#atxBusy[unit * PORTS_PER_UNIT + ch] ?? false),
    }
  }

  leds(unit: number): { power: boolean[]; hdd: boolean[] } {
    const machines = this.#machinesOf(unit)
    return {
      power: machines.map((machine) => machine?.powerLed === true),
      hdd: machines.map((machine) => machine?.hddLed === true),
    }
  }

  /** Hears of each unit's news until the returned function is called. */
  onChange(listener: (change: UnitChange, unit: number) => void): () => void {
    this.#onChange.add(listener)
    return () => this.#onChange.delete(listener)
  }

  /** Hears when the cables reach another machine, or the same one anew. */
  onMux(listener: () => void): () => void {
    this.#onMux.add(listener)
    return () => this.#onMux.delete(listener)
  }

  /** Moves a unit's relays; it is busy meanwhile. */
  select(unit: number, ch: number): void {
    const one = this.#units[unit]
    if (!one || one.changingBusy) return
    one.changingBusy = true
    this.#tell('state', unit)
    this.#clock.after(TIMES.muxMs, () => {
      const before = this.connected
      one.ch = ch
      if (this.connected !== before) for (const listener of this.#onMux) listener()
    })
    one.cancel = this.#clock.after(TIMES.changeMs, () => {
      one.changingBusy = false
      this.#tell('state', unit)
    })
  }

  /** Presses a button at a port; the port is busy for as long. */
  click(port: number, button: PanelButton, holdMs: number): void {
    const unit = Math.floor(port / PORTS_PER_UNIT)
    const machine = this.ports[port]
    this.#atxBusy[port] = true
    this.#tell('state', unit)
    machine?.panel.press(button)
    this.#clock.after(holdMs, () => {
      machine?.panel.release(button)
      this.#atxBusy[port] = false
      this.#tell('state', unit)
    })
  }

  dispose(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
    for (const { cancel } of this.#units) cancel?.()
  }

  #machinesOf(unit: number): (SimMachine | null)[] {
    return this.ports.slice(unit * PORTS_PER_UNIT, (unit + 1) * PORTS_PER_UNIT)
  }

  #watch(machine: SimMachine, unit: number): () => void {
    return machine.subscribe((change) => {
      if (change === 'power' || change === 'leds') this.#tell('leds', unit)
      if (change === 'power') this.#tell('state', unit)
    })
  }

  #tell(change: UnitChange, unit: number): void {
    for (const listener of this.#onChange) listener(change, unit)
  }
}

/** The channel that a unit must have for this port to be the active one. */
export function targetChannel(unit: number, port: number): number {
  return Math.floor(port / PORTS_PER_UNIT) === unit ? port % PORTS_PER_UNIT : DOWNLINK
}
