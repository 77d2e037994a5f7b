/** Who a viewer is, as far as control is concerned. */
export type Holder = { viewerId: string; userId: string; name: string }

export type TakeOutcome =
  { granted: true; from: Holder | null } | { granted: false; because: 'alreadyYours' | 'someoneElse' }

/** `over`: the viewer of someone else to take it from. `instead`: the viewer that a page was before it came back. */
export type TakeWish = { over?: string | undefined; instead?: string | undefined }

/**
 * Who may type on a machine now: one viewer or nobody. Another tab of the same person takes it without asking, unless
 * it only comes back: then the tab that was chosen since keeps it. From someone else it is taken only by naming the
 * viewer who was seen to have it.
 */
export class Control {
  #holder: Holder | null = null

  get holder(): Holder | null {
    return this.#holder
  }

  isHeldBy(viewerId: string): boolean {
    return this.#holder?.viewerId === viewerId
  }

  take(taker: Holder, { over, instead }: TakeWish = {}): TakeOutcome {
    const from = this.#holder
    if (from?.viewerId === taker.viewerId) return { granted: false, because: 'alreadyYours' }
    const isOwn = from?.userId === taker.userId && (instead === undefined || from?.viewerId === instead)
    if (from !== null && !isOwn && (over === undefined || from.viewerId !== over))
      return { granted: false, because: 'someoneElse' }
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
