import type { KeyEvent } from './text-plan.ts'

export type MouseButton = 'left' | 'middle' | 'right' | 'up' | 'down'
export type HeldEvent = ({ type: 'key' } & KeyEvent) | { type: 'button'; button: MouseButton; down: boolean }

/** A boot-protocol keyboard report has six places; PiKVM lets go of all six when a seventh key comes. */
const maxHeldKeys = 6
const modifier = /^(Shift|Control|Alt|Meta)(Left|Right)$/

/**
 * What one person holds down on a machine. Pure: each change answers with the events to put on the wire, so that
 * whatever comes in, every press is followed by exactly one release and repeats are filtered.
 */
export class HeldKeys {
  readonly #keys = new Set<string>()
  readonly #buttons = new Set<MouseButton>()

  /** Codes of the keys that are down. */
  get codes(): ReadonlySet<string> {
    return this.#keys
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#buttons.size === 0
  }

  /** A key went down or up. With six normal keys held, the one held longest is let go first. */
  key(code: string, down: boolean): HeldEvent[] {
    if (!down) return this.#keys.delete(code) ? [{ type: 'key', code, down }] : []
    if (this.#keys.has(code)) return []
    const evicted = this.#evictFor(code)
    this.#keys.add(code)
    return [...evicted, { type: 'key', code, down }]
  }

  /** A mouse button went down or up. */
  button(button: MouseButton, down: boolean): HeldEvent[] {
    const changes = down ? !this.#buttons.has(button) : this.#buttons.has(button)
    if (!changes) return []
    if (down) this.#buttons.add(button)
    else this.#buttons.delete(button)
    return [{ type: 'button', button, down }]
  }

  /** Lets go of everything, the last pressed first. */
  releaseAll(): HeldEvent[] {
    const events = this.#events(false).toReversed()
    this.forget()
    return events
  }

  /** The presses that restore what is held after the device let go of it by itself; modifiers first. */
  pressAgain(): HeldEvent[] {
    const events = this.#events(true)
    const isModifier = (event: HeldEvent): boolean => event.type === 'key' && modifier.test(event.code)
    return [...events.filter(isModifier), ...events.filter((event) => !isModifier(event))]
  }

  /** Nothing is held any more, and there is nobody to tell. */
  forget(): void {
    this.#keys.clear()
    this.#buttons.clear()
  }

  #events(down: boolean): HeldEvent[] {
    return [
      ...[...this.#keys].map((code): HeldEvent => ({ type: 'key', code, down })),
      ...[...this.#buttons].map((button): HeldEvent => ({ type: 'button', button, down })),
    ]
  }

  #evictFor(code: string): HeldEvent[] {
    if (modifier.test(code)) return []
    const normal = [...this.#keys].filter((held) => !modifier.test(held))
    const oldest = normal[0]
    if (oldest === undefined || normal.length < maxHeldKeys) return []
    this.#keys.delete(oldest)
    return [{ type: 'key', code: oldest, down: false }]
  }
}
