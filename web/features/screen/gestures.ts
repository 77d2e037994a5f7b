import type { Point } from './view-transform.ts'

export type Gesture =
  | { type: 'pan'; dx: number; dy: number }
  | { type: 'pinch'; from: Point; to: Point; factor: number }
  | { type: 'tap'; at: Point }
  /** The second tap of two; the first was told as `tap` already. */
  | { type: 'doubleTap'; at: Point }
  | { type: 'longPress'; at: Point }

const slopPx = 8
export const longPressMs = 500
const doubleTapMs = 300
const doubleTapPx = 32

type Finger = Point & { start: Point }

/**
 * Tells what fingers do, from their positions and times (ms). Pure: after a finger goes down the caller asks `held`
 * once `longPressMs` have passed.
 */
export class GestureTracker {
  readonly #fingers = new Map<number, Finger>()
  #startedAt = 0
  /** A touch that moved, pressed long, or had a second finger is no tap any more. */
  #canBeTap = false
  #lastTap: { at: Point; time: number } | null = null

  down(id: number, at: Point, time: number): void {
    this.#canBeTap = this.#fingers.size === 0
    this.#fingers.set(id, { ...at, start: at })
    this.#startedAt = time
  }

  move(id: number, at: Point): Gesture[] {
    const finger = this.#fingers.get(id)
    if (finger === undefined || this.#fingers.size > 2) return []
    if (this.#canBeTap && distance(at, finger.start) < slopPx) return []
    this.#canBeTap = false
    const before = [...this.#fingers.values()].map(({ x, y }) => ({ x, y }))
    const last = { x: finger.x, y: finger.y }
    finger.x = at.x
    finger.y = at.y
    if (this.#fingers.size === 1) return [{ type: 'pan', dx: at.x - last.x, dy: at.y - last.y }]
    return [pinchBetween(before, [...this.#fingers.values()])]
  }

  up(id: number, time: number): Gesture[] {
    const finger = this.#fingers.get(id)
    this.#fingers.delete(id)
    if (finger === undefined || !this.#canBeTap || this.#fingers.size > 0) return []
    this.#canBeTap = false
    return [this.#tap(finger.start, time)]
  }

  cancel(id: number): void {
    this.#fingers.delete(id)
    this.#canBeTap = false
  }

  /** The finger that still rests where it went down `longPressMs` ago is a long press, and no tap later. */
  held(time: number): Gesture[] {
    const finger = [...this.#fingers.values()][0]
    if (finger === undefined || !this.#canBeTap || time - this.#startedAt < longPressMs) return []
    this.#canBeTap = false
    return [{ type: 'longPress', at: finger.start }]
  }

  #tap(at: Point, time: number): Gesture {
    const last = this.#lastTap
    const isSecond = last !== null && time - last.time < doubleTapMs && distance(at, last.at) < doubleTapPx
    this.#lastTap = isSecond ? null : { at, time }
    return { type: isSecond ? 'doubleTap' : 'tap', at }
  }
}

function pinchBetween(before: Point[], after: Point[]): Gesture {
  const [a, b] = [spanOf(before), spanOf(after)]
  return { type: 'pinch', from: a.centre, to: b.centre, factor: a.length === 0 ? 1 : b.length / a.length }
}

function spanOf(points: Point[]): { centre: Point; length: number } {
  const [one = { x: 0, y: 0 }, other = one] = points
  return { centre: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 }, length: distance(one, other) }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}
