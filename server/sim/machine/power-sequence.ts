import {
  bootSteps,
  drawBootMenu,
  drawSetup,
  drawStopping,
  type BootIdentity,
  type BootStep,
} from './boot-story.ts'
import type { CancelTimer, SimClock } from './clock.ts'
import { Firmware, type FirmwareEntry, type FirmwareOptions } from './firmware.ts'
import type { MachineOutputs } from './machine-outputs.ts'
import type { TextScreen } from './text-screen.ts'

/** How long the disk LED stays lit at a sign of life, and how often a running system gives one. */
const HDD_BLINK = { everyMs: 7000, forMs: 300 } as const

export interface SequenceParts {
  clock: SimClock
  screen: TextScreen
  outputs: MachineOutputs
  identity: BootIdentity
  bootMs: number
  shutdownMs: number
  firmware: Partial<FirmwareOptions>
  /** Power was cut or came, or a reset: what was wrong with the running system is over. */
  onRestart(): void
  /** The system is there and asks for a login. */
  onRunning(): void
}

/** What a board does by itself as time goes on: boots, stays in its firmware, stops, goes off. */
export class PowerSequence {
  readonly firmwareEntries: FirmwareEntry[] = []
  readonly #parts: SequenceParts
  readonly #steps: BootStep[]
  readonly #firmware: Firmware
  #timers: CancelTimer[] = []
  #bootedAtMs = 0
  #bootCount = 0

  constructor(parts: SequenceParts) {
    this.#parts = parts
    this.#steps = bootSteps(parts.identity)
    this.#firmware = new Firmware(parts.firmware)
  }

  /** Boots since the machine was made: it grows with every power-on, reset and restart. */
  get bootCount(): number {
    return this.#bootCount
  }

  get bootedAtMs(): number {
    return this.#bootedAtMs
  }

  /** Power-on or reset. */
  boot(): void {
    const { outputs, clock } = this.#parts
    this.halt()
    const wasOff = outputs.phase === 'off'
    this.#parts.onRestart()
    this.#bootCount += 1
    this.#bootedAtMs = clock.nowMs()
    this.#run(this.#steps)
    if (wasOff) outputs.emit('power')
  }

  /** As if it had booted some time ago. */
  startRunning(): void {
    const last = this.#steps.at(-1)
    if (!last) return
    this.#bootCount = 1
    this.#enter(last)
  }

  /** The way down after a shutdown or restart was asked for. */
  stop(restart: boolean): void {
    const { outputs, screen, shutdownMs } = this.#parts
    this.halt()
    outputs.setPhase('stopping')
    drawStopping(screen, restart)
    outputs.setHddLed(false)
    outputs.emit('screen')
    this.#later(shutdownMs, () => (restart ? this.boot() : this.off()))
  }

  /** The power is gone. */
  off(): void {
    const { outputs, screen } = this.#parts
    this.halt()
    this.#parts.onRestart()
    outputs.setHddLed(false)
    outputs.setNetwork(false)
    outputs.setPhase('off')
    outputs.setUsb(false)
    outputs.setSignal(false, { before: screen.mode, now: screen.mode })
    outputs.emit('power')
    outputs.emit('network')
  }

  /** Nothing happens by itself any more. */
  halt(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers = []
    this.#firmware.stop()
  }

  /** A key went down while the firmware has the machine: it may open its setup or its boot menu, or leave them. */
  firmwareKey(key: string): void {
    const { phase } = this.#parts.outputs
    if (phase === 'firmware') this.#enterFirmware(key)
    else if (phase === 'setup' && (key === 'F10' || key === 'Escape')) this.boot()
    else if (phase === 'bootMenu' && (key === 'Enter' || key === 'Escape')) this.#leaveMenu()
  }

  #enterFirmware(key: string): void {
    const { outputs, screen, identity, clock } = this.#parts
    const opened = this.#firmware.press(key)
    if (opened === null) return
    this.halt()
    this.firmwareEntries.push({ screen: opened, key, atMs: clock.nowMs() })
    if (opened === 'setup') drawSetup(screen, identity)
    else drawBootMenu(screen)
    outputs.setPhase(opened)
    outputs.emit('screen')
  }

  #leaveMenu(): void {
    const next = this.#steps.findIndex(({ phase }) => phase === 'bootloader')
    this.#run(this.#steps.slice(next))
  }

  /** Goes through the steps, beginning with the first one now. */
  #run(steps: readonly BootStep[]): void {
    const first = steps[0]?.at ?? 0
    for (const step of steps) {
      if (step.at === first) this.#enter(step)
      else this.#later((step.at - first) * this.#parts.bootMs, () => this.#enter(step))
    }
  }

  #enter(step: BootStep): void {
    const { outputs, screen } = this.#parts
    const modeBefore = screen.mode
    outputs.setPhase(step.phase)
    if (step.phase === 'firmware')
      this.#firmware.startPost(this.#postMs(step), (...args) => this.#later(...args))
    step.draw(screen)
    outputs.setUsb(step.usb)
    outputs.setSignal(step.signal, { before: modeBefore, now: screen.mode })
    outputs.setNetwork(step.network)
    outputs.setHddLed(step.phase === 'kernel' && step.signal)
    if (step.phase === 'running') this.#startSystem()
    outputs.emit('screen')
  }

  /** From that step to the next one. */
  #postMs(step: BootStep): number {
    const next = this.#steps[this.#steps.indexOf(step) + 1]
    return ((next?.at ?? 1) - step.at) * this.#parts.bootMs
  }

  #startSystem(): void {
    this.#parts.onRunning()
    this.#blinkHdd()
  }

  #blinkHdd(): void {
    const { outputs } = this.#parts
    this.#later(HDD_BLINK.everyMs, () => {
      outputs.setHddLed(true)
      this.#later(HDD_BLINK.forMs, () => outputs.setHddLed(false))
      this.#blinkHdd()
    })
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#parts.clock.after(delayMs, () => {
      this.#timers = this.#timers.filter((timer) => timer !== cancel)
      run()
    })
    this.#timers.push(cancel)
  }
}
