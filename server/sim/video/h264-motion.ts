import type { Planes } from './h264-planes.ts'

/** Places that must have moved together for a picture to count as scrolled. */
const MOVED_PLACES = 24
/** Lines that are compared at each place: a glyph's dots make neighbouring lines equal. */
const LINES = 24
const MAX_SCROLL = 512

/**
 * How far the picture moved straight up or down, in luma pixels of the earlier one (even, so that chroma moves by
 * whole pixels too); 0 when it did not.
 */
export function findScroll(before: Planes, now: Planes): number {
  const earlier = placeHashes(before)
  const known = new Map<number, number>()
  // Of equal places none says where it came from.
  earlier.forEach((hash, y) => known.set(hash, known.has(hash) ? -1 : y))
  const votes = new Map<number, number>()
  placeHashes(now).forEach((hash, y) => {
    const from = known.get(hash)
    if (from === undefined || from < 0 || hash === earlier[y]) return
    votes.set(from - y, (votes.get(from - y) ?? 0) + 1)
  })
  let best = { dy: 0, count: MOVED_PLACES - 1 }
  for (const [dy, count] of votes)
    if (count > best.count && dy % 2 === 0 && Math.abs(dy) <= MAX_SCROLL) best = { dy, count }
  return best.dy
}

/** For each line that has enough below it, a hash of it and of those. */
function placeHashes({ width, height, luma }: Planes): Int32Array {
  const words = new Int32Array(luma.buffer, luma.byteOffset, (width * height) / 4)
  const perLine = width / 4
  const lines = Int32Array.from({ length: height }, (_, y) =>
    hashOf(words.subarray(y * perLine, (y + 1) * perLine)),
  )
  return Int32Array.from({ length: Math.max(0, height - LINES + 1) }, (_, y) =>
    hashOf(lines.subarray(y, y + LINES)),
  )
}

function hashOf(words: Int32Array): number {
  let hash = 0
  for (const word of words) hash = (Math.imul(hash, 31) + word) | 0
  return hash
}

/** Vertical motion of each macroblock, in luma pixels; horizontal motion is always 0. */
export class MotionField {
  readonly #columns: number
  readonly #isInter: Uint8Array
  readonly #dy: Int16Array

  constructor(columns: number, rows: number) {
    this.#columns = columns
    this.#isInter = new Uint8Array(columns * rows)
    this.#dy = new Int16Array(columns * rows)
  }

  /** Remembers a macroblock's motion; null for one without (intra). */
  set(column: number, row: number, dy: number | null): void {
    const index = row * this.#columns + column
    this.#isInter[index] = dy === null ? 0 : 1
    this.#dy[index] = dy ?? 0
  }

  /** The motion that a decoder expects of a whole macroblock from those before it. */
  expected(column: number, row: number): number {
    const left = this.#at(column - 1, row)
    const top = this.#at(column, row - 1)
    const corner = this.#at(column + 1, row - 1)
    const right = corner === undefined ? this.#at(column - 1, row - 1) : corner
    if (top === undefined && right === undefined && left !== undefined) return left ?? 0
    const moving = [left, top, right].filter((dy) => dy !== undefined && dy !== null)
    if (moving.length === 1) return moving[0] ?? 0
    return median(left ?? 0, top ?? 0, right ?? 0)
  }

  /** The motion of a macroblock that is skipped. */
  whenSkipped(column: number, row: number): number {
    const left = this.#at(column - 1, row)
    const top = this.#at(column, row - 1)
    if (left === undefined || top === undefined || left === 0 || top === 0) return 0
    return this.expected(column, row)
  }

  /** Undefined outside the picture, null for a macroblock without motion. */
  #at(column: number, row: number): number | null | undefined {
    if (column < 0 || row < 0 || column >= this.#columns) return undefined
    const index = row * this.#columns + column
    return this.#isInter[index] === 1 ? this.#dy[index]! : null
  }
}

function median(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
