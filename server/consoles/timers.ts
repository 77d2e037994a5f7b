/** Time as the consoles use it, so that tests can hold the clock. */
export type Timers = {
  /** ms since the epoch. */
  now(): number
  /** Runs `task` once after `delayMs`; the returned function prevents it. */
  after(delayMs: number, task: () => void): () => void
}

/** The process's own clock; its timers never keep the process alive. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
