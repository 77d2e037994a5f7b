import type { CancelTimer, SimClock } from '../machine/clock.ts'
import type { KeyboardLeds } from '../machine/guest-keyboard.ts'
import type { MachineChange, PointerEventInput, ScreenMotion, VideoSignal } from '../machine/machine-types.ts'
import type { SimMachine } from '../machine/machine.ts'
import type { SeenMachine } from '../machine/seen-machine.ts'
import { TextScreen } from '../machine/text-screen.ts'
import type { SwitchUnits } from './switch-units.ts'

/**
 * What it takes, in milliseconds of the clock, until a host knows the keyboard that was just plugged in; for how long
 * the streamer goes on sending what it captured before; and until it has locked on the new signal.
 */
const TIMES = { enumerateMs: 400, stalePictureMs: 300, relockMs: 300 } as const

const NO_MOTION: ScreenMotion = { cursorBlinks: false, showsClock: false, noise: false }
const NO_LEDS: KeyboardLeds = { caps: false, scroll: false, num: false }

/** The machine that a PiKVM sees through its Switch: now this one, now that one, for moments none. */
export class SwitchedMachine implements SeenMachine {
  readonly clock: SimClock
  readonly #units: SwitchUnits
  readonly #noScreen = new TextScreen()
  readonly #listeners = new Set<(change: MachineChange) => void>()
  #usb: SimMachine | null
  #picture: SimMachine | null
  #timers: CancelTimer[] = []
  #unsubscribe: () => void = () => undefined
  readonly #stopMux: () => void

  constructor(units: SwitchUnits, clock: SimClock) {
    this.#units = units
    this.clock = clock
    this.#usb = units.connected
    this.#picture = units.connected
    this.#follow()
    this.#stopMux = units.onMux(() => this.#moved())
  }

  get name(): string {
    return this.#picture?.name ?? ''
  }

  get video(): VideoSignal {
    return this.#picture?.video ?? { online: false, width: 640, height: 480 }
  }

  get screen(): TextScreen {
    return this.#picture?.screen ?? this.#noScreen
  }

  get motion(): ScreenMotion {
    return this.#picture?.motion ?? NO_MOTION
  }

  get pictureTimeMs(): number {
    return this.#picture?.pictureTimeMs ?? 0
  }

  get usbConfigured(): boolean {
    return this.#usb?.usbConfigured ?? false
  }

  get keyboardLeds(): KeyboardLeds {
    return this.#usb?.keyboardLeds ?? NO_LEDS
  }

  key(key: string, down: boolean): void {
    this.#usb?.key(key, down)
  }

  pointer(event: PointerEventInput): void {
    this.#usb?.pointer(event)
  }

  subscribe(listener: (change: MachineChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  dispose(): void {
    this.#stopMux()
    this.#unsubscribe()
    for (const cancel of this.#timers) cancel()
    this.#listeners.clear()
  }

  /** The cables reach another machine: USB is unplugged from one and plugged into the other. */
  #moved(): void {
    for (const cancel of this.#timers) cancel()
    const next = this.#units.connected
    this.#usb?.unplugKeyboard()
    this.#usb = null
    this.#emit('usb')
    this.#timers = [
      this.clock.after(TIMES.enumerateMs, () => {
        this.#usb = next
        this.#follow()
        this.#emit('usb')
        this.#emit('leds')
      }),
      this.clock.after(TIMES.stalePictureMs, () => this.#show(null)),
      this.clock.after(TIMES.stalePictureMs + TIMES.relockMs, () => this.#show(next)),
    ]
  }

  #show(machine: SimMachine | null): void {
    this.#picture = machine
    this.#emit('video')
  }

  #follow(): void {
    this.#unsubscribe()
    this.#unsubscribe = this.#usb?.subscribe((change) => this.#emit(change)) ?? (() => undefined)
  }

  #emit(change: MachineChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}
