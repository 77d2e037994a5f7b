/** Handed out by every subscription; disposing it twice does no harm. */
export interface Subscription extends Disposable {
  dispose(): void
}

/** A list of listeners for one kind of event. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>()

  get size(): number {
    return this.#listeners.size
  }

  add(listener: (value: T) => void): Subscription {
    const own = (value: T): void => listener(value)
    this.#listeners.add(own)
    const dispose = (): void => void this.#listeners.delete(own)
    return { dispose, [Symbol.dispose]: dispose }
  }

  emit(value: T): void {
    for (const listener of this.#listeners) listener(value)
  }

  clear(): void {
    this.#listeners.clear()
  }
}
