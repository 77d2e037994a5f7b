import { bootSteps, drawPanic, drawStopping, type BootStep, type MachinePhase } from './boot-story.ts'
import { scaledClock, type CancelTimer, type SimClock } from './clock.ts'
import { FrontPanel, type PanelButton, type PressEffect, type PressRecord } from './front-panel.ts'
import { GuestKeyboard, type KeyboardLeds } from './guest-keyboard.ts'
import { GuestShell, type TypedLine } from './guest-shell.ts'
import type { GuestLayout } from './layouts.ts'
import { TextScreen, type VideoMode } from './text-screen.ts'

/** How to build a simulated machine; every field but `name` has a default. */
export interface SimMachineOptions {
  name: string
  /** Time for everything with a duration. Default: wall time. */
  clock?: SimClock
  /** Power-on to login prompt, in the clock's milliseconds. Default 20,000. */
  bootMs?: number
  /** Shutdown request to power off. Default 3,000. */
  shutdownMs?: number
  /** Off at first. Default: already running. */
  startsOff?: boolean
  /** Keyboard layout of the guest. Default `us`. */
  layout?: GuestLayout
  rootPassword?: string
  model?: string
  services?: readonly string[]
  /** What moves on an otherwise still screen. Default: nothing. */
  motion?: Partial<ScreenMotion>
  /** Switches on by itself when the mains come back. Default true. */
  restoresOnMains?: boolean
}

/** Things that change a screen by themselves. */
export interface ScreenMotion {
  cursorBlinks: boolean
  showsClock: boolean
  noise: boolean
}

/** What changed; sent to every subscriber. */
export type MachineChange = 'power' | 'phase' | 'video' | 'screen' | 'usb' | 'leds' | 'network'

/** A key transition that arrived over USB. `handled` is false when nothing on the machine listened. */
export interface KeyRecord {
  sequence: number
  key: string
  down: boolean
  atMs: number
  handled: boolean
}

/** A completed line with the time it was entered. */
export interface TypedRecord extends TypedLine {
  atMs: number
}

/** A mouse report that arrived over USB; absolute positions run from −32768 to 32767. */
export type PointerRecord = { atMs: number } & (
  | { kind: 'button'; button: string; down: boolean }
  | { kind: 'move'; x: number; y: number }
  | { kind: 'relative'; dx: number; dy: number }
  | { kind: 'wheel'; dx: number; dy: number }
)

/** How the machine's network answers: `silent` accepts and says nothing, `unreachable` drops packets. */
export type NetworkState = 'answers' | 'silent' | 'unreachable'

/** What the video cable carries now. */
export interface VideoSignal {
  online: boolean
  width: number
  height: number
}

interface MachineFaults {
  hung: boolean
  /** A hang that leaves the kernel's keyboard handling alive (caps lock, SysRq). */
  kernelAlive: boolean
  panicked: boolean
  networkLost: boolean
  ledUnwired: boolean
}

const NO_FAULTS: MachineFaults = {
  hung: false,
  kernelAlive: false,
  panicked: false,
  networkLost: false,
  ledUnwired: false,
}

/** How long the disk LED stays lit at a sign of life, and how often a running system gives one. */
const HDD_BLINK = { everyMs: 7000, forMs: 300 } as const

/**
 * A PC as its case, its cables and its network show it, independent of any KVM:
 * power supply, buttons, LEDs, text screen, USB keyboard and mouse, and faults on command.
 */
export class SimMachine {
  readonly name: string
  readonly clock: SimClock
  readonly bootMs: number
  readonly screen = new TextScreen()
  readonly panel: FrontPanel
  readonly keyLog: KeyRecord[] = []
  readonly typedLines: TypedRecord[] = []
  readonly pointerLog: PointerRecord[] = []
  readonly motion: ScreenMotion
  readonly #options: SimMachineOptions
  readonly #keyboard: GuestKeyboard
  readonly #shell: GuestShell
  readonly #listeners = new Set<(change: MachineChange) => void>()
  readonly #steps: BootStep[]
  #timers: CancelTimer[] = []
  #faults: MachineFaults = { ...NO_FAULTS }
  #phase: MachinePhase = 'off'
  #signal = false
  #usbConfigured = false
  #networkConfigured = false
  #mainsOn = true
  #hddLed = false
  #bootedAtMs = 0
  #bootCount = 0
  #frozenAtMs: number | null = null

  constructor(options: SimMachineOptions) {
    this.#options = options
    this.name = options.name
    this.clock = options.clock ?? scaledClock()
    this.bootMs = options.bootMs ?? 20_000
    this.motion = { cursorBlinks: false, showsClock: false, noise: false, ...options.motion }
    this.panel = new FrontPanel(this.clock, {
      powerPressed: () => this.#powerPressed(),
      powerHeld: () => this.#hardOff(),
      resetPressed: () => this.#resetPressed(),
    })
    this.#keyboard = new GuestKeyboard(options.layout ?? 'us')
    this.#shell = new GuestShell(this.screen, this.#guestHost())
    this.#steps = bootSteps(this.#identity())
    if (!options.startsOff) this.#startRunning()
  }

