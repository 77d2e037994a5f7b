/** A device that says nothing for so long counts as gone. @see server/drivers/pikvm/timings.ts */
const deadAfterMs = 10_000

/** The way to one device: open, cut with a reset that both ends see, or swallowing everything without a word. */
export class Link {
  readonly #now: () => number
  #closedAt = 0
  #closedUntil = 0
  #wasReset = false

  constructor(now: () => number) {
    this.#now = now
  }

  get isOpen(): boolean {
    return this.#now() >= this.#closedUntil
  }

  /** Crashcart knows that it is gone. */
  get isDead(): boolean {
    return !this.isOpen && (this.#wasReset || this.#now() - this.#closedAt >= deadAfterMs)
  }

  reset(forMs: number): void {
    this.swallow(forMs)
    this.#wasReset = true
  }

  swallow(forMs: number): void {
    if (this.isOpen) {
      this.#closedAt = this.#now()
      this.#wasReset = false
    }
    this.#closedUntil = Math.max(this.#closedUntil, this.#now() + forMs)
  }
}
