import type { Timers } from '../../server/consoles/timers.ts'

/** A clock that moves only when told. */
export class ManualTimers implements Timers {
  #now = 1_000_000
  #tasks: { at: number; order: number; task: () => void }[] = []
  #order = 0

  now = (): number => this.#now
  count = this.now

  after(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#now + delayMs, order: this.#order++, task }
    this.#tasks.push(entry)
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry)
    }
  }

  /** Moves the clock, running what falls due in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const due = this.#tasks
        .filter((task) => task.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (due === undefined) break
      this.#tasks = this.#tasks.filter((other) => other !== due)
      this.#now = Math.max(this.#now, due.at)
      due.task()
    }
    this.#now = end
  }

  get pending(): number {
    return this.#tasks.length
  }
}
