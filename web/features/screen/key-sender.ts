import type { ScreenClientMessage } from '../../../server/contract/screen.ts'
import type { MouseEventOut } from './mouse-output.ts'

type MouseButton = Extract<ScreenClientMessage, { type: 'button' }>['button']
/** Sends now or not at all; false when there is no link. */
type Send = (message: ScreenClientMessage) => boolean

const holdingEveryMs = 250
const validCode = /^[A-Z][A-Za-z0-9]{1,23}$/

/**
 * Keys and mouse of this page, in their order. It remembers what is down, filters repeats, and says four times a
 * second that it still holds something: a server that hears nothing lets go.
 */
export class KeySender {
  readonly #send: Send
  readonly #held = new Set<string>()
  #seq = 0
  #heartbeat: ReturnType<typeof setInterval> | undefined

  constructor(send: Send) {
    this.#send = send
  }

  get isHolding(): boolean {
    return this.#held.size > 0
  }

  /** A key (`KeyboardEvent.code`) went down or up. Releases of what is not held here are left out. */
  key(code: string, down: boolean): void {
    if (!validCode.test(code) || !this.#remember(code, down)) return
    this.#send({ type: 'key', seq: this.#next(), code, down })
  }

  /** Presses and lets go of one key, within the modifiers given. */
  tap(code: string, modifiers: readonly string[] = []): void {
    for (const modifier of modifiers) this.key(modifier, true)
    this.key(code, true)
    this.key(code, false)
    modifiers.reduceRight<void>((_done, modifier) => this.key(modifier, false), undefined)
  }

  button(button: MouseButton, down: boolean): void {
    if (!this.#remember(`mouse:${button}`, down)) return
    this.#send({ type: 'button', seq: this.#next(), button, down })
  }

  mouse(event: MouseEventOut): void {
    switch (event.type) {
      case 'button':
        return this.button(event.button, event.down)
      case 'move':
        this.#send({ type: 'move', seq: this.#next(), x: event.at.x, y: event.at.y })
        return
      case 'relative':
        return this.#relative(event.dx, event.dy)
      case 'wheel':
        this.#send({ type: 'wheel', seq: this.#next(), dx: clampDelta(event.dx), dy: clampDelta(event.dy) })
    }
  }

  /** Lets go of everything; safe to call at any time. */
  allUp(): void {
    if (!this.isHolding) return
    this.forget()
    this.#send({ type: 'allUp' })
  }

  /** The link is gone or another has control: the server has let go already. */
  forget(): void {
    this.#held.clear()
    this.#beat()
  }

  /** A new link counts from 1 again and holds nothing. */
  reset(): void {
    this.forget()
    this.#seq = 0
  }

  /** A mouse report carries ±127; a longer way goes out in several. */
  #relative(dx: number, dy: number): void {
    const reports = Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) / 127)
    for (let index = 0; index < reports; index += 1) {
      const part = (whole: number): number =>
        Math.round((whole * (index + 1)) / reports) - Math.round((whole * index) / reports)
      this.#send({ type: 'relative', seq: this.#next(), dx: part(dx), dy: part(dy) })
    }
  }

  #next(): number {
    this.#seq += 1
    return this.#seq
  }

  #remember(what: string, down: boolean): boolean {
    if (down === this.#held.has(what)) return false
    if (down) this.#held.add(what)
    else this.#held.delete(what)
    this.#beat()
    return true
  }

  #beat(): void {
    if (!this.isHolding) {
      clearInterval(this.#heartbeat)
      this.#heartbeat = undefined
      return
    }
    this.#heartbeat ??= setInterval(() => this.#send({ type: 'holding' }), holdingEveryMs)
  }
}

function clampDelta(delta: number): number {
  return Math.max(-127, Math.min(127, Math.round(delta)))
}
