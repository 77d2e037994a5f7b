const windowMs = 3_000

/** Pictures and bytes per second over the last three seconds. */
export class DeliveryMeter {
  #arrivals: { at: number; bytes: number }[] = []

  add(bytes: number, at: number): void {
    this.#arrivals.push({ at, bytes })
    this.#forget(at)
  }

  read(now: number): { framesPerSecond: number; kilobytesPerSecond: number } {
    this.#forget(now)
    const bytes = this.#arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0)
    return {
      framesPerSecond: Math.round(this.#arrivals.length / (windowMs / 1000)),
      kilobytesPerSecond: Math.round(bytes / windowMs),
    }
  }

  #forget(now: number): void {
    this.#arrivals = this.#arrivals.filter(({ at }) => now - at < windowMs)
  }
}
