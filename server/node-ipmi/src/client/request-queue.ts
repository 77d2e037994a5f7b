import { deferred } from './deferred.ts'

interface Entry {
  isUrgent: boolean
  start: () => void
}

/** One job at a time; urgent ones (power) go before those that wait, in order among themselves. */
export class RequestQueue {
  readonly #waiting: Entry[] = []
  #isBusy = false

  get isIdle(): boolean {
    return !this.#isBusy
  }

  /** Runs `job` when its turn comes. An abort while waiting rejects at once and the job never starts. */
  async run<T>(
    job: () => Promise<T>,
    options: { isUrgent?: boolean; signal?: AbortSignal } = {},
  ): Promise<T> {
    options.signal?.throwIfAborted()
    if (this.#isBusy) await this.#wait(options.isUrgent ?? false, options.signal)
    this.#isBusy = true
    try {
      return await job()
    } finally {
      this.#next()
    }
  }

  #wait(isUrgent: boolean, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = deferred<void>()
    const onAbort = (): void => {
      const index = this.#waiting.indexOf(entry)
      if (index >= 0) this.#waiting.splice(index, 1)
      reject(signal?.reason)
    }
    const entry: Entry = {
      isUrgent,
      start() {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    const before = isUrgent ? this.#waiting.findIndex((e) => !e.isUrgent) : -1
    if (before >= 0) this.#waiting.splice(before, 0, entry)
    else this.#waiting.push(entry)
    return promise
  }

  /** Hands the turn on; the queue stays busy so that nobody slips in between. */
  #next(): void {
    const entry = this.#waiting.shift()
    if (entry) entry.start()
    else this.#isBusy = false
  }
}
