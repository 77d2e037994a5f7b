/** Time as the consoles use it, so that tests can hold the clock. */
export type Timers = {
  /** ms since the epoch, for people to read; it may be put right at any moment. */
  now(): number
  /** ms by the machine's own count, which nobody sets: for all that is measured. */
  count(): number
  /** Runs `task` once after `delayMs`; the returned function prevents it. */
  after(delayMs: number, task: () => void): () => void
}

/** The process's own clock; its timers never keep the process alive. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  count: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
