/** A picture that takes long is acknowledged in between, so that a slow link is not taken for a dead one. */
const sayEveryMs = 250

/** What has arrived on one socket, and when that is to be said. */
export class Receipts {
  #bytes = 0
  #saidAt = Number.NEGATIVE_INFINITY

  /** More has come, with or without the end of a picture; the total to acknowledge now, or null. */
  add(bytes: number, isWhole: boolean, now: number): number | null {
    this.#bytes += bytes
    if (!isWhole && now - this.#saidAt < sayEveryMs) return null
    this.#saidAt = now
    return this.#bytes
  }
}
