import type { BitWriter } from './h264-bits.ts'
import { writeResidual } from './h264-cavlc.ts'
import type { Area } from './h264-predict.ts'
import {
  hadamard,
  hadamard2,
  inverseTransform,
  quantise,
  quantiseDc,
  rescale,
  rescaleChromaDc,
  rescaleLumaDc,
  transform,
  type Quantiser,
} from './h264-transform.ts'

/** Numbers of coefficients of the blocks of one plane, which choose the codes of the blocks right of and below them. */
export class BlockCounts {
  readonly #columns: number
  readonly #counts: Uint8Array

  constructor(columns: number, rows: number) {
    this.#columns = columns
    this.#counts = new Uint8Array(columns * rows)
  }

  get(column: number, row: number): number {
    return this.#counts[row * this.#columns + column]!
  }

  set(column: number, row: number, count: number): void {
    this.#counts[row * this.#columns + column] = count
  }

  /** Forgets the square of blocks that starts there. */
  clear(column: number, row: number, size: number): void {
    for (let line = row; line < row + size; line += 1) {
      const start = line * this.#columns + column
      this.#counts.fill(0, start, start + size)
    }
  }

  /** nC: the mean of the left and the upper block, or the one there is. */
  expected(column: number, row: number): number {
    const left = column > 0 ? this.get(column - 1, row) : null
    const top = row > 0 ? this.get(column, row - 1) : null
    if (left !== null && top !== null) return (left + top + 1) >> 1
    return left ?? top ?? 0
  }
}

/** The quantised difference between a square and its prediction: 4×4 blocks, and DC apart where it is coded apart. */
export interface Residual {
  /** Row by row. */
  blocks: Int32Array[]
  /** Which blocks have something left beside DC coded apart. */
  isCoded: boolean[]
  dc: Int32Array
  hasDc: boolean
}

/** `apart`: DC of intra luma and of chroma is transformed once more and coded by itself. */
export function residualOf(
  wanted: Area,
  prediction: Uint8Array,
  quantiser: Quantiser,
  options: { isIntra: boolean; dcApart: boolean },
): Residual {
  const perLine = wanted.size / 4
  const dc = new Int32Array(16)
  const blocks = Array.from({ length: perLine * perLine }, (_, index) => {
    const block = differences(wanted, prediction, (index % perLine) * 4, Math.floor(index / perLine) * 4)
    transform(block)
    if (options.dcApart) {
      dc[index] = block[0]!
      block[0] = 0
    }
    return block
  })
  const isCoded = blocks.map((block) => quantise(block, 0, quantiser, options.isIntra))
  if (!options.dcApart) return { blocks, isCoded, dc, hasDc: false }
  if (perLine === 4) {
    hadamard(dc)
    for (let place = 0; place < 16; place += 1) dc[place] = dc[place]! >> 1
  } else hadamard2(dc)
  return { blocks, isCoded, dc, hasDc: quantiseDc(dc, perLine * perLine, quantiser, options.isIntra) }
}

function differences(
  { plane, stride, x, y, size }: Area,
  prediction: Uint8Array,
  blockX: number,
  blockY: number,
) {
  const block = new Int32Array(16)
  for (let line = 0; line < 4; line += 1) {
    const from = (y + blockY + line) * stride + x + blockX
    const predicted = (blockY + line) * size + blockX
    for (let place = 0; place < 4; place += 1)
      block[line * 4 + place] = plane[from + place]! - prediction[predicted + place]!
  }
  return block
}

/** Draws prediction and residual into the decoded picture, exactly as a decoder does. Uses the residual up. */
export function reconstruct(
  decoded: Area,
  prediction: Uint8Array,
  residual: Residual | null,
  quantiser: Quantiser,
  dcApart: boolean,
): void {
  const { plane, stride, x, y, size } = decoded
  for (let line = 0; line < size; line += 1)
    plane.set(prediction.subarray(line * size, line * size + size), (y + line) * stride + x)
  if (!residual) return
  if (residual.hasDc && size === 16) rescaleLumaDc(residual.dc, quantiser)
  if (residual.hasDc && size === 8) rescaleChromaDc(residual.dc, quantiser)
  const perLine = size / 4
  residual.blocks.forEach((block, index) => {
    const dc = residual.hasDc ? residual.dc[index]! : 0
    if (!residual.isCoded[index] && dc === 0) return
    rescale(block, 0, quantiser)
    if (dcApart) block[0] = dc
    inverseTransform(block)
    addBlock(decoded, block, (index % perLine) * 4, Math.floor(index / perLine) * 4)
  })
}

function addBlock({ plane, stride, x, y }: Area, block: Int32Array, blockX: number, blockY: number): void {
  for (let line = 0; line < 4; line += 1)
    for (let place = 0; place < 4; place += 1) {
      const at = (y + blockY + line) * stride + x + blockX + place
      plane[at] = Math.min(255, Math.max(0, plane[at]! + block[line * 4 + place]!))
    }
}

/** Order in which the luma blocks of a macroblock are coded, as column and row. */
export const LUMA_ORDER: readonly (readonly [number, number])[] = Array.from({ length: 16 }, (_, index) => [
  (index & 1) | ((index >> 1) & 2),
  ((index >> 1) & 1) | ((index >> 2) & 2),
])

/** Writes one block and remembers how many coefficients it has. */
export function writeBlock(
  bits: BitWriter,
  block: Int32Array,
  kind: 'block' | 'ac',
  counts: BlockCounts,
  place: { column: number; row: number },
): void {
  const nC = counts.expected(place.column, place.row)
  counts.set(place.column, place.row, writeResidual(bits, block, kind, nC))
}
