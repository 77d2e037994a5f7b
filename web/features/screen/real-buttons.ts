import type { MouseButtonName } from './mouse-output.ts'

/** By `event.button`, with their bits in `event.buttons`. @see W3C Pointer Events, chorded button interactions */
const kinds: readonly { name: MouseButtonName; bit: number }[] = [
  { name: 'left', bit: 1 },
  { name: 'middle', bit: 4 },
  { name: 'right', bit: 2 },
]

/**
 * The buttons of a real mouse as the machine has them. A browser tells only the first press and the last release as
 * such, those between as movements: what is down is read from `buttons` of each event.
 */
export class RealButtons {
  readonly #press: (button: MouseButtonName, down: boolean) => void
  readonly #held = new Set<MouseButtonName>()

  constructor(press: (button: MouseButtonName, down: boolean) => void) {
    this.#press = press
  }

  /** `isNew`: this event may press; one that was down before it came here is none of ours. */
  follow({ button, buttons }: Pick<PointerEvent, 'button' | 'buttons'>, isNew: boolean): void {
    for (const { name, bit } of kinds) if ((buttons & bit) === 0) this.#set(name, false)
    const changed = kinds[button]
    if (isNew && changed !== undefined && (buttons & changed.bit) !== 0) this.#set(changed.name, true)
  }

  release(): void {
    for (const { name } of kinds) this.#set(name, false)
  }

  #set(name: MouseButtonName, down: boolean): void {
    if (down === this.#held.has(name)) return
    if (down) this.#held.add(name)
    else this.#held.delete(name)
    this.#press(name, down)
  }
}
