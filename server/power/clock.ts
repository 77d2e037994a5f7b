/** Time as power actions use it, so that tests can hold the clock. */
export type Clock = {
  /** ms since the epoch. */
  now(): number
  /** Runs `task` every `periodMs` until the returned function is called. */
  every(periodMs: number, task: () => void): () => void
}

/** The process's own clock; its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  every(periodMs, task) {
    const timer = setInterval(task, periodMs)
    timer.unref()
    return () => clearInterval(timer)
  },
}
