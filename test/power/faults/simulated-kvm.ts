import type { KvmState } from '../../../server/contract/state.ts'
import type { PowerSignal } from '../../../server/drivers/driver.ts'
import {
  advanceView,
  startingView,
  toKvmState,
  type KvmView,
} from '../../../server/drivers/pikvm/kvm-view.ts'
import type { SimMachine } from '../../../server/sim/machine/machine.ts'
import { KvmdAtx } from '../../../server/sim/pikvm/atx.ts'
import { KvmdGpio, type GpioWire } from '../../../server/sim/pikvm/gpio.ts'
import { HidReports } from '../../../server/sim/pikvm/hid-reports.ts'
import { Link } from './link.ts'

/** Of its relay: long enough for every press. */
export const relayLimits = { minMs: 100, maxMs: 10_000 }

export type KvmOptions = {
  machine: SimMachine
  /** What its one relay is wired to; null: to nothing. */
  relay: GpioWire | null
  /** A video cable is plugged in. */
  seesVideo: boolean
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
    this.#atx = new KvmdAtx({ machine, enabled: true, onChange, lies: () => lies })
    const wiring = relay === null || lies ? {} : { relay1: relay }
    this.#gpio = new KvmdGpio({
      clock: machine.clock,
      machine,
      wiring,
      pulses: { relay1: { delay: 2, min_delay: 0.1, max_delay: relayLimits.maxMs / 1_000 } },
      onChange,
    })
    this.#hid = new HidReports(machine, onChange)
    this.#view = advanceView(startingView(options.now()), { type: 'online' }, options.now())
    this.look()
  }

  get state(): KvmState {
    return toKvmState(this.#view, 'kvm1')
  }

  /** Takes in what the device tells now, or that it tells nothing any more. */
  look(): void {
    const now = this.#options.now()
    if (this.link.isDead) {
      if (this.state.reachable.value !== false)
        this.#view = advanceView(this.#view, { type: 'offline', problem: 'unreachable' }, now)
      return
    }
    if (!this.link.isOpen) return
    if (this.state.reachable.value !== true) this.#view = advanceView(this.#view, { type: 'online' }, now)
    for (const event of this.#events()) this.#view = advanceView(this.#view, { type: 'event', event }, now)
  }

  /** Presses what the signal names. Throws as kvmd refuses, when it is busy. */
  async press(signal: PowerSignal): Promise<void> {
    if ('button' in signal) {
      const button = signal.button === 'powerLong' ? 'power_long' : signal.button
      return await this.#atx.click(button, false)
    }
    if (!('operation' in signal)) throw new Error('not for a KVM')
    if (signal.operation === 'pulse') await this.#gpio.pulse('relay1', (signal.pulseMs ?? 0) / 1000, false)
    else await this.#gpio.switch('relay1', signal.operation === 'switchOn', false)
    // A relay's own board answers as always while the wire to the machine is loose.
  }

  /** A report without effect: a device is online only after the host took one. */
  wheel(): void {
    this.#hid.wheel(true, 0, 0)
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
    this.#hid = new HidReports(this.#options.machine, () => this.look())
    this.look()
  }

  #events(): { type: string; event: Record<string, unknown> }[] {
    const { online, width, height } = this.#options.machine.video
    const source = { online: online && this.#options.seesVideo, resolution: { width, height } }
    const { keyboard, mouse } = this.#hid.online
    return [
      { type: 'atx', event: { ...this.#atx.state() } },
      { type: 'streamer', event: { streamer: { source } } },
      { type: 'hid', event: { keyboard: { online: keyboard }, mouse: { online: mouse, absolute: true } } },
    ]
  }
}
