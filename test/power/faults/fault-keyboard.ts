import type { BootKeyNews } from '../../../server/domain.ts'
import type { FaultMachine } from './fault-machine.ts'
import type { BootKey } from './judge-keys.ts'

/** The keyboard of a simulated machine while keys for its firmware are pressed: whoever has it keeps it. */
export class FaultKeyboard {
  /** Every key as it left Crashcart. */
  readonly pressed: BootKey[] = []
  readonly #machine: FaultMachine
  #holder: { keys: readonly string[]; tell: BootKeyNews } | null = null

  constructor(machine: FaultMachine) {
    this.#machine = machine
  }

  /** The answer gives it back. Null: it is taken. */
  take(keys: readonly string[], tell: BootKeyNews): (() => void) | null {
    if (this.#holder !== null) return null
    const holder = { keys, tell }
    this.#holder = holder
    return () => {
      if (this.#holder === holder) this.#holder = null
    }
  }

  /** Whoever had it is gone. */
  letGo(): void {
    this.#holder = null
  }

  pressBootKeys(): void {
    if (this.#holder === null) return
    for (const key of this.#holder.keys) {
      this.pressed.push({ key, at: this.#machine.now() })
      this.#machine.typeBootKey(key)
    }
    this.#holder.tell.pressed()
  }
}
