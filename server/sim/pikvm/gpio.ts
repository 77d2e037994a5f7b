import { sleep, type SimClock } from '../machine/clock.ts'
import type { PanelButton } from '../machine/front-panel.ts'
import type { SimMachine } from '../machine/machine.ts'
import { KvmdError } from './errors.ts'

/**
 * What an output's contact is connected to. `mains` powers the machine while true (and is true at first);
 * `mainsBreaker` cuts its power while true, so that a pulse is a power cycle.
 */
export type GpioWire = 'powerButton' | 'resetButton' | 'mains' | 'mainsBreaker'

/** One GPIO channel of a simulated PiKVM. */
type GpioChannel =
  | { mode: 'input'; pin: string; follows?: string }
  | { mode: 'output'; pin: string; driver?: string; isSwitch: boolean; pulse: GpioPulse; initial?: boolean }

/** Pulse lengths in seconds, as kvmd's scheme shows them; a delay of 0 means no pulses. */
export interface GpioPulse {
  delay: number
  min_delay: number
  max_delay: number
}

/** Options of the GPIO part of a simulated PiKVM. */
export interface GpioOptions {
  clock: SimClock
  machine: SimMachine
  /** Output channel → what it switches. Unwired channels just change state. */
  wiring?: Readonly<Record<string, GpioWire>>
  /** Pulse lengths as somebody set them; a channel that is not named has its own. */
  pulses?: Readonly<Record<string, GpioPulse>>
  onChange: () => void
}

interface OutputState {
  online: boolean
  state: boolean
  busy: boolean
}

/** How long an output stays busy after a change. */
const BUSY_MS = 200

const NO_PULSE: GpioPulse = { delay: 0, min_delay: 0, max_delay: 0 }

const CHANNELS: Readonly<Record<string, GpioChannel>> = {
  led1: { mode: 'input', pin: '19', follows: 'relay1' },
  led2: { mode: 'input', pin: '16', follows: 'button1' },
  __v3_usb_breaker__: { mode: 'output', pin: '22', isSwitch: true, pulse: NO_PULSE, initial: true },
  __v4_locator__: {
    mode: 'output',
    pin: '12',
    driver: '__v4_locator__',
    isSwitch: true,
    pulse: NO_PULSE,
  },
  button1: {
    mode: 'output',
    pin: '26',
    isSwitch: false,
    pulse: { delay: 0.1, min_delay: 0.1, max_delay: 0.1 },
  },
  relay1: {
    mode: 'output',
    pin: '20',
    isSwitch: true,
    pulse: { delay: 2, min_delay: 0.1, max_delay: 5 },
  },
}

const VIEW = {
  header: { title: [{ type: 'label', text: 'Switches' }] },
  table: [
    [
      { type: 'label', text: 'Relay' },
      { type: 'input', channel: 'led1', color: 'green' },
      { type: 'output', channel: 'relay1', confirm: true, hide: false, text: 'Pulse' },
    ],
    [
      { type: 'label', text: 'Button' },
      { type: 'input', channel: 'led2', color: 'green' },
      { type: 'output', channel: 'button1', confirm: false, hide: false, text: 'Click' },
    ],
  ],
}

const BUTTON_OF_WIRE: Readonly<Record<string, PanelButton>> = {
  powerButton: 'power',
  resetButton: 'reset',
}

/** kvmd's GPIO: relays and buttons that can be wired to the machine. Outputs read false while busy. */
export class KvmdGpio {
  readonly #options: GpioOptions
  readonly #values = new Map<string, boolean>()
  readonly #busy = new Set<string>()

  constructor(options: GpioOptions) {
    this.#options = options
    for (const [name, channel] of Object.entries(CHANNELS)) {
      if (channel.mode === 'output') this.#values.set(name, this.#initialValue(name, channel.initial))
    }
  }

