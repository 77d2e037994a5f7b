/** Who a viewer is, as far as control is concerned. */
export type Holder = { viewerId: string; userId: string; name: string }

export type TakeOutcome =
  { granted: true; from: Holder | null } | { granted: false; because: 'alreadyYours' | 'someoneElse' }

/**
 * Who may type on a machine now: one viewer or nobody. Another tab of the same person takes it without asking; from
 * someone else it is taken only by naming the viewer who was seen to have it.
 */
export class Control {
  #holder: Holder | null = null

  get holder(): Holder | null {
    return this.#holder
  }

  isHeldBy(viewerId: string): boolean {
    return this.#holder?.viewerId === viewerId
  }

  take(taker: Holder, over: string | undefined): TakeOutcome {
    const from = this.#holder
    if (from?.viewerId === taker.viewerId) return { granted: false, because: 'alreadyYours' }
    const isFree = from === null || from.userId === taker.userId || from.viewerId === over
    if (!isFree) return { granted: false, because: 'someoneElse' }
    this.#holder = taker
    return { granted: true, from }
  }

  /** True when this viewer had it. */
  release(viewerId: string): boolean {
    if (!this.isHeldBy(viewerId)) return false
    this.#holder = null
    return true
  }
}
