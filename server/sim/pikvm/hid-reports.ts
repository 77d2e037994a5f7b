import { isModifier } from '../machine/keys.ts'
import type { SeenMachine } from '../machine/seen-machine.ts'

/** For how long the gadget goes on offering the last report to a host that does not take it. */
const RETRY_MS = 15_000

/** A USB keyboard reports six keys besides the modifiers. */
const KEY_SLOTS = 6

type Device = 'keyboard' | 'mouse' | 'relativeMouse'

/**
 * The three USB devices of a PiKVM, as the gadget driver sees them. A device turns offline when the
 * host lets it go and online only with the next report that the host takes, so after a restart of
 * the host it stays offline until something is sent (or was being retried).
 */
export class HidReports {
  readonly #machine: SeenMachine
  readonly #onChange: () => void
  readonly #unsubscribe: () => void
  readonly #modifiers = new Set<string>()
  readonly #buttons = new Set<string>()
  readonly #online: Record<Device, boolean>
  readonly #retryUntilMs: Record<Device, number> = { keyboard: 0, mouse: 0, relativeMouse: 0 }
  #keys: string[] = []
  /** The host has not had a report since it took the keyboard: the next one tells all that is held. */
  #isHostFresh = false

  constructor(machine: SeenMachine, onChange: () => void) {
    this.#machine = machine
    this.#onChange = onChange
    const configured = machine.usbConfigured
    this.#online = { keyboard: configured, mouse: configured, relativeMouse: configured }
    this.#unsubscribe = machine.subscribe((change) => {
      if (change === 'usb') this.#hostChanged()
      if (change === 'leds') onChange()
    })
  }

  get online(): Readonly<Record<Device, boolean>> {
    return this.#online
  }

  heldKeys(): string[] {
    return [...this.#modifiers, ...this.#keys]
  }

  /** Reports a key. A key that is down already is released first; a seventh releases the other six. */
  key(key: string, down: boolean): void {
    if (isModifier(key)) this.#modifier(key, down)
    else this.#plainKey(key, down)
  }

  button(absolute: boolean, button: string, down: boolean): void {
    if (down) this.#buttons.add(button)
    else this.#buttons.delete(button)
    this.#report(absolute ? 'mouse' : 'relativeMouse', () =>
      this.#machine.pointer({ kind: 'button', button, down }),
    )
  }

  move(x: number, y: number): void {
    this.#report('mouse', () => this.#machine.pointer({ kind: 'move', x, y }))
  }

  relative(dx: number, dy: number): void {
    this.#report('relativeMouse', () => this.#machine.pointer({ kind: 'relative', dx, dy }))
  }

  wheel(absolute: boolean, dx: number, dy: number): void {
    this.#report(absolute ? 'mouse' : 'relativeMouse', () => this.#machine.pointer({ kind: 'wheel', dx, dy }))
  }

  /** Releases all keys and buttons with one report to each device. */
  clear(): void {
    const keys = this.heldKeys()
    const buttons = [...this.#buttons]
    this.#modifiers.clear()
    this.#keys = []
    this.#buttons.clear()
    this.#report('keyboard', () => {
      this.#isHostFresh = false
      for (const key of keys) this.#machine.key(key, false)
    })
    this.#report('mouse', () =>
      buttons.forEach((button) => this.#machine.pointer({ kind: 'button', button, down: false })),
    )
    this.#report('relativeMouse', () => undefined)
  }

  dispose(): void {
    this.#unsubscribe()
  }

  #modifier(key: string, down: boolean): void {
    if (this.#modifiers.delete(key)) this.#sendKey(key, false)
    if (!down) return
    this.#modifiers.add(key)
    this.#sendKey(key, true)
  }

  #plainKey(key: string, down: boolean): void {
    if (this.#keys.includes(key)) {
      this.#keys = this.#keys.filter((held) => held !== key)
      this.#sendKey(key, false)
    } else if (down && this.#keys.length === KEY_SLOTS) {
      const released = this.#keys
      this.#keys = []
      for (const held of released) this.#sendKey(held, false)
    }
    if (!down) return
    this.#keys.push(key)
    this.#sendKey(key, true)
  }

  #sendKey(key: string, down: boolean): void {
    this.#report('keyboard', () => {
      // A report is the whole keyboard, not the one key.
      if (this.#isHostFresh)
        for (const held of this.heldKeys()) if (held !== key) this.#machine.key(held, true)
      this.#isHostFresh = false
      this.#machine.key(key, down)
    })
  }

  #report(device: Device, deliver: () => void): void {
    if (this.#machine.usbConfigured) {
      this.#setOnline(device, true)
      deliver()
      return
    }
    this.#setOnline(device, false)
    this.#retryUntilMs[device] = this.#machine.clock.nowMs() + RETRY_MS
  }

  #hostChanged(): void {
    const nowMs = this.#machine.clock.nowMs()
    for (const device of ['keyboard', 'mouse', 'relativeMouse'] as const) {
      if (!this.#machine.usbConfigured) {
        this.#setOnline(device, false)
        this.#isHostFresh = true
      } else if (this.#retryUntilMs[device] > nowMs) this.#redeliver(device)
    }
  }

  #redeliver(device: Device): void {
    this.#retryUntilMs[device] = 0
    this.#setOnline(device, true)
    if (device !== 'keyboard') return
    this.#isHostFresh = false
    for (const key of this.heldKeys()) this.#machine.key(key, true)
  }

  #setOnline(device: Device, online: boolean): void {
    if (this.#online[device] === online) return
    this.#online[device] = online
    this.#onChange()
  }
}
