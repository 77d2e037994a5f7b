import { sleep } from '../machine/clock.ts'
import type { PanelButton } from '../machine/front-panel.ts'
import type { SimMachine } from '../machine/machine.ts'
import { KvmdError } from './errors.ts'

/** kvmd's `atx` state. */
export interface AtxState {
  enabled: boolean
  busy: boolean
  acts: { power: boolean; reset: boolean }
  leds: { power: boolean; hdd: boolean }
}

/** kvmd's three clicks. */
export type AtxButton = 'power' | 'power_long' | 'reset'

/** kvmd's four power actions, each of which looks at the power LED first. */
export type AtxAction = 'on' | 'off' | 'off_hard' | 'reset_hard'

/** Press lengths and the pause after them, in milliseconds (kvmd's defaults). */
const ATX_TIMES = { clickMs: 100, longClickMs: 5500, pauseMs: 1000 } as const

/** Options of the ATX board of a simulated PiKVM. */
export interface AtxOptions {
  machine: SimMachine
  /** False: no ATX board; state stays dark and every press is refused. */
  enabled: boolean
  onChange: () => void
  /** So long it has not read its LEDs yet and says that they are dark, wall time. Default 0: it runs since before. */
  firstLookMs?: number
  /** While true, presses are answered as usual and do nothing at all. */
  lies: () => boolean
}

/** The ATX board: two regions, each busy for the press and one second more. */
export class KvmdAtx {
  readonly #options: AtxOptions
  readonly #busy: Record<PanelButton, boolean> = { power: false, reset: false }

  #hasLooked: boolean
  #firstLook: NodeJS.Timeout | undefined

  constructor(options: AtxOptions) {
    this.#options = options
    const { firstLookMs = 0 } = options
    this.#hasLooked = firstLookMs === 0
    if (!this.#hasLooked) this.#firstLook = setTimeout(() => this.#look(), firstLookMs)
  }

  dispose(): void {
    clearTimeout(this.#firstLook)
  }

  state(): AtxState {
    const { machine, enabled } = this.#options
    const canSee = enabled && this.#hasLooked
    return {
      enabled,
      busy: this.#busy.power || this.#busy.reset,
      acts: { ...this.#busy },
      leds: { power: canSee && machine.powerLed, hdd: canSee && machine.hddLed },
    }
  }

  /** Presses unconditionally; resolves at once, or with `wait` when the region is free again. */
  async click(button: AtxButton, wait: boolean): Promise<void> {
    this.#requireEnabled()
    const region: PanelButton = button === 'reset' ? 'reset' : 'power'
    if (this.#busy[region]) throw atxBusy()
    if (this.#options.lies()) return
    const done = this.#press(region, button === 'power_long' ? ATX_TIMES.longClickMs : ATX_TIMES.clickMs)
    if (wait) await done
  }

  /** Presses only when the power LED agrees with the action; otherwise does nothing. */
  async power(action: AtxAction, wait: boolean): Promise<void> {
    this.#requireEnabled()
    const isLit = this.state().leds.power
    if (isLit === (action === 'on')) return
    const buttons = { on: 'power', off: 'power', off_hard: 'power_long', reset_hard: 'reset' } as const
    await this.click(buttons[action], wait)
  }

  #look(): void {
    this.#hasLooked = true
    this.#options.onChange()
  }

  async #press(region: PanelButton, holdMs: number): Promise<void> {
    const { machine, onChange } = this.#options
    this.#busy[region] = true
    onChange()
    await machine.push(region, holdMs)
    await sleep(machine.clock, ATX_TIMES.pauseMs)
    this.#busy[region] = false
    onChange()
  }

  #requireEnabled(): void {
    if (!this.#options.enabled) throw new KvmdError('AtxDisabledError', 400, 'ATX is disabled')
  }
}

function atxBusy(): KvmdError {
  return new KvmdError('AtxIsBusyError', 409, 'Performing another ATX operation, please try again later')
}
