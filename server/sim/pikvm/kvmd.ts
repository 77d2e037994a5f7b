import type { SimMachine } from '../machine/machine.ts'
import type { SeenMachine } from '../machine/seen-machine.ts'
import type { SwitchUnits } from '../switch/switch-units.ts'
import { KvmdAtx } from './atx.ts'
import { KvmdAuth } from './auth.ts'
import type { PikvmFaults } from './faults.ts'
import { KvmdGpio, type GpioWire } from './gpio.ts'
import { KvmdHid } from './hid.ts'
import { KvmdInfo } from './info.ts'
import { KvmdStreamer } from './streamer.ts'
import { KvmdSwitch } from './switch.ts'

/** Options of the daemon behind a simulated PiKVM's web server. */
export interface KvmdOptions {
  /** On its own ATX board and relays. */
  machine: SimMachine
  /** Behind its video and USB: the same, or what its Switch lets through. */
  seen: SeenMachine
  units: SwitchUnits | null
  portNames?: readonly string[]
  host: string
  users: Readonly<Record<string, string>>
  totpSecret?: string
  atxEnabled: boolean
  gpioWiring?: Readonly<Record<string, GpioWire>>
  streamForever: boolean
  /** How long after this start its LEDs read dark, wall time. */
  firstLookMs: number
  wallMs: () => number
  health: () => { temperatureC: number; undervoltage: boolean }
  faults: PikvmFaults
  /** A part's state may have changed. */
  onChange: (part: KvmdPart) => void
  onStreamerStopped: () => void
}

/** The parts whose state kvmd pushes when it changes. */
export type KvmdPart = 'atx' | 'hid' | 'gpio' | 'streamer' | 'switch'

/** The daemon: its parts, wired to one machine. */
export class Kvmd {
  readonly seen: SeenMachine
  readonly auth: KvmdAuth
  readonly atx: KvmdAtx
  readonly hid: KvmdHid
  readonly gpio: KvmdGpio
  readonly info: KvmdInfo
  readonly streamer: KvmdStreamer
  readonly switch: KvmdSwitch
  readonly #unsubscribe: () => void

  constructor(options: KvmdOptions) {
    const { machine, faults, onChange } = options
    const { clock } = machine
    const { seen } = options
    this.seen = seen
    this.auth = new KvmdAuth({
      users: options.users,
      wallMs: options.wallMs,
      ...(options.totpSecret ? { totpSecret: options.totpSecret } : {}),
    })
    this.atx = new KvmdAtx({
      machine,
      enabled: options.atxEnabled,
      firstLookMs: options.firstLookMs,
      onChange: () => onChange('atx'),
      lies: () => faults.take('lies', { method: 'POST', path: '/api/atx' }) !== undefined,
    })
    this.hid = new KvmdHid({ machine: seen, onChange: () => onChange('hid') })
    this.gpio = new KvmdGpio({
      clock,
      machine,
      onChange: () => onChange('gpio'),
      ...(options.gpioWiring ? { wiring: options.gpioWiring } : {}),
    })
    this.info = new KvmdInfo({ clock, host: options.host, health: options.health })
    this.switch = new KvmdSwitch({
      clock,
      units: options.units,
      firstLookMs: options.firstLookMs,
      lies: () => faults.take('lies', { method: 'POST', path: '/api/switch/atx/click' }) !== undefined,
      onChange: () => onChange('switch'),
      ...(options.portNames && { names: options.portNames }),
    })
    this.streamer = new KvmdStreamer({
      machine: seen,
      forever: options.streamForever,
      onChange: () => onChange('streamer'),
      onStopped: options.onStreamerStopped,
    })
    this.#unsubscribe = machine.subscribe((change) => {
      if (change === 'power' || change === 'leds') onChange('atx')
    })
  }

  /** Stops the parts; held keys are released as kvmd does on its way out. */
  shutDown(): void {
    this.#unsubscribe()
    this.atx.dispose()
    this.hid.clear()
    this.hid.dispose()
    this.switch.dispose()
    this.streamer.kill()
  }
}
