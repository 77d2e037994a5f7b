import type { DriverLog, Unsubscribe } from '../driver.ts'

/** Who wants to hear of `T`. A listener that throws is logged and harms nobody else. */
export interface Listeners<T> {
  readonly size: number
  add(listener: (value: T) => void): Unsubscribe
  tell(value: T): void
}

/** Empty set of listeners. Adding the same function twice makes two subscriptions. */
export function createListeners<T>(log: DriverLog): Listeners<T> {
  const entries = new Set<{ listener: (value: T) => void }>()
  return {
    get size() {
      return entries.size
    },
    add(listener) {
      const entry = { listener }
      entries.add(entry)
      return () => void entries.delete(entry)
    },
    tell(value) {
      for (const { listener } of Array.from(entries)) {
        try {
          listener(value)
        } catch (error) {
          log.warn({ err: error }, 'A listener of a PiKVM connection failed')
        }
      }
    },
  }
}
