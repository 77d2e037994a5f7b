import { drawPanic, type BootIdentity, type MachinePhase } from './boot-story.ts'
import { scaledClock, type SimClock } from './clock.ts'
import { firmwareKeyName, type FirmwareEntry } from './firmware.ts'
import { FrontPanel, type PanelButton, type PressEffect, type PressRecord } from './front-panel.ts'
import { Guest } from './guest.ts'
import type { KeyboardLeds } from './guest-keyboard.ts'
import { DEBIAN_SYSRQ, type SysrqRecord } from './guest-sysrq.ts'
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
import { PowerSequence } from './power-sequence.ts'
import { TextScreen } from './text-screen.ts'

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
  readonly pointerLog: PointerRecord[] = []
  readonly motion: ScreenMotion
  readonly #options: SimMachineOptions
  readonly #guest: Guest
  readonly #outputs = new MachineOutputs()
  readonly #sequence: PowerSequence
  #faults: MachineFaults = { ...NO_FAULTS }
  #mainsOn = true
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
    const identity = this.#identity()
    this.#sequence = this.#makeSequence(identity)
    this.#guest = this.#makeGuest(identity)
    if (!options.startsOff) this.#sequence.startRunning()
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
    return this.#guest.leds
  }

  get typedLines(): readonly TypedRecord[] {
    return this.#guest.typedLines
  }

  /** SysRq keys that reached its kernel. */
  get sysrqLog(): readonly SysrqRecord[] {
    return this.#guest.sysrqLog
  }

  /** Boots since this machine was made: it grows with every power-on, reset and restart. */
  get bootCount(): number {
    return this.#sequence.bootCount
  }

  /** Each time that a key opened the firmware's setup or boot menu. */
  get firmwareEntries(): readonly FirmwareEntry[] {
    return this.#sequence.firmwareEntries
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

  /** Changes the guest's `kernel.sysrq`, as sysctl does. */
  setKernelSysrq(value: number): void {
    this.#guest.kernelSysrq = value
  }

  setButtonWired(button: PanelButton, wired: boolean): void {
    this.panel.unwired[button] = !wired
  }

  /** Cuts or restores the mains, as a relay in the supply's cable does. */
  setMains(on: boolean): void {
    if (on === this.#mainsOn) return
    this.#mainsOn = on
    if (!on) this.#sequence.off()
    else if (this.#options.restoresOnMains ?? true) this.#sequence.boot()
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
    const listeners = { kernel: this.#kernelListens(), system: listens }
    if (this.#guest.key(key, down, listeners)) this.#outputs.emit('leds')
    if (down && listens) this.#sequence.firmwareKey(key)
  }

  /** The USB cable of its keyboard was pulled out: the system lets go of what it held. */
  unplugKeyboard(): void {
    this.#guest.letGo()
  }

  /** Keys that are down, as its system sees them. */
  get heldKeys(): string[] {
    return this.#guest.heldKeys
  }

  /** A mouse report over USB. */
  pointer(event: PointerEventInput): void {
    this.pointerLog.push({ ...event, atMs: this.clock.nowMs() })
  }

  /** Stops all timers; the machine stays as it is. */
  dispose(): void {
    this.#sequence.halt()
    this.#outputs.unsubscribeAll()
  }

  #makeSequence(identity: BootIdentity): PowerSequence {
    const { shutdownMs = 3000, firmware = {} } = this.#options
    return new PowerSequence({
      clock: this.clock,
      screen: this.screen,
      outputs: this.#outputs,
      identity,
      bootMs: this.bootMs,
      shutdownMs,
      firmware,
      onRestart: () => this.#clearBootFaults(),
      onRunning: () => this.#guest.start(),
    })
  }

  #makeGuest(identity: BootIdentity): Guest {
    const { rootPassword = 'rack', layout = 'us', isSysrqOneKey = false, kernelSysrq } = this.#options
    const parts = {
      screen: this.screen,
      identity,
      rootPassword,
      layout,
      isSysrqOneKey,
      nowMs: () => this.clock.nowMs(),
      uptimeMs: () => this.clock.nowMs() - this.#sequence.bootedAtMs,
      phase: () => this.#outputs.phase,
      networkIsUp: () => this.network === 'answers',
      powers: {
        stop: (restart: boolean) => this.#sequence.stop(restart),
        reset: () => this.#sequence.boot(),
        powerOff: () => this.#sequence.off(),
        panic: () => this.panic(),
      },
      onScreen: () => this.#outputs.emit('screen'),
    }
    return new Guest(parts, kernelSysrq ?? DEBIAN_SYSRQ)
  }

  #identity(): BootIdentity {
    return {
      name: this.#options.name,
      model: this.#options.model ?? 'Homelab Board H610',
      kernel: '6.1.0-28-amd64',
      services: this.#options.services ?? ['OpenBSD Secure Shell server'],
      firmwareKeys: {
        setup: firmwareKeyName(this.#options.firmware?.setupKey ?? 'Delete'),
        menu: firmwareKeyName(this.#options.firmware?.menuKey ?? 'F11'),
      },
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

  #powerPressed(): PressEffect {
    if (!this.#mainsOn) return 'nothing'
    if (this.#outputs.phase === 'off') {
      this.#sequence.boot()
      return 'on'
    }
    if (this.#isDead() || this.#outputs.phase === 'stopping') return 'ignored'
    if (this.#outputs.phase === 'running' || this.#outputs.phase === 'kernel') {
      this.#sequence.stop(false)
      return 'acpi'
    }
    this.#sequence.off()
    return 'firmwareOff'
  }

  #hardOff(): boolean {
    if (this.#outputs.phase === 'off') return false
    this.#sequence.off()
    return true
  }

  #resetPressed(): PressEffect {
    if (this.#outputs.phase === 'off') return 'nothing'
    this.#sequence.boot()
    return 'reset'
  }

  #freeze(): void {
    this.#sequence.halt()
    this.#frozenAtMs = this.clock.nowMs()
    this.#outputs.setHddLed(false)
    this.#outputs.emit('network')
  }

  #clearBootFaults(): void {
    this.#frozenAtMs = null
    this.#guest.reset()
    this.#faults = { ...NO_FAULTS, ledUnwired: this.#faults.ledUnwired }
  }
}
