import { bootSteps, drawPanic, drawStopping, type BootStep, type MachinePhase } from './boot-story.ts'
import { scaledClock, type CancelTimer, type SimClock } from './clock.ts'
import { FrontPanel, type PanelButton, type PressEffect, type PressRecord } from './front-panel.ts'
import { GuestKeyboard, type KeyboardLeds } from './guest-keyboard.ts'
import { GuestShell } from './guest-shell.ts'
import { MachineOutputs } from './machine-outputs.ts'
import {
  NO_FAULTS,
  type KeyRecord,
  type MachineChange,
  type MachineFaults,
  type NetworkState,
  type PointerEventInput,
  type PointerRecord,
  type ScreenMotion,
  type SimMachineOptions,
  type TypedRecord,
  type VideoSignal,
} from './machine-types.ts'
import { TextScreen } from './text-screen.ts'

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
  readonly #outputs = new MachineOutputs()
  readonly #steps: BootStep[]
  #timers: CancelTimer[] = []
  #faults: MachineFaults = { ...NO_FAULTS }
  #mainsOn = true
  #bootedAtMs = 0
  #bootCount = 0
  #frozenAtMs: number | null = null

  constructor(options: SimMachineOptions) {
    this.#options = options
    this.name = options.name
    this.clock = options.clock ?? scaledClock()
    this.bootMs = options.bootMs ?? 20_000
    this.motion = { cursorBlinks: false, showsClock: false, noise: false, ...options.motion }
    const effects = {
      powerPressed: () => this.#powerPressed(),
      powerHeld: () => this.#hardOff(),
      resetPressed: () => this.#resetPressed(),
    }
    this.panel = new FrontPanel(this.clock, effects, options.hardOffAfterMs ?? 4000)
    this.#keyboard = new GuestKeyboard(options.layout ?? 'us')
    this.#shell = new GuestShell(this.screen, this.#guestHost())
    this.#steps = bootSteps(this.#identity())
    if (!options.startsOff) this.#startRunning()
  }

  /** Calls `listener` after each change until the returned function is called. */
  subscribe(listener: (change: MachineChange) => void): () => void {
    return this.#outputs.subscribe(listener)
  }

  get phase(): MachinePhase {
    return this.#outputs.phase
  }

  get isOn(): boolean {
    return this.#outputs.phase !== 'off'
  }

  /** The power LED as its wire shows it: dark when off, and always dark when the wire is off. */
  get powerLed(): boolean {
    return this.isOn && !this.#faults.ledUnwired
  }

  get hddLed(): boolean {
    return this.#outputs.hddLed && this.isOn
  }

  /** True while the host has the USB devices configured. */
  get usbConfigured(): boolean {
    return this.#outputs.usbConfigured
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
    return { online: this.#outputs.signal, width, height }
  }

  get network(): NetworkState {
    if (!this.isOn || !this.#outputs.networkConfigured || this.#faults.networkLost) return 'unreachable'
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
    if (!this.isOn || this.#outputs.phase === 'reset') return
    drawPanic(this.screen)
    this.#faults = { ...this.#faults, panicked: true }
    this.#stopTimers()
    this.#freeze()
    this.#outputs.emit('screen')
  }

  /** Takes the machine off its network until it boots again. */
  loseNetwork(): void {
    this.#faults = { ...this.#faults, networkLost: true }
    this.#outputs.emit('network')
  }

  setLedWired(wired: boolean): void {
    this.#faults = { ...this.#faults, ledUnwired: !wired }
    this.#outputs.emit('leds')
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
    if (action.ledsChanged) this.#outputs.emit('leds')
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
    this.#outputs.unsubscribeAll()
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
    if (!this.#outputs.usbConfigured || this.#faults.panicked) return false
    return !this.#faults.hung || this.#faults.kernelAlive
  }

  #listens(): boolean {
    return this.#outputs.usbConfigured && !this.#isDead()
  }

  #typeCharacter(character: string): void {
    if (this.#outputs.phase !== 'running') return
    const line = this.#shell.type(character)
    if (line) this.typedLines.push({ ...line, atMs: this.clock.nowMs() })
    this.#outputs.emit('screen')
  }

  #ctrlAltDel(): void {
    if (this.#outputs.phase === 'running') this.#stop(true)
    else if (this.#outputs.phase !== 'stopping') this.#boot()
  }

  #powerPressed(): PressEffect {
    if (!this.#mainsOn) return 'nothing'
    if (this.#outputs.phase === 'off') {
      this.#boot()
      return 'on'
    }
    if (this.#isDead() || this.#outputs.phase === 'stopping') return 'ignored'
    if (this.#outputs.phase === 'running' || this.#outputs.phase === 'kernel') {
      this.#stop(false)
      return 'acpi'
    }
    this.#enterOff()
    return 'firmwareOff'
  }

  #hardOff(): boolean {
    if (this.#outputs.phase === 'off') return false
    this.#enterOff()
    return true
  }

  #resetPressed(): PressEffect {
    if (this.#outputs.phase === 'off') return 'nothing'
    this.#boot()
    return 'reset'
  }

  #stop(restart: boolean): void {
    this.#stopTimers()
    this.#outputs.setPhase('stopping')
    drawStopping(this.screen, restart)
    this.#outputs.setHddLed(false)
    this.#outputs.emit('screen')
    this.#later(this.#options.shutdownMs ?? 3000, () => (restart ? this.#boot() : this.#enterOff()))
  }

  #enterOff(): void {
    this.#stopTimers()
    this.#clearBootFaults()
    this.#outputs.setHddLed(false)
    this.#outputs.setNetwork(false)
    this.#outputs.setPhase('off')
    this.#outputs.setUsb(false)
    this.#outputs.setSignal(false, { before: this.screen.mode, now: this.screen.mode })
    this.#outputs.emit('power')
    this.#outputs.emit('network')
  }

  #boot(): void {
    this.#stopTimers()
    const wasOff = this.#outputs.phase === 'off'
    this.#clearBootFaults()
    this.#bootCount += 1
    this.#bootedAtMs = this.clock.nowMs()
    for (const step of this.#steps) {
      if (step.at === 0) this.#enterStep(step)
      else this.#later(step.at * this.bootMs, () => this.#enterStep(step))
    }
    if (wasOff) this.#outputs.emit('power')
  }

  #enterStep(step: BootStep): void {
    const modeBefore = this.screen.mode
    this.#outputs.setPhase(step.phase)
    if (step.phase === 'reset') this.#keyboard.reset()
    step.draw(this.screen)
    this.#outputs.setUsb(step.usb)
    this.#outputs.setSignal(step.signal, { before: modeBefore, now: this.screen.mode })
    this.#outputs.setNetwork(step.network)
    this.#outputs.setHddLed(step.phase === 'kernel' && step.signal)
    if (step.phase === 'running') this.#startSystem()
    this.#outputs.emit('screen')
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
      this.#outputs.setHddLed(true)
      this.#later(HDD_BLINK.forMs, () => this.#outputs.setHddLed(false))
      this.#blinkHdd()
    })
  }

  #freeze(): void {
    this.#stopTimers()
    this.#frozenAtMs = this.clock.nowMs()
    this.#outputs.setHddLed(false)
    this.#outputs.emit('network')
  }

  #clearBootFaults(): void {
    this.#frozenAtMs = null
    this.#faults = { ...NO_FAULTS, ledUnwired: this.#faults.ledUnwired }
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
}
