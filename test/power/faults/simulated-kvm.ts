import type { KvmState } from '../../../server/contract/state.ts'
import type { PowerSignal } from '../../../server/drivers/driver.ts'
import {
  advanceView,
  startingView,
  toKvmState,
  type KvmView,
} from '../../../server/drivers/pikvm/kvm-view.ts'
import { switchPortOf } from '../../../server/contract/port-label.ts'
import type { SimMachine } from '../../../server/sim/machine/machine.ts'
import type { SeenMachine } from '../../../server/sim/machine/seen-machine.ts'
import { KvmdAtx } from '../../../server/sim/pikvm/atx.ts'
import { KvmdGpio, type GpioWire } from '../../../server/sim/pikvm/gpio.ts'
import { KvmdError } from '../../../server/sim/pikvm/errors.ts'
import { HidReports } from '../../../server/sim/pikvm/hid-reports.ts'
import { Link } from './link.ts'
import { ownPort, SimulatedSwitch } from './simulated-switch.ts'

/** Of its relay: long enough for every press. */
export const relayLimits = { minMs: 100, maxMs: 10_000 }

export type KvmOptions = {
  machine: SimMachine
  /** What its one relay is wired to; null: to nothing. */
  relay: GpioWire | null
  /** A video cable is plugged in. */
  seesVideo: boolean
  /** A Switch stands in between, with another machine at it. */
  hasSwitch: boolean
  /** Its buttons answer and do nothing. */
  lies: boolean
  now(): number
}

/**
 * The inside of a simulated PiKVM, and what Crashcart's own driver makes of what it tells: the same buttons, relay, USB
 * gadget and the same reading of their states as over the network, without the sockets between, so that time can be held.
 */
export class SimulatedKvm {
  readonly link: Link
  readonly switch: SimulatedSwitch | null
  readonly #options: KvmOptions
  readonly #atx: KvmdAtx
  readonly #gpio: KvmdGpio
  #hid: HidReports
  #view: KvmView

  constructor(options: KvmOptions) {
    const { machine, relay, lies } = options
    this.#options = options
    this.link = new Link(options.now)
    const onChange = (): void => this.look()
    const now = options.now()
    this.switch = options.hasSwitch ? new SimulatedSwitch({ machine, lies, now, onChange }) : null
    this.#atx = new KvmdAtx({ machine, enabled: true, onChange, lies: () => lies })
    const wiring = relay === null || lies ? {} : { relay1: relay }
    this.#gpio = new KvmdGpio({
      clock: machine.clock,
      machine,
      wiring,
      pulses: { relay1: { delay: 2, min_delay: 0.1, max_delay: relayLimits.maxMs / 1_000 } },
      onChange,
    })
    this.#hid = new HidReports(this.#seen, onChange)
    const view = startingView(now, 'unproven', this.switch === null ? null : ownPort)
    this.#view = advanceView(view, { type: 'online' }, now)
    this.look()
  }

  /** The machine that screen and keyboard are with now. */
  get #seen(): SeenMachine {
    return this.switch?.switched ?? this.#options.machine
  }

  get state(): KvmState {
    return toKvmState(this.#view, 'kvm1')
  }

  /** Takes in what the device tells now, or that it tells nothing any more. */
  look(): void {
    const now = this.#options.now()
    if (this.link.isDead) {
      this.#takeBoard(false)
      if (this.state.reachable.value !== false)
        this.#view = advanceView(this.#view, { type: 'offline', problem: 'unreachable' }, now)
      return
    }
    if (!this.link.isOpen) return
    if (this.state.reachable.value !== true) this.#view = advanceView(this.#view, { type: 'online' }, now)
    this.#takeBoard(true)
    for (const event of this.#events()) this.#view = advanceView(this.#view, { type: 'event', event }, now)
  }

  /** Presses what the signal names. Throws as kvmd refuses, when it is busy. */
  async press(signal: PowerSignal): Promise<void> {
    if ('button' in signal) {
      const button = signal.button === 'powerLong' ? 'power_long' : signal.button
      const port = switchPortOf(signal.target)
      if (this.switch === null || port === null) return await this.#atx.click(button, false)
      if (!this.switch.click(port, button)) throw new KvmdError('BusyError', 409, 'the port is busy')
      return
    }
    if (!('operation' in signal)) throw new Error('not for a KVM')
    if (signal.operation === 'pulse') await this.#gpio.pulse('relay1', (signal.pulseMs ?? 0) / 1000, false)
    else await this.#gpio.switch('relay1', signal.operation === 'switchOn', false)
    // A relay's own board answers as always while the wire to the machine is loose.
  }

  /** Screen and keyboard are certainly this machine's. */
  get isHere(): boolean {
    return this.state.seat === undefined || this.state.seat.place.value === 'here'
  }

  /** A report without effect: a device is online only after the host took one. False: not to this machine. */
  wheel(): boolean {
    if (this.isHere) this.#hid.wheel(true, 0, 0)
    return this.isHere
  }

  /** Keys down and up again, as one unit. */
  type(keys: readonly string[]): void {
    for (const key of keys) this.#hid.key(key, true)
    for (const key of keys.toReversed()) this.#hid.key(key, false)
  }

  /** The PiKVM itself starts anew: its gadget is plugged in again when it is back. */
  reboot(forMs: number): void {
    this.link.reset(forMs)
    this.#hid.dispose()
    this.#hid = new HidReports(this.#seen, () => this.look())
    this.look()
  }

  /** Whose screen it is must be known before what it shows. */
  #takeBoard(isHeard: boolean): void {
    if (this.switch === null) return
    const now = this.#options.now()
    this.#view = advanceView(this.#view, { type: 'board', board: this.switch.look(isHeard, now) }, now)
  }

  #events(): { type: string; event: Record<string, unknown> }[] {
    const { online, width, height } = this.#seen.video
    const source = { online: online && this.#options.seesVideo, resolution: { width, height } }
    const { keyboard, mouse } = this.#hid.online
    return [
      ...(this.switch === null ? [] : [{ type: 'switch', event: this.switch.state }]),
      { type: 'atx', event: { ...this.#atx.state() } },
      { type: 'streamer', event: { streamer: { source } } },
      { type: 'hid', event: { keyboard: { online: keyboard }, mouse: { online: mouse, absolute: true } } },
    ]
  }
}