  /** Calls `listener` after each change until the returned function is called. */
  subscribe(listener: (change: MachineChange) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  get phase(): MachinePhase {
    return this.#phase
  }

  get isOn(): boolean {
    return this.#phase !== 'off'
  }

  /** The power LED as its wire shows it: dark when off, and always dark when the wire is off. */
  get powerLed(): boolean {
    return this.isOn && !this.#faults.ledUnwired
  }

  get hddLed(): boolean {
    return this.#hddLed && this.isOn
  }

  /** True while the host has the USB devices configured. */
  get usbConfigured(): boolean {
    return this.#usbConfigured
  }

  get keyboardLeds(): KeyboardLeds {
    return this.#keyboard.leds
  }

  /** Boots since this machine was made: it grows with every power-on, reset and restart. */
  get bootCount(): number {
    return this.#bootCount
  }

  get presses(): readonly PressRecord[] {
    return this.panel.presses
  }

  get faults(): Readonly<MachineFaults> {
    return this.#faults
  }

  get video(): VideoSignal {
    const [width = 0, height = 0] = this.screen.mode.split('x').map(Number)
    return { online: this.#signal, width, height }
  }

  get network(): NetworkState {
    if (!this.isOn || !this.#networkConfigured || this.#faults.networkLost) return 'unreachable'
    return this.#isDead() ? 'silent' : 'answers'
  }

  /** The time at which the picture stands: a hung machine's cursor and clock stand still. */
  get pictureTimeMs(): number {
    return this.#frozenAtMs ?? this.clock.nowMs()
  }

  /** Presses and releases a case button, holding it for `holdMs` of the clock's time. */
  async push(button: PanelButton, holdMs = 100): Promise<void> {
    this.panel.press(button)
    await new Promise<void>((resolve) => {
      this.clock.after(holdMs, resolve)
    })
    this.panel.release(button)
  }

  /** Freezes the picture and stops listening to keys; `kernelAlive` keeps caps lock and SysRq working. */
  hang(options: { kernelAlive?: boolean } = {}): void {
    if (!this.isOn) return
    this.#faults = { ...this.#faults, hung: true, kernelAlive: options.kernelAlive ?? false }
    this.#freeze()
  }

  /** Kernel panic: the text stays on the screen, nothing answers. */
  panic(): void {
    if (!this.isOn || this.#phase === 'reset') return
    drawPanic(this.screen)
    this.#faults = { ...this.#faults, panicked: true }
    this.#stopTimers()
    this.#freeze()
    this.#emit('screen')
  }

  /** Takes the machine off its network until it boots again. */
  loseNetwork(): void {
    this.#faults = { ...this.#faults, networkLost: true }
    this.#emit('network')
  }

  setLedWired(wired: boolean): void {
    this.#faults = { ...this.#faults, ledUnwired: !wired }
    this.#emit('leds')
  }

  setButtonWired(button: PanelButton, wired: boolean): void {
    this.panel.unwired[button] = !wired
  }

  /** Cuts or restores the mains, as a relay in the supply's cable does. */
  setMains(on: boolean): void {
    if (on === this.#mainsOn) return
    this.#mainsOn = on
    if (!on) this.#enterOff()
    else if (this.#options.restoresOnMains ?? true) this.#boot()
  }

  /** A key transition over USB, by `KeyboardEvent.code`. */
  key(key: string, down: boolean): void {
    const listens = this.#listens()
    this.keyLog.push({
      sequence: this.keyLog.length + 1,
      key,
      down,
      atMs: this.clock.nowMs(),
      handled: listens,
    })
    const action = this.#keyboard.press(key, down, { kernel: this.#kernelListens(), system: listens })
    if (action.ledsChanged) this.#emit('leds')
    if (action.name === 'restart') this.#ctrlAltDel()
    if (action.name === 'sysrq' && action.key === 'KeyB') this.#boot()
    if (action.name === 'character') this.#typeCharacter(action.character)
  }

  /** A mouse report over USB. */
  pointer(event: PointerEventInput): void {
    this.pointerLog.push({ ...event, atMs: this.clock.nowMs() })
  }

  /** Stops all timers; the machine stays as it is. */
  dispose(): void {
    this.#stopTimers()
    this.#listeners.clear()
  }

  #guestHost() {
    return {
      name: this.#options.name,
      kernel: this.#identity().kernel,
      rootPassword: this.#options.rootPassword ?? 'rack',
      uptimeMs: () => this.clock.nowMs() - this.#bootedAtMs,
      networkIsUp: () => this.network === 'answers',
      powerOff: () => this.#stop(false),
      reboot: () => this.#stop(true),
    }
  }

  #identity() {
    return {
      name: this.#options.name,
      model: this.#options.model ?? 'Homelab Board H610',
      kernel: '6.1.0-28-amd64',
      services: this.#options.services ?? ['OpenBSD Secure Shell server'],
    }
  }

  #isDead(): boolean {
    return this.#faults.hung || this.#faults.panicked
  }

  #kernelListens(): boolean {
    if (!this.#usbConfigured || this.#faults.panicked) return false
    return !this.#faults.hung || this.#faults.kernelAlive
  }

  #listens(): boolean {
    return this.#usbConfigured && !this.#isDead()
  }

  #typeCharacter(character: string): void {
    if (this.#phase !== 'running') return
    const line = this.#shell.type(character)
    if (line) this.typedLines.push({ ...line, atMs: this.clock.nowMs() })
    this.#emit('screen')
  }

  #ctrlAltDel(): void {
    if (this.#phase === 'running') this.#stop(true)
    else if (this.#phase !== 'stopping') this.#boot()
  }

  #powerPressed(): PressEffect {
    if (!this.#mainsOn) return 'nothing'
    if (this.#phase === 'off') {
      this.#boot()
      return 'on'
    }
    if (this.#isDead() || this.#phase === 'stopping') return 'ignored'
    if (this.#phase === 'running' || this.#phase === 'kernel') {
      this.#stop(false)
      return 'acpi'
    }
    this.#enterOff()
    return 'firmwareOff'
  }

  #hardOff(): boolean {
    if (this.#phase === 'off') return false
    this.#enterOff()
    return true
  }

  #resetPressed(): PressEffect {
    if (this.#phase === 'off') return 'nothing'
    this.#boot()
    return 'reset'
  }

  #stop(restart: boolean): void {
    this.#stopTimers()
    this.#setPhase('stopping')
    drawStopping(this.screen, restart)
    this.#hddLed = false
    this.#emit('screen')
    this.#later(this.#options.shutdownMs ?? 3000, () => (restart ? this.#boot() : this.#enterOff()))
  }

  #enterOff(): void {
    this.#stopTimers()
    this.#clearBootFaults()
    this.#hddLed = false
    this.#networkConfigured = false
    this.#setPhase('off')
    this.#setUsb(false)
    this.#setSignal(false, this.screen.mode)
    this.#emit('power')
    this.#emit('network')
  }

  #boot(): void {
    this.#stopTimers()
    const wasOff = this.#phase === 'off'
    this.#clearBootFaults()
    this.#bootCount += 1
    this.#bootedAtMs = this.clock.nowMs()
    for (const step of this.#steps) {
      if (step.at === 0) this.#enterStep(step)
      else this.#later(step.at * this.bootMs, () => this.#enterStep(step))
    }
    if (wasOff) this.#emit('power')
  }

  #enterStep(step: BootStep): void {
    const modeBefore = this.screen.mode
    this.#setPhase(step.phase)
    if (step.phase === 'reset') this.#keyboard.reset()
    step.draw(this.screen)
    this.#setUsb(step.usb)
    this.#setSignal(step.signal, modeBefore)
    this.#setNetwork(step.network)
    this.#setHddLed(step.phase === 'kernel' && step.signal)
    if (step.phase === 'running') this.#startSystem()
    this.#emit('screen')
  }

