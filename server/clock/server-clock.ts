/** Crashcart is not older than this: a clock that says less has not been set yet. */
export const earliestNow = Date.UTC(2026, 0, 1)

/**
 * The server's time, in whole ms since the epoch. It runs on by the machine's own count: whoever sets the system's clock
 * moves nothing that is being measured. Only `step` puts it right (`keep-clock.ts`).
 */
export class ServerClock {
  readonly #systemNow: () => number
  readonly #count: () => number
  #base: number

  constructor(systemNow: () => number = Date.now, count: () => number = () => performance.now()) {
    this.#systemNow = systemNow
    this.#count = count
    this.#base = systemNow() - count()
  }

  readonly now = (): number => Math.round(this.#base + this.#count())

  /** How far the system's clock is ahead of this one, ms. */
  get behindMs(): number {
    return this.#systemNow() - this.now()
  }

  step(byMs: number): void {
    this.#base += byMs
  }
}
