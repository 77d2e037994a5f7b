import type { Clock } from '../../server/power/clock.ts'

type Task = { period: number; next: number; run: () => void }

/** A clock that moves only when told. */
export class ManualClock implements Clock {
  #now: number
  readonly #tasks = new Set<Task>()

  constructor(start = 1_800_000_000_000) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  every(periodMs: number, run: () => void): () => void {
    const task = { period: periodMs, next: this.#now + periodMs, run }
    this.#tasks.add(task)
    return () => this.#tasks.delete(task)
  }

  /** Moves on in steps of at most `stepMs`, running what is due and letting promises settle after each step. */
  async advance(ms: number, stepMs = 250): Promise<void> {
    const end = this.#now + ms
    while (this.#now < end) {
      this.#now = Math.min(end, this.#now + stepMs)
      for (const task of this.#tasks) {
        if (task.next > this.#now) continue
        task.next += task.period
        task.run()
      }
      await settle()
    }
  }
}

/** Lets everything that waits for no timer run to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
