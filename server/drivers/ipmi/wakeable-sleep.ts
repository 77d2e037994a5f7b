/** A pause that can be cut short. */
export interface WakeableSleep {
  /** Resolves after `ms`, at `wake()`, or when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  wake(): void
}

/** One sleeper at a time; a `wake` while nobody sleeps cuts the next pause short. */
export function wakeableSleep(): WakeableSleep {
  let isAwake = false
  let cut: (() => void) | null = null
  return {
    wait(ms, signal) {
      if (isAwake || signal.aborted) {
        isAwake = false
        return Promise.resolve()
      }
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', finish)
          cut = null
          isAwake = false
          resolve()
        }
        const timer = setTimeout(finish, ms)
        signal.addEventListener('abort', finish, { once: true })
        cut = finish
      })
    },
    wake() {
      isAwake = true
      cut?.()
    },
  }
}
