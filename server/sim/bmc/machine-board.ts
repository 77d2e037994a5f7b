import type { ChassisAction } from '../../node-ipmi/src/commands/chassis.ts'
import { strokesOfLayout } from '../machine/layouts.ts'
import type { SimMachine } from '../machine/machine.ts'
import type { BmcBoard, BoardSerial } from './board.ts'
import { SerialMirror } from './serial-mirror.ts'

/** How long the BMC holds the power line to force power off, and waits before it switches on again in a cycle. */
const holdMs = 4500
const offTimeMs = 1000

/** Wires a BMC to a simulated machine: its front panel lines, and its text screen as a serial console. */
export class MachineBoard implements BmcBoard {
  readonly serial: BoardSerial
  readonly #machine: SimMachine
  readonly #mirror: SerialMirror
  readonly #listeners = new Set<(bytes: Buffer) => void>()
  readonly #detach: () => void
  readonly #strokes = strokesOfLayout('us')
  #isEscaping = false

  constructor(machine: SimMachine) {
    this.#machine = machine
    this.#mirror = new SerialMirror(machine.screen)
    this.#detach = machine.subscribe((change) => {
      if (change === 'screen' || change === 'video') this.#print()
    })
    this.serial = {
      onOutput: (listener) => this.#listen(listener),
      input: (bytes) => this.#type(bytes),
      // The simulated kernel does not listen to breaks.
      sendBreak: () => undefined,
    }
  }

  get isPowered(): boolean {
    return this.#machine.isOn
  }

  control(action: ChassisAction): void {
    const machine = this.#machine
    if (action === 'on' && !machine.isOn) void machine.push('power')
    if (action === 'soft') void machine.push('power')
    if (action === 'reset') void machine.push('reset')
    if (action === 'nmi') machine.panic()
    if (action === 'off') void this.#forceOff()
    if (action === 'cycle') void this.#cycle()
  }

  /** Lets go of the machine. */
  dispose(): void {
    this.#detach()
    this.#listeners.clear()
  }

  async #forceOff(): Promise<void> {
    if (this.#machine.isOn) await this.#machine.push('power', holdMs)
  }

  async #cycle(): Promise<void> {
    await this.#forceOff()
    this.#machine.clock.after(offTimeMs, () => {
      if (!this.#machine.isOn) void this.#machine.push('power')
    })
  }

  #listen(listener: (bytes: Buffer) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #print(): void {
    const bytes = this.#mirror.update()
    if (bytes.length === 0) return
    for (const listener of this.#listeners) listener(bytes)
  }

  #type(bytes: Buffer): number {
    for (const byte of bytes) this.#typeOne(String.fromCharCode(byte))
    return bytes.length
  }

  /** The guest reads keys; escape sequences of a terminal (arrows) mean nothing to it. Ctrl+L redraws. */
  #typeOne(character: string): void {
    if (this.#isEscaping) {
      this.#isEscaping = !/[A-Za-z~]/.test(character)
      return
    }
    if (character === '\x1b') this.#isEscaping = true
    else if (character === '\x0c') this.#redraw()
    else if (character === '\x7f' || character === '\b') this.#stroke('Backspace', [])
    else if (character === '\x03') this.#stroke('KeyC', ['ControlLeft'])
    else {
      const stroke = this.#strokes.get(character === '\r' ? '\n' : character)
      if (stroke) this.#stroke(stroke.key, stroke.shift ? ['ShiftLeft'] : [])
    }
  }

  #redraw(): void {
    this.#mirror.restart()
    this.#print()
  }

  #stroke(key: string, modifiers: readonly string[]): void {
    for (const modifier of modifiers) this.#machine.key(modifier, true)
    this.#machine.key(key, true)
    this.#machine.key(key, false)
    for (const modifier of modifiers) this.#machine.key(modifier, false)
  }
}
