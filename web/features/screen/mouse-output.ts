import type { Point } from './view-transform.ts'

export type MouseButtonName = 'left' | 'middle' | 'right'
/** What goes to the machine's mouse. Positions are −32768…32767; wheel steps count up and right as positive. */
export type MouseEventOut =
  | { type: 'move'; at: Point }
  | { type: 'relative'; dx: number; dy: number }
  | { type: 'button'; button: MouseButtonName; down: boolean }
  | { type: 'wheel'; dx: number; dy: number }

/** A turn of so many pixels or lines is one step of the machine's wheel. */
const wheelStepPx = 100
const wheelStepLines = 3
const touchStepPx = 24

/**
 * Movement on its way to the machine: fingers and mice report far more often than a screen shows, so one position a
 * frame goes out, and a button never before the movement that led to it.
 */
export class MouseOutput {
  readonly #send: (event: MouseEventOut) => void
  readonly #nextFrame: (task: () => void) => void
  #at: Point | null = null
  #by: Point = { x: 0, y: 0 }
  #turned: Point = { x: 0, y: 0 }
  #isWaiting = false

  constructor(
    send: (event: MouseEventOut) => void,
    nextFrame: (task: () => void) => void = (task) => void requestAnimationFrame(task),
  ) {
    this.#send = send
    this.#nextFrame = nextFrame
  }

  moveTo(at: Point): void {
    this.#at = at
    this.#flushSoon()
  }

  /** Relative, in the machine's own steps; what is left of a step is kept. */
  moveBy(dx: number, dy: number): void {
    this.#by = { x: this.#by.x + dx, y: this.#by.y + dy }
    this.#flushSoon()
  }

  button(button: MouseButtonName, down: boolean): void {
    this.flush()
    this.#send({ type: 'button', button, down })
  }

  click(button: MouseButtonName): void {
    this.button(button, true)
    this.button(button, false)
  }

  /** Two fingers moved by so many pixels: the content follows them. */
  scrollBy(dx: number, dy: number): void {
    this.#turn(-dx / touchStepPx, dy / touchStepPx)
  }

  /** A wheel or trackpad turned. */
  wheel({ deltaX, deltaY, deltaMode }: Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode'>): void {
    const step = deltaMode === 0 ? wheelStepPx : wheelStepLines
    this.#turn(deltaX / step, -deltaY / step)
  }

  flush(): void {
    this.#isWaiting = false
    if (this.#at !== null) this.#send({ type: 'move', at: this.#at })
    this.#at = null
    const [dx, dy] = [wholeSteps(this.#by.x), wholeSteps(this.#by.y)]
    if (dx === 0 && dy === 0) return
    this.#by = { x: this.#by.x - dx, y: this.#by.y - dy }
    this.#send({ type: 'relative', dx, dy })
  }

  #turn(right: number, up: number): void {
    // A turn back begins anew instead of undoing what was left of the last one.
    const kept = (left: number, more: number): number => (left * more < 0 ? more : left + more)
    this.#turned = { x: kept(this.#turned.x, right), y: kept(this.#turned.y, up) }
    const [dx, dy] = [wholeSteps(this.#turned.x), wholeSteps(this.#turned.y)]
    if (dx === 0 && dy === 0) return
    this.#turned = { x: this.#turned.x - dx, y: this.#turned.y - dy }
    this.#send({ type: 'wheel', dx, dy })
  }

  #flushSoon(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#nextFrame(() => this.flush())
  }
}

/** Thirds and tenths that add up to a step are a step. */
function wholeSteps(part: number): number {
  return Math.trunc(part + Math.sign(part) * 1e-6) || 0
}
