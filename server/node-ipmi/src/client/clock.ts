/** Time as the client sees it, so that tests can move it. */
export interface Clock {
  /** Milliseconds that never run backwards. */
  nowMs(): number
  /** Calls back once after `delayMs`; the return value cancels it. */
  after(delayMs: number, callback: () => void): () => void
}

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}
