/** A running timer; calling it cancels the timer and is harmless afterwards. */
export type CancelTimer = () => void

/**
 * Time as simulated hardware feels it, in milliseconds since the clock was made.
 * Everything with a duration (a boot, a button press, a busy relay) is measured with it.
 */
export interface SimClock {
  nowMs(): number
  after(delayMs: number, run: () => void): CancelTimer
}

/**
 * Wall time, sped up by `speed`: with 20 a boot of 10 s takes half a second.
 * Its timers do not keep the process alive.
 */
export function scaledClock(speed = 1): SimClock {
  const startedAt = performance.now()
  return {
    nowMs: () => (performance.now() - startedAt) * speed,
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs / speed)
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}

interface ManualTimer {
  dueMs: number
  order: number
  run: () => void
}

/** A clock that stands still until a test advances it; timers fire in the order they are due. */
export class ManualClock implements SimClock {
  #nowMs = 0
  #order = 0
  readonly #timers = new Set<ManualTimer>()

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): CancelTimer {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** Moves time on by `durationMs`, firing what becomes due, including timers set meanwhile. */
  advance(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs
    for (let next = this.#nextDue(untilMs); next; next = this.#nextDue(untilMs)) {
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.run()
    }
    this.#nowMs = untilMs
  }

  #nextDue(untilMs: number): ManualTimer | undefined {
    let first: ManualTimer | undefined
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue
      const isEarlier =
        !first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)
      if (isEarlier) first = timer
    }
    return first
  }
}

/** Resolves after `delayMs` of that clock's time. */
export function sleep(clock: SimClock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve)
  })
}
