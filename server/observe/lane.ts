/** Runs at most `width` tasks at once; the others wait in order. */
export class Lane {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(width: number) {
    this.#free = width
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = this.#waiting.shift()
      // The place is handed on, so that nobody who comes later can take it.
      if (next === undefined) this.#free++
      else next()
    }
  }
}