  #startRunning(): void {
    const last = this.#steps.at(-1)
    if (!last) return
    this.#bootCount = 1
    this.#enterStep(last)
  }

  #startSystem(): void {
    this.#shell.start()
    this.#blinkHdd()
  }

  #blinkHdd(): void {
    this.#later(HDD_BLINK.everyMs, () => {
      this.#setHddLed(true)
      this.#later(HDD_BLINK.forMs, () => this.#setHddLed(false))
      this.#blinkHdd()
    })
  }

  #freeze(): void {
    this.#stopTimers()
    this.#frozenAtMs = this.clock.nowMs()
    this.#setHddLed(false)
    this.#emit('network')
  }

  #clearBootFaults(): void {
    this.#frozenAtMs = null
    this.#faults = { ...NO_FAULTS, ledUnwired: this.#faults.ledUnwired }
  }

  #setPhase(phase: MachinePhase): void {
    if (this.#phase === phase) return
    this.#phase = phase
    this.#emit('phase')
  }

  #setUsb(configured: boolean): void {
    if (this.#usbConfigured === configured) return
    this.#usbConfigured = configured
    this.#emit('usb')
  }

  #setSignal(online: boolean, modeBefore: VideoMode): void {
    if (this.#signal === online && this.screen.mode === modeBefore) return
    this.#signal = online
    this.#emit('video')
  }

  #setNetwork(configured: boolean): void {
    if (this.#networkConfigured === configured) return
    this.#networkConfigured = configured
    this.#emit('network')
  }

  #setHddLed(lit: boolean): void {
    if (this.#hddLed === lit) return
    this.#hddLed = lit
    this.#emit('leds')
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.clock.after(delayMs, () => {
      this.#timers = this.#timers.filter((timer) => timer !== cancel)
      run()
    })
    this.#timers.push(cancel)
  }

  #stopTimers(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers = []
  }

  #emit(change: MachineChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

/** A mouse report before the machine has dated it. */
export type PointerEventInput = PointerRecord extends infer Event
  ? Event extends PointerRecord
    ? Omit<Event, 'atMs'>
    : never
  : never
