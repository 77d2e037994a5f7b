import type { Point } from './view-transform.ts'

export type Gesture =
  | { type: 'pan'; dx: number; dy: number }
  | { type: 'pinch'; from: Point; to: Point; factor: number }
  /** Two fingers that keep their distance; only where `scrolls` said so. */
  | { type: 'scroll'; dx: number; dy: number }
  | { type: 'tap'; at: Point }
  /** The second tap of two; the first was told as `tap` already. */
  | { type: 'doubleTap'; at: Point }
  /** The finger came up again where it had rested. */
  | { type: 'longPress'; at: Point }
  /** The finger rested and then moved: from `from`, where it rested. */
  | { type: 'dragStart'; from: Point }
  | { type: 'drag'; at: Point; dx: number; dy: number }
  | { type: 'dragEnd' }

const slopPx = 8
export const longPressMs = 500
const doubleTapMs = 300
const doubleTapPx = 32
/** Until two fingers have moved this far it is open whether they pinch or scroll. */
const pairSlopPx = 12

type Finger = Point & { start: Point }

/**
 * Tells what fingers do, from their positions and times (ms). Pure: after a finger goes down the caller asks `held`
 * once `longPressMs` have passed. `scrolls`: whether two fingers may scroll now, otherwise they pinch.
 */
export class GestureTracker {
  readonly #scrolls: () => boolean
  readonly #fingers = new Map<number, Finger>()
  #startedAt = 0
  /** A touch that moved, pressed long, or had a second finger is no tap any more. */
  #canBeTap = false
  #press: 'none' | 'resting' | 'dragging' = 'none'
  #pair: 'undecided' | 'pinch' | 'scroll' = 'undecided'
  #lastTap: { at: Point; time: number } | null = null

  constructor(scrolls: () => boolean = () => false) {
    this.#scrolls = scrolls
  }

  down(id: number, at: Point, time: number): Gesture[] {
    const ended = this.#endPress()
    this.#canBeTap = this.#fingers.size === 0
    this.#fingers.set(id, { ...at, start: at })
    for (const finger of this.#fingers.values()) finger.start = { x: finger.x, y: finger.y }
    this.#pair = this.#scrolls() ? 'undecided' : 'pinch'
    this.#startedAt = time
    return ended
  }

  move(id: number, at: Point): Gesture[] {
    const finger = this.#fingers.get(id)
    if (finger === undefined || this.#fingers.size > 2) return []
    const isStill = distance(at, finger.start) < slopPx
    if (isStill && (this.#canBeTap || this.#press === 'resting')) return []
    this.#canBeTap = false
    const before = [...this.#fingers.values()].map(({ x, y }) => ({ x, y }))
    const [dx, dy] = [at.x - finger.x, at.y - finger.y]
    finger.x = at.x
    finger.y = at.y
    if (this.#press !== 'none') return this.#dragged(finger, dx, dy)
    if (this.#fingers.size === 1) return [{ type: 'pan', dx, dy }]
    return this.#pairMoved(before, dx, dy)
  }

  up(id: number, time: number): Gesture[] {
    const finger = this.#fingers.get(id)
    this.#fingers.delete(id)
    if (finger === undefined) return []
    if (this.#press === 'resting') {
      this.#press = 'none'
      return [{ type: 'longPress', at: finger.start }]
    }
    const ended = this.#endPress()
    if (!this.#canBeTap || this.#fingers.size > 0) return ended
    this.#canBeTap = false
    return [...ended, this.#tap(finger.start, time)]
  }

  cancel(id: number): Gesture[] {
    this.#fingers.delete(id)
    this.#canBeTap = false
    return this.#endPress()
  }

  /** True when the finger still rests where it went down `longPressMs` ago: it presses long or drags from now on. */
  held(time: number): boolean {
    if (this.#fingers.size !== 1 || !this.#canBeTap || time - this.#startedAt < longPressMs) return false
    this.#canBeTap = false
    this.#press = 'resting'
    return true
  }

  #dragged(finger: Finger, dx: number, dy: number): Gesture[] {
    const at = { x: finger.x, y: finger.y }
    if (this.#press === 'dragging') return [{ type: 'drag', at, dx, dy }]
    this.#press = 'dragging'
    const whole = { dx: at.x - finger.start.x, dy: at.y - finger.start.y }
    return [
      { type: 'dragStart', from: finger.start },
      { type: 'drag', at, ...whole },
    ]
  }

  #endPress(): Gesture[] {
    const wasDragging = this.#press === 'dragging'
    this.#press = 'none'
    return wasDragging ? [{ type: 'dragEnd' }] : []
  }

  #pairMoved(before: Point[], dx: number, dy: number): Gesture[] {
    const fingers = [...this.#fingers.values()]
    if (this.#pair === 'undecided') this.#pair = decided(fingers)
    if (this.#pair === 'undecided') return []
    // Each finger's movement comes by itself; the middle between them moves by half of it.
    if (this.#pair === 'scroll') return [{ type: 'scroll', dx: dx / 2, dy: dy / 2 }]
    return [pinchBetween(before, fingers)]
  }

  #tap(at: Point, time: number): Gesture {
    const last = this.#lastTap
    const isSecond = last !== null && time - last.time < doubleTapMs && distance(at, last.at) < doubleTapPx
    this.#lastTap = isSecond ? null : { at, time }
    return { type: isSecond ? 'doubleTap' : 'tap', at }
  }
}

function decided(fingers: Finger[]): 'undecided' | 'pinch' | 'scroll' {
  const [then, now] = [spanOf(fingers.map(({ start }) => start)), spanOf(fingers)]
  const spread = Math.abs(now.length - then.length)
  if (spread > 2 * pairSlopPx) return 'pinch'
  return distance(now.centre, then.centre) > pairSlopPx ? 'scroll' : 'undecided'
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
