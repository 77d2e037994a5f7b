/** A spot's mean brightness that differs by this much is no noise. */
const noise = 6
/** As much of a picture as a clock and a cursor cover. */
const smallShare = 0.015
const lookEveryMs = 500
const grid = { width: 128, height: 72 } as const

/** When the picture on show last changed by more than a cursor or a clock, and when at all; null before it did. */
export type Motion = { changedAt: number | null; stirredAt: number | null }

/**
 * Judges brightness on a small grid against the picture since the last real change, as the server does on JPEG; here it
 * also sees H.264. Pure: `values` are the grid's brightness.
 */
export class MotionJudge {
  #reference: Uint8Array | null = null
  #before: Uint8Array | null = null
  #touched = new Uint8Array(0)
  #motion: Motion = { changedAt: null, stirredAt: null }

  look(values: Uint8Array, at: number): Motion {
    if (this.#reference?.length !== values.length) {
      const isFirst = this.#reference === null
      this.#begin(values)
      if (!isFirst) this.#motion = { changedAt: at, stirredAt: at }
      return this.#motion
    }
    const reference = this.#reference
    let isStirred = false
    let touched = 0
    for (const [index, value] of values.entries()) {
      if (Math.abs(value - (this.#before?.[index] ?? value)) > noise) isStirred = true
      if (Math.abs(value - (reference[index] ?? value)) > noise) this.#touched[index] = 1
      touched += this.#touched[index] ?? 0
    }
    this.#before = values
    if (isStirred) this.#motion = { ...this.#motion, stirredAt: at }
    if (touched > values.length * smallShare) {
      this.#begin(values)
      this.#motion = { changedAt: at, stirredAt: at }
    }
    return this.#motion
  }

  #begin(values: Uint8Array): void {
    this.#reference = values
    this.#before = values
    this.#touched = new Uint8Array(values.length)
  }
}

/** Looks at a canvas about twice a second. */
export class MotionWatch {
  readonly #judge = new MotionJudge()
  readonly #small = document.createElement('canvas')
  #lookedAt = Number.NEGATIVE_INFINITY

  /** Null when it is too soon to look again. `at` is the time of the picture, server clock. */
  look(canvas: HTMLCanvasElement, at: number): Motion | null {
    if (performance.now() - this.#lookedAt < lookEveryMs) return null
    this.#lookedAt = performance.now()
    this.#small.width = grid.width
    this.#small.height = grid.height
    const context = this.#small.getContext('2d', { alpha: false, willReadFrequently: true })
    if (context === null) return null
    context.imageSmoothingQuality = 'medium'
    context.drawImage(canvas, 0, 0, grid.width, grid.height)
    const { data } = context.getImageData(0, 0, grid.width, grid.height)
    const values = new Uint8Array(grid.width * grid.height)
    for (let index = 0; index < values.length; index += 1) {
      const from = index * 4
      values[index] = 0.3 * (data[from] ?? 0) + 0.6 * (data[from + 1] ?? 0) + 0.1 * (data[from + 2] ?? 0)
    }
    return this.#judge.look(values, at)
  }
}

/** The later of two times; null when neither is known. */
export function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
}
