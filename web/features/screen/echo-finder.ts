import { changedArea, type Area, type Luma } from './follow.ts'

const columns = 160
const rows = 90
/** What changes within this time of a key is taken for its echo. */
const echoMs = 1_500

/**
 * Finds where on the picture typing shows, from one picture to the next. It looks only for a moment after something was
 * typed: making a picture small costs time that a phone needs for drawing.
 */
export class EchoFinder {
  readonly #context: CanvasRenderingContext2D | null
  readonly #now: () => number
  #before: Luma | null = null
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
    const isFirst = this.#now() - this.#typedAt > echoMs
    this.#typedAt = this.#now()
    if (isFirst || this.#before === null) this.#before = this.#read(canvas)
  }

  /** A new picture is on `canvas`: where it differs from the one before, while something is being typed. */
  drawn(canvas: HTMLCanvasElement): Area | null {
    if (this.#now() - this.#typedAt > echoMs) return null
    const after = this.#read(canvas)
    const before = this.#before
    this.#before = after
    return before && after ? changedArea(before, after, canvas) : null
  }

  #read(canvas: HTMLCanvasElement): Luma | null {
    if (this.#context === null || canvas.width === 0 || canvas.height === 0) return null
    this.#context.drawImage(canvas, 0, 0, columns, rows)
    const { data } = this.#context.getImageData(0, 0, columns, rows)
    const cells = new Uint8ClampedArray(columns * rows)
    for (let index = 0; index < cells.length; index += 1) {
      const at = index * 4
      cells[index] = 0.3 * (data[at] ?? 0) + 0.6 * (data[at + 1] ?? 0) + 0.1 * (data[at + 2] ?? 0)
    }
    return { columns, rows, cells }
  }
}
