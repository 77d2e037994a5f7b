import { hasPassed } from '../../clock/has-passed.ts'
import type { BmcState, Observed } from '../../contract/state.ts'
import type { DriverLog, Unsubscribe } from '../driver.ts'

/** Nobody needs the age of a value oftener than this, ms. */
const agesEveryMs = 2_000

/** Newest state of one BMC and its listeners. */
export interface ObservedBmc {
  readonly state: BmcState
  onChange(listener: (state: BmcState) => void): Unsubscribe
  /** Takes new values in; listeners hear of changes at once, of newer ages now and then. */
  set(change: Partial<BmcState>): void
}

/** A value as seen now: `since` stays while it is the same. */
export function seen<T>(before: Observed<T>, value: T | null, now: number): Observed<T> {
  const isSame = JSON.stringify(before.value) === JSON.stringify(value)
  return { value, observedAt: now, since: isSame ? before.since : now }
}

/** Begins with `first`; a listener that throws is logged and harms nobody else. */
export function observeBmc(first: BmcState, now: () => number, log: DriverLog): ObservedBmc {
  const listeners = new Set<(state: BmcState) => void>()
  let state = first
  let told = valuesOf(first)
  let toldAt = 0
  return {
    get state() {
      return state
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    set(change) {
      state = { ...state, ...change }
      const values = valuesOf(state)
      if (values === told && !hasPassed(toldAt, now(), agesEveryMs)) return
      told = values
      toldAt = now()
      for (const listener of Array.from(listeners)) {
        try {
          listener(state)
        } catch (error) {
          log.warn({ err: error, endpointId: state.endpointId }, 'A listener of a BMC failed')
        }
      }
    },
  }
}

function valuesOf(state: BmcState): string {
  const values = Object.entries(state).map(([name, value]: [string, unknown]) => {
    const isObserved = typeof value === 'object' && value !== null && 'observedAt' in value
    return [name, isObserved ? (value as Observed<unknown>).value : value]
  })
  return JSON.stringify(values)
}
