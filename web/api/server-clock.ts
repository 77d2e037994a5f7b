/** Estimates that differ by more than their round trips explain, and by this: the server's clock was set meanwhile. */
const jumpMs = 60_000

/**
 * Estimates how far the server's clock is ahead of ours. A sample is as good as its round trip is short, so the
 * shortest one of the last ten wins.
 */
export class ServerClock {
  #samples: { offsetMs: number; roundTripMs: number }[] = []

  /** `serverTime` was read between `sentAt` and `sentAt + roundTripMs` (our clock). Returns the new estimate. */
  add(sample: { sentAt: number; roundTripMs: number; serverTime: number }): number {
    const offsetMs = sample.serverTime - (sample.sentAt + sample.roundTripMs / 2)
    const { roundTripMs } = sample
    const still = this.#samples.filter(
      (other) => Math.abs(other.offsetMs - offsetMs) < jumpMs + (other.roundTripMs + roundTripMs) / 2,
    )
    this.#samples = [...still.slice(-9), { offsetMs, roundTripMs }]
    return this.offsetMs
  }

  /** Add this to Date.now() for the server's time; 0 before the first sample. */
  get offsetMs(): number {
    const best = [...this.#samples].sort((a, b) => a.roundTripMs - b.roundTripMs)[0]
    return best?.offsetMs ?? 0
  }
}
