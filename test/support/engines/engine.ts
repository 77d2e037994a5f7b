/** A place in the page, in CSS pixels from the top left of what is visible. */
export type Point = { x: number; y: number }

/** One browser engine with one page, driven by what the operating system would report: no scripted events. */
export type Engine = {
  goto(url: string): Promise<void>
  /** Runs a self-contained function in the page; arguments and result pass through JSON, a promise is awaited. */
  evaluate<A extends unknown[], R>(work: (...args: A) => R, ...args: A): Promise<Awaited<R>>
  tap(point: Point): Promise<void>
  /** A finger where the engine can be given one, else the mouse button. */
  hold(point: Point, holdMs: number): Promise<void>
  /** Types into what has the focus. */
  type(text: string): Promise<void>
  close(): Promise<void>
}

/** What stays running behind an engine: ends it when the launch fails half-way as well as at the end. */
export class Closers {
  readonly #steps: (() => Promise<void> | void)[] = []

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step)
  }

  /** Newest first; every step runs, then the first failure is thrown. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const step of this.#steps.splice(0).toReversed()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

/** Launches something in parts; when a part fails, those before it are closed again. */
export async function withClosers<T>(launch: (closers: Closers) => Promise<T>): Promise<T> {
  const closers = new Closers()
  try {
    return await launch(closers)
  } catch (error) {
    await closers.close().catch(() => {
      // The failure of the launch says more than what followed from it.
    })
    throw error
  }
}
