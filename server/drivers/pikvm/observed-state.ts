import type { KvmState, LedWiring } from '../../contract/state.ts'
import type { DriverLog, StateSource } from '../driver.ts'
import {
  advanceView,
  differenceOf,
  isSourceOnline,
  startingView,
  toKvmState,
  type ViewInput,
} from './kvm-view.ts'
import { createListeners } from './listeners.ts'

/** What flickers (disk LED, a moving picture) is told at most this often, ms. */
const flickerMs = 1_000

export type ObservedState = StateSource & {
  /** What the device says of its video source now, whoever's it is; null while it does not know. */
  readonly isSourceOnline: boolean | null
  take(input: ViewInput): void
  close(): void
}

/**
 * The state of one PiKVM and its listeners. `state` is always as fresh as the last sign of life; listeners hear of
 * changes of values, not of ages.
 */
export function createObservedState(parts: {
  endpointId: string
  /** Of its Switch; null: of the machine plugged in directly. */
  port: number | null
  ledWiring: LedWiring | undefined
  now(): number
  log: DriverLog
}): ObservedState {
  const listeners = createListeners<KvmState>(parts.log)
  let view = startingView(parts.now(), parts.ledWiring, parts.port)
  let timer: NodeJS.Timeout | undefined

  const current = () => toKvmState(view, parts.endpointId)
  const tell = () => {
    clearTimeout(timer)
    timer = undefined
    listeners.tell(current())
  }
  function take(input: ViewInput): void {
    const before = view
    view = advanceView(view, input, parts.now())
    const difference = differenceOf(before, view)
    if (difference === 'now') tell()
    if (difference === 'soon') timer ??= setTimeout(tell, flickerMs)
  }
  return {
    get state() {
      return current()
    },
    get isSourceOnline() {
      return isSourceOnline(view)
    },
    onChange: (listener) => listeners.add(listener),
    forgetMachine: () => take({ type: 'machineChanged' }),
    take,
    close: () => clearTimeout(timer),
  }
}