  /** `{ model, state }` as `GET /gpio` and the first `gpio` event show it. */
  fullState() {
    return { model: { scheme: this.#scheme(), view: VIEW }, state: this.ioState() }
  }

  /** Values of all channels. */
  ioState() {
    const inputs: Record<string, { online: boolean; state: boolean }> = {}
    const outputs: Record<string, OutputState> = {}
    for (const [name, channel] of Object.entries(CHANNELS)) {
      if (channel.mode === 'input') inputs[name] = { online: true, state: this.#read(channel.follows) }
      else outputs[name] = this.#outputState(name)
    }
    return { inputs, outputs }
  }

  /** Sets a switch. @throws KvmdError 400 for other channels, 409 while busy */
  async switch(name: string, state: boolean, wait: boolean): Promise<void> {
    const channel = this.#output(name)
    if (!channel.isSwitch) throw refusal('GpioSwitchNotSupported', 'switching')
    await this.#run(name, wait, () => Promise.resolve(this.#write(name, state)))
  }

  /** Pulses an output, `delayS` seconds or its own delay when 0. @throws KvmdError 400 or 409 */
  async pulse(name: string, delayS: number, wait: boolean): Promise<void> {
    const pulse = this.#pulse(name)
    if (!pulse.delay) throw refusal('GpioPulseNotSupported', 'pulsing')
    const heldS = Math.min(Math.max(delayS || pulse.delay, pulse.min_delay), pulse.max_delay)
    await this.#run(name, wait, async () => {
      this.#write(name, true)
      await sleep(this.#options.clock, heldS * 1000)
      this.#write(name, false)
    })
  }

  async #run(name: string, wait: boolean, act: () => Promise<void>): Promise<void> {
    if (this.#busy.has(name)) throw gpioBusy()
    this.#busy.add(name)
    const done = this.#occupy(name, act)
    if (wait) await done
  }

  async #occupy(name: string, act: () => Promise<void>): Promise<void> {
    this.#options.onChange()
    await act()
    await sleep(this.#options.clock, BUSY_MS)
    this.#busy.delete(name)
    this.#options.onChange()
  }

  #initialValue(name: string, initial = false): boolean {
    return this.#options.wiring?.[name] === 'mains' ? true : initial
  }

  #pulse(name: string): GpioPulse {
    return this.#options.pulses?.[name] ?? this.#output(name).pulse
  }

  #scheme() {
    const inputs: Record<string, unknown> = {}
    const outputs: Record<string, unknown> = {}
    for (const [name, channel] of Object.entries(CHANNELS)) {
      if (channel.mode === 'input') inputs[name] = { hw: { driver: '__gpio__', pin: channel.pin } }
      else
        outputs[name] = {
          switch: channel.isSwitch,
          pulse: this.#pulse(name),
          hw: { driver: channel.driver ?? '__gpio__', pin: channel.pin },
        }
    }
    return { inputs, outputs }
  }

  #output(name: string) {
    const channel = CHANNELS[name]
    if (channel?.mode !== 'output')
      throw new KvmdError('GpioChannelNotFoundError', 400, 'GPIO channel is not found')
    return channel
  }

  #outputState(name: string): OutputState {
    const busy = this.#busy.has(name)
    return { online: true, state: !busy && this.#read(name), busy }
  }

  #read(name: string | undefined): boolean {
    return name !== undefined && (this.#values.get(name) ?? false)
  }

  #write(name: string, state: boolean): void {
    this.#values.set(name, state)
    this.#drive(this.#options.wiring?.[name], state)
    this.#options.onChange()
  }

  #drive(wire: GpioWire | undefined, state: boolean): void {
    const { machine } = this.#options
    if (wire === undefined) return
    if (wire === 'mains' || wire === 'mainsBreaker') return machine.setMains(state === (wire === 'mains'))
    const button = BUTTON_OF_WIRE[wire]
    if (!button) return
    if (state) machine.panel.press(button)
    else machine.panel.release(button)
  }
}

function refusal(kind: string, what: string): KvmdError {
  return new KvmdError(kind, 400, `This GPIO channel does not support ${what}`)
}

function gpioBusy(): KvmdError {
  return new KvmdError(
    'GpioChannelIsBusyError',
    409,
    'Performing another GPIO operation on this channel, please try again later',
  )
}
