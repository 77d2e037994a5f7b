import type { Picture } from './picture.ts'

/** Beyond this much waiting, a viewer is too slow however little time has passed. */
const maxWaitingBytes = 1_000_000

/**
 * The H.264 units that wait for one viewer. None is ever left out singly: either all follow since a key frame, or
 * nothing does until the next one. Pure: the caller brings the time.
 */
export class UnitQueue {
  #waiting: { unit: Picture; at: number }[] = []
  #waitingBytes = 0
  #needsKey = true

  /** Nothing that comes can be decoded before a key frame. */
  get needsKey(): boolean {
    return this.#needsKey
  }

  get next(): Picture | null {
    return this.#waiting[0]?.unit ?? null
  }

  /** A unit came. A key frame takes the place of all that wait, since nothing after it needs them. */
  offer(unit: Picture, now: number): void {
    if (unit.isKey) this.reset()
    else if (this.#needsKey) return
    this.#needsKey = false
    this.#waiting.push({ unit, at: now })
    this.#waitingBytes += unit.message.byteLength
  }

  /** Removes and returns the unit that is sent now. */
  take(): Picture | null {
    const unit = this.#waiting.shift()?.unit ?? null
    this.#waitingBytes -= unit?.message.byteLength ?? 0
    return unit
  }

  /** Whether a unit has waited too long; then all are dropped and a key frame is needed. */
  hasMissed(now: number, maxWaitMs: number): boolean {
    const oldest = this.#waiting[0]
    if (oldest === undefined) return false
    if (now - oldest.at <= maxWaitMs && this.#waitingBytes <= maxWaitingBytes) return false
    this.reset()
    return true
  }

  /** Drops what waits: decoding begins anew with a key frame. */
  reset(): void {
    this.#waiting = []
    this.#waitingBytes = 0
    this.#needsKey = true
  }
}
