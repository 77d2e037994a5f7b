import { changedArea, changedCells, type Area, type Luma } from './follow.ts'

const columns = 160
const rows = 90
/** What changes within this time of a key is taken for its echo. */
const echoMs = 1_500
/** Between keys the picture is looked at only this often: making it small costs time that a phone needs. */
const idleEveryMs = 1_000
/** What changed without a key is left out of account for this long. */
const restlessMs = 15_000

/**
 * Finds where on the picture typing shows, from one picture to the next: what changes right after a key, except where
 * something changes anyway, such as a clock or a cursor that blinks.
 */
export class EchoFinder {
  readonly #context: CanvasRenderingContext2D | null
  readonly #now: () => number
  readonly #restless = new Map<number, number>()
  #before: Luma | null = null
  #readAt = Number.NEGATIVE_INFINITY
  #typedAt = Number.NEGATIVE_INFINITY

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    const small = document.createElement('canvas')
    small.width = columns
    small.height = rows
    this.#context = small.getContext('2d', { willReadFrequently: true, alpha: false })
  }

  /** Something was sent to the machine; `canvas` still shows the picture from before. */
  typed(canvas: HTMLCanvasElement): void {
    if (this.#now() - this.#typedAt > echoMs) this.#compare(canvas)
    this.#typedAt = this.#now()
  }

  /** A new picture is on `canvas`: where typing shows on it, if it does. */
  drawn(canvas: HTMLCanvasElement): Area | null {
    const now = this.#now()
    if (now - this.#typedAt <= echoMs) {
      const [before, after] = [this.#before, this.#read(canvas)]
      return before && after ? changedArea(before, after, canvas, this.#restlessNow()) : null
    }
    if (now - this.#readAt >= idleEveryMs) this.#compare(canvas)
    return null
  }

  /** Nobody typed since the last look: what is different now changes by itself. */
  #compare(canvas: HTMLCanvasElement): void {
    const [before, after] = [this.#before, this.#read(canvas)]
    if (before === null || after === null) return
    for (const cell of changedCells(before, after)) this.#restless.set(cell, this.#now())
  }

  #restlessNow(): ReadonlySet<number> {
    for (const [cell, at] of this.#restless) if (this.#now() - at > restlessMs) this.#restless.delete(cell)
    return new Set(this.#restless.keys())
  }

  #read(canvas: HTMLCanvasElement): Luma | null {
    if (this.#context === null || canvas.width === 0 || canvas.height === 0) return null
    this.#readAt = this.#now()
    this.#context.drawImage(canvas, 0, 0, columns, rows)
    const { data } = this.#context.getImageData(0, 0, columns, rows)
    const cells = new Uint8ClampedArray(columns * rows)
    for (let index = 0; index < cells.length; index += 1) {
      const at = index * 4
      cells[index] = 0.3 * (data[at] ?? 0) + 0.6 * (data[at + 1] ?? 0) + 0.1 * (data[at + 2] ?? 0)
    }
    this.#before = { columns, rows, cells }
    return this.#before
  }
}
