/** The time that a device has for several steps together. */
export interface Patience {
  /** What is left of it, ms; at least 1. */
  leftMs(): number
  /** Does not count the time that `ours` takes, which is no fault of the device. */
  without<T>(ours: Promise<T>): Promise<T>
}

/** Begins to count now. Each step alone may be in time, and all of them too late. */
export function startPatience(ms: number): Patience {
  let until = performance.now() + ms
  return {
    leftMs: () => Math.max(1, Math.ceil(until - performance.now())),
    async without(ours) {
      const since = performance.now()
      try {
        return await ours
      } finally {
        until += performance.now() - since
      }
    },
  }
}
