const width = 32

/**
 * Accepts each inbound session sequence number once, at most 31 below the highest seen and `reach` above it; zero is
 * never valid. Numbers wrap from 0xFFFFFFFF to 1. @see IPMI 2.0 §6.12.13
 */
export class ReplayWindow {
  readonly #reach: number
  #highest: number | undefined
  #seen = 0

  constructor(reach = Infinity) {
    this.#reach = reach
  }

  /** True when the packet is new and should be used; it is remembered. */
  accept(sequence: number): boolean {
    if (sequence === 0) return false
    if (this.#highest === undefined) {
      this.#highest = sequence
      this.#seen = 1
      return true
    }
    const ahead = (sequence - this.#highest) | 0
    if (ahead > this.#reach) return false
    if (ahead > 0) return this.#advance(sequence, ahead)
    const behind = -ahead
    if (behind >= width) return false
    const bit = 1 << behind
    if ((this.#seen & bit) !== 0) return false
    this.#seen |= bit
    return true
  }

  #advance(sequence: number, ahead: number): boolean {
    this.#seen = ahead >= width ? 1 : (this.#seen << ahead) | 1
    this.#highest = sequence
    return true
  }
}

/** The session sequence number after this one; 0 is skipped. */
export function nextSessionSequence(sequence: number): number {
  return sequence === 0xffff_ffff ? 1 : sequence + 1
}
