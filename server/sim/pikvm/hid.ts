import { sleep, type SimClock } from '../machine/clock.ts'
import type { GuestLayout } from '../machine/layouts.ts'
import type { SeenMachine } from '../machine/seen-machine.ts'
import { HidReports } from './hid-reports.ts'
import { keyEventsOfText, type KeyEvent } from './hid-print.ts'

/** kvmd's `hid` state, as the OTG gadget of a Pi reports it. */
export interface HidState {
  enabled: boolean
  online: boolean
  busy: boolean
  connected: boolean | null
  keyboard: {
    online: boolean
    leds: { caps: boolean; scroll: boolean; num: boolean }
    outputs: { available: string[]; active: string }
  }
  mouse: { outputs: { available: string[]; active: string }; online: boolean; absolute: boolean }
  jiggler: { enabled: boolean; active: boolean; interval: number }
}

/** kvmd's own mouse modes on OTG hardware. */
const MOUSE_OUTPUTS = ['usb', 'usb_rel']

/** What `print` blocks kvmd's loop for, per key event, in milliseconds (6,000 characters took 470). */
const PRINT_MS_PER_EVENT = 0.04

/** Options of the HID part of a simulated PiKVM. */
export interface HidOptions {
  machine: SeenMachine
  onChange: () => void
}

/** kvmd's keyboard and mouse: what it accepts, what it drops and what it tells about itself. */
export class KvmdHid {
  readonly #machine: SeenMachine
  readonly #clock: SimClock
  readonly #reports: HidReports
  readonly #onChange: () => void
  #mouseOutput = 'usb'
  #jiggler = false
  #activeAtMs: number
  #loopFreeAtMs = 0

  constructor(options: HidOptions) {
    this.#machine = options.machine
    this.#clock = options.machine.clock
    this.#onChange = options.onChange
    this.#reports = new HidReports(options.machine, options.onChange)
    this.#activeAtMs = this.#clock.nowMs()
  }

  state(): HidState {
    const absolute = this.#mouseOutput === 'usb'
    const { keyboard, mouse, relativeMouse } = this.#reports.online
    return {
      enabled: true,
      online: true,
      busy: false,
      connected: null,
      keyboard: {
        online: keyboard,
        leds: this.#machine.keyboardLeds,
        outputs: { available: [], active: '' },
      },
      mouse: {
        outputs: { available: [...MOUSE_OUTPUTS], active: this.#mouseOutput },
        online: absolute ? mouse : relativeMouse,
        absolute,
      },
      jiggler: { enabled: true, active: this.#jiggler, interval: 60 },
    }
  }

  /** Whole seconds since the last input. */
  inactivityS(): number {
    return Math.floor((this.#clock.nowMs() - this.#activeAtMs) / 1000)
  }

  /** Keys held down now, in the order they were pressed. */
  heldKeys(): string[] {
    return this.#reports.heldKeys()
  }

  /** Changes what the hardware can do; other outputs are accepted and ignored, as by kvmd. */
  setParams(params: { mouseOutput?: string; jiggler?: boolean }): void {
    if (params.mouseOutput && MOUSE_OUTPUTS.includes(params.mouseOutput))
      this.#mouseOutput = params.mouseOutput
    if (params.jiggler !== undefined) this.#jiggler = params.jiggler
    this.#onChange()
  }

  /** Releases every key and button; kvmd does it whenever a websocket client comes or goes. */
  clear(): void {
    this.#reports.clear()
  }

  /** A key transition; `finish` releases what was pressed at once, unless it is a modifier. */
  key(key: string, down: boolean, finish: boolean): void {
    this.#reports.key(key, down)
    const keepsHeld = /^(Control|Shift|Alt|Meta)(Left|Right)$|^PrintScreen$/.test(key)
    if (down && finish && !keepsHeld) this.#reports.key(key, false)
    this.#touch()
  }

  button(button: string, down: boolean): void {
    this.#reports.button(this.#isAbsolute(), button, down)
    this.#touch()
  }

  /** Absolute position, −32768..32767; dropped in relative mode. */
  move(x: number, y: number): void {
    if (this.#isAbsolute()) this.#reports.move(clamp(x, -32768, 32767), clamp(y, -32768, 32767))
    this.#touch()
  }

  /** Relative motion, −127..127; dropped in absolute mode. */
  relative(dx: number, dy: number): void {
    if (!this.#isAbsolute()) this.#reports.relative(clamp(dx, -127, 127), clamp(dy, -127, 127))
    this.#touch()
  }

  wheel(dx: number, dy: number): void {
    this.#reports.wheel(this.#isAbsolute(), clamp(dx, -127, 127), clamp(dy, -127, 127))
    this.#touch()
  }

  /** Presses keys in order and releases them in reverse, 50 ms an event. */
  async shortcut(keys: string[]): Promise<void> {
    const down = keys.map((key) => ({ key, down: true }))
    const up = keys.toReversed().map((key) => ({ key, down: false }))
    await this.#sendPaced([...down, ...up], 50)
  }

  /** Types text; resolves when kvmd has queued it. Without a delay kvmd's loop blocks meanwhile. */
  async print(text: string, layout: GuestLayout, delayMs: number): Promise<void> {
    const events = keyEventsOfText(text, layout)
    if (delayMs > 0) return this.#sendPaced(events, delayMs)
    for (const event of events) this.key(event.key, event.down, false)
    const startsAtMs = Math.max(this.#clock.nowMs(), this.#loopFreeAtMs)
    this.#loopFreeAtMs = startsAtMs + events.length * PRINT_MS_PER_EVENT
    await this.loopFree()
  }

  /** Resolves when a blocking print is over. */
  async loopFree(): Promise<void> {
    const waitMs = this.#loopFreeAtMs - this.#clock.nowMs()
    if (waitMs > 0) await sleep(this.#clock, waitMs)
  }

  /** Lets go of the machine. */
  dispose(): void {
    this.#reports.dispose()
  }

  async #sendPaced(events: readonly KeyEvent[], delayMs: number): Promise<void> {
    for (const event of events) {
      await sleep(this.#clock, delayMs)
      this.key(event.key, event.down, false)
    }
  }

  #isAbsolute(): boolean {
    return this.#mouseOutput === 'usb'
  }

  #touch(): void {
    this.#activeAtMs = this.#clock.nowMs()
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}
