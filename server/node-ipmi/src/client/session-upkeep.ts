import type { Clock } from './clock.ts'

interface UpkeepParts {
  clock: Clock
  /** 0: no keep-alive. */
  keepAliveMs: number
  /** Asks the BMC something harmless. */
  keepAlive(): void
  /** Gives raised privilege back, or not yet: then false, and it is asked again. */
  lower(): boolean
}

const lowerAfterMs = 2000

/** What an open session needs while nobody asks anything: a sign of life, and its privilege lowered after an action. */
export class SessionUpkeep {
  readonly #parts: UpkeepParts
  #cancelKeepAlive = (): void => undefined
  #cancelLower = (): void => undefined

  constructor(parts: UpkeepParts) {
    this.#parts = parts
  }

  /** The session was used just now. */
  used(): void {
    const { clock, keepAliveMs, keepAlive } = this.#parts
    this.#cancelKeepAlive()
    if (keepAliveMs > 0) this.#cancelKeepAlive = clock.after(keepAliveMs, keepAlive)
  }

  /** Its privilege was raised just now. */
  raised(): void {
    this.#cancelLower()
    this.#cancelLower = this.#parts.clock.after(lowerAfterMs, () => {
      if (!this.#parts.lower()) this.raised()
    })
  }

  /** There is no session any more. */
  stop(): void {
    this.#cancelKeepAlive()
    this.#cancelLower()
  }
}
