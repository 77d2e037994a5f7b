import type { MachinePhase } from './boot-story.ts'
import type { MachineChange } from './machine-types.ts'
import type { VideoMode } from './text-screen.ts'

/** What leaves a machine through its cables, and who hears of a change. */
export class MachineOutputs {
  readonly #listeners = new Set<(change: MachineChange) => void>()
  #phase: MachinePhase = 'off'
  #signal = false
  #usbConfigured = false
  #networkConfigured = false
  #hddLed = false

  get phase(): MachinePhase {
    return this.#phase
  }

  get signal(): boolean {
    return this.#signal
  }

  get usbConfigured(): boolean {
    return this.#usbConfigured
  }

  get networkConfigured(): boolean {
    return this.#networkConfigured
  }

  get hddLed(): boolean {
    return this.#hddLed
  }

  subscribe(listener: (change: MachineChange) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  unsubscribeAll(): void {
    this.#listeners.clear()
  }

  emit(change: MachineChange): void {
    for (const listener of this.#listeners) listener(change)
  }

  setPhase(phase: MachinePhase): void {
    if (this.#phase === phase) return
    this.#phase = phase
    this.emit('phase')
  }

  setUsb(configured: boolean): void {
    if (this.#usbConfigured === configured) return
    this.#usbConfigured = configured
    this.emit('usb')
  }

  /** Sets the signal; another mode under a signal that stays is a change too. */
  setSignal(online: boolean, modes: { before: VideoMode; now: VideoMode }): void {
    if (this.#signal === online && modes.before === modes.now) return
    this.#signal = online
    this.emit('video')
  }

  setNetwork(configured: boolean): void {
    if (this.#networkConfigured === configured) return
    this.#networkConfigured = configured
    this.emit('network')
  }

  setHddLed(lit: boolean): void {
    if (this.#hddLed === lit) return
    this.#hddLed = lit
    this.emit('leds')
  }
}
