import type { MachineState } from '../contract/state.ts'
import { changeWeight } from './change-weight.ts'

export type TellTimes = {
  /** Flickering values are told at most this often, ms. */
  soonMs: number
  /** A state in which nothing changed is told this often, ms, so that its age stays true. */
  refreshMs: number
}

/** When to tell of one machine: at once what matters, and the rest later, as it is then. */
export class TellPace {
  readonly #times: TellTimes
  readonly #now: () => number
  readonly #tell: (state: MachineState) => void
  #told: MachineState
  #newest: MachineState
  #toldAt = 0
  #timer: NodeJS.Timeout | null = null

  constructor(first: MachineState, times: TellTimes, now: () => number, tell: (state: MachineState) => void) {
    this.#told = first
    this.#newest = first
    this.#times = times
    this.#now = now
    this.#tell = tell
  }

  put(state: MachineState): void {
    this.#newest = state
    const weight = changeWeight(this.#told, state)
    const waitMs = { now: 0, soon: this.#times.soonMs, age: this.#times.refreshMs }[weight]
    const leftMs = this.#toldAt + waitMs - this.#now()
    // More than all of it is left when the clock was put back meanwhile.
    if (leftMs <= 0 || leftMs > waitMs) this.#tellNow()
    else if (weight === 'soon') {
      this.#timer ??= setTimeout(() => {
        this.#timer = null
        this.put(this.#newest)
      }, leftMs)
    }
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #tellNow(): void {
    this.stop()
    this.#told = this.#newest
    this.#toldAt = this.#now()
    this.#tell(this.#told)
  }
}
