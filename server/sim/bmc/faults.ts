/** What goes wrong between a BMC and its network, and lies that it tells; changed at any time. */
export interface BmcFaults {
  /** Share of datagrams lost, in each direction, 0 to 1. */
  lossRate: number
  duplicateRate: number
  /** Share of datagrams overtaken by the next one. */
  reorderRate: number
  /** Every answer comes so late. */
  delayMs: number
  lie: BmcLie | null
  /** Hears and obeys chassis control, but its answers to that never arrive. */
  losesPowerAnswers: boolean
  /** Says nothing at all. */
  isDead: boolean
  /** Requests ("netFn command" in hex) that it answers with "busy" now. */
  busyWith: readonly string[]
}

/** Lies in the login. */
export type BmcLie = 'other algorithms' | 'wrong RAKP 2 code' | 'wrong RAKP 4 value'

export const noFaults: BmcFaults = {
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  delayMs: 0,
  lie: null,
  losesPowerAnswers: false,
  isDead: false,
  busyWith: [],
}

/** A small generator of numbers in [0, 1) that gives the same series for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A line on which datagrams are lost, doubled, late or out of order, as `faults` say at that moment. */
export class FaultyLine {
  readonly #faults: () => BmcFaults
  readonly #random: () => number
  #held: (() => void) | undefined
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(faults: () => BmcFaults, random: () => number) {
    this.#faults = faults
    this.#random = random
  }

  /** Hands a datagram over: never, once or twice, now or later. */
  pass(deliver: () => void): void {
    const faults = this.#faults()
    if (faults.isDead || this.#random() < faults.lossRate) return
    if (!this.#held && this.#random() < faults.reorderRate) {
      this.#hold(deliver)
      return
    }
    this.#later(faults.delayMs, deliver)
    if (this.#random() < faults.duplicateRate) this.#later(faults.delayMs, deliver)
    const held = this.#held
    this.#held = undefined
    if (held) this.#later(faults.delayMs, held)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#held = undefined
  }

  /** Waits for the next datagram to overtake it, but not for ever. */
  #hold(deliver: () => void): void {
    this.#held = deliver
    this.#later(20, () => {
      if (this.#held !== deliver) return
      this.#held = undefined
      deliver()
    })
  }

  #later(delayMs: number, deliver: () => void): void {
    if (delayMs === 0) return deliver()
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      deliver()
    }, delayMs)
    this.#timers.add(timer)
  }
}
