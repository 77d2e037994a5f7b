/**
 * Estimates how far the server's clock is ahead of ours. A sample is as good as its round trip is short, so the
 * shortest one of the last ten wins.
 */
export class ServerClock {
  #samples: { offsetMs: number; roundTripMs: number }[] = []

  /** `serverTime` was read between `sentAt` and `sentAt + roundTripMs` (our clock). Returns the new estimate. */
  add(sample: { sentAt: number; roundTripMs: number; serverTime: number }): number {
    const offsetMs = sample.serverTime - (sample.sentAt + sample.roundTripMs / 2)
    this.#samples = [...this.#samples.slice(-9), { offsetMs, roundTripMs: sample.roundTripMs }]
    return this.offsetMs
  }

  /** Add this to Date.now() for the server's time; 0 before the first sample. */
  get offsetMs(): number {
    const best = [...this.#samples].sort((a, b) => a.roundTripMs - b.roundTripMs)[0]
    return best?.offsetMs ?? 0
  }
}
