import type { Timers } from './timers.ts'
import type { KeyEvent } from './text-plan.ts'

/** `wait`: what is down now stays so for a moment, long enough for every host to notice. */
export type ComboEvent = KeyEvent | 'wait'
type ComboFate = 'sent' | 'notSent' | 'unknown'

/** A USB host asks for a report every 10 ms at worst; some firmware looks less often. */
const holdMs = 50

/** Ctrl+Alt+Del. */
export const ctrlAltDel = chord(['ControlLeft', 'AltLeft', 'Delete'])

/**
 * Alt+SysRq+key. PrintScreen goes up before the letter goes down: Linux keeps SysRq on while Alt is held, and keyboards
 * on which Alt+PrintScreen is one key report no letter beside it.
 * @see Documentation/admin-guide/sysrq.rst of Linux
 */
export function sysrqChord(letter: string): ComboEvent[] {
  const code = `Key${letter.toUpperCase()}`
  return [
    { code: 'AltLeft', down: true },
    { code: 'PrintScreen', down: true },
    'wait',
    { code: 'PrintScreen', down: false },
    { code, down: true },
    'wait',
    { code, down: false },
    { code: 'AltLeft', down: false },
  ]
}

function chord(codes: readonly string[]): ComboEvent[] {
  return [
    ...codes.map((code) => ({ code, down: true })),
    'wait',
    ...codes.toReversed().map((code) => ({ code, down: false })),
  ]
}

export type ComboParts = {
  send(event: KeyEvent): boolean
  timers: Timers
  onEnd(fate: ComboFate): void
}

/** Goes through a combination. Whatever happens, what went down goes up again, or the link that held it is gone. */
export class ComboRun {
  readonly #events: readonly ComboEvent[]
  readonly #parts: ComboParts
  readonly #down = new Set<string>()
  /** Index of the last key that goes down: without it nothing was meant. */
  readonly #decisive: number
  #index = 0
  #isHurried = false
  #cancelTimer: (() => void) | null = null

  constructor(events: readonly ComboEvent[], parts: ComboParts) {
    this.#events = events
    this.#parts = parts
    this.#decisive = events.findLastIndex((event) => event !== 'wait' && event.down)
  }

  start(): void {
    this.#go()
  }

  /** Somebody else needs the keyboard: the rest at once, without waiting. */
  hurry(): void {
    this.#isHurried = true
    this.#cancelTimer?.()
    this.#go()
  }

  #go(): void {
    for (;;) {
      const event = this.#events[this.#index]
      if (event === undefined) return this.#finish(true)
      if (event !== 'wait' && !this.#send(event)) {
        this.#letGo()
        return this.#finish(false)
      }
      this.#index += 1
      if (event !== 'wait' || this.#isHurried) continue
      this.#cancelTimer = this.#parts.timers.after(holdMs, () => this.#go())
      return
    }
  }

  #send(event: KeyEvent): boolean {
    if (!this.#parts.send(event)) return false
    if (event.down) this.#down.add(event.code)
    else this.#down.delete(event.code)
    return true
  }

  #letGo(): void {
    for (const code of [...this.#down].toReversed()) this.#send({ code, down: false })
  }

  #finish(isLinked: boolean): void {
    const wasPressed = this.#index > this.#decisive
    this.#parts.onEnd(wasPressed ? (isLinked ? 'sent' : 'unknown') : 'notSent')
  }
}
