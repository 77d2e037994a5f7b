/** Integer transform and quantisation of 4×4 blocks (ITU-T H.264, 8.5). Blocks are 16 numbers, row by row. */

/** Quantiser and its inverse at one QP: factors for the places (0,0), (1,1) and the rest. */
const FORWARD = [
  [13107, 5243, 8066],
  [11916, 4660, 7490],
  [10082, 4194, 6554],
  [9362, 3647, 5825],
  [8192, 3355, 5243],
  [7282, 2893, 4559],
] as const
const INVERSE = [
  [10, 16, 13],
  [11, 18, 14],
  [13, 20, 16],
  [14, 23, 18],
  [16, 25, 20],
  [18, 29, 23],
] as const

/** What transforms of one QP need. QP 12 to 29: below, DC scaling rounds; above, chroma has a QP of its own. */
export interface Quantiser {
  forward: Int32Array
  inverse: Int32Array
  shift: number
  scale: number
}

/** @throws RangeError for a QP outside 12 to 29 */
export function quantiser(qp: number): Quantiser {
  if (qp < 12 || qp > 29) throw new RangeError(`QP ${qp} is not between 12 and 29`)
  const spread = (factors: readonly [number, number, number]) =>
    Int32Array.from({ length: 16 }, (_, place) => {
      const odd = (place & 1) + ((place >> 2) & 1)
      return factors[odd === 0 ? 0 : odd === 2 ? 1 : 2]
    })
  const row = qp % 6
  return {
    forward: spread(FORWARD[row] ?? FORWARD[0]),
    inverse: spread(INVERSE[row] ?? INVERSE[0]),
    shift: 15 + Math.floor(qp / 6),
    scale: Math.floor(qp / 6),
  }
}

function butterfly(block: Int32Array, start: number, step: number): void {
  const a = block[start]!
  const b = block[start + step]!
  const c = block[start + 2 * step]!
  const d = block[start + 3 * step]!
  const outer = a + d
  const inner = b + c
  const outerDifference = a - d
  const innerDifference = b - c
  block[start] = outer + inner
  block[start + step] = 2 * outerDifference + innerDifference
  block[start + 2 * step] = outer - inner
  block[start + 3 * step] = outerDifference - 2 * innerDifference
}

/** Transforms a block of differences in place. */
export function transform(block: Int32Array): void {
  for (let row = 0; row < 4; row += 1) butterfly(block, row * 4, 1)
  for (let column = 0; column < 4; column += 1) butterfly(block, column, 4)
}

function inverseButterfly(block: Int32Array, start: number, step: number): void {
  const a = block[start]!
  const b = block[start + step]!
  const c = block[start + 2 * step]!
  const d = block[start + 3 * step]!
  const even = a + c
  const evenDifference = a - c
  const oddDifference = (b >> 1) - d
  const odd = b + (d >> 1)
  block[start] = even + odd
  block[start + step] = evenDifference + oddDifference
  block[start + 2 * step] = evenDifference - oddDifference
  block[start + 3 * step] = even - odd
}

/** Turns scaled coefficients back into differences, in place. */
export function inverseTransform(block: Int32Array): void {
  for (let row = 0; row < 4; row += 1) inverseButterfly(block, row * 4, 1)
  for (let column = 0; column < 4; column += 1) inverseButterfly(block, column, 4)
  for (let place = 0; place < 16; place += 1) block[place] = (block[place]! + 32) >> 6
}

/** The 4×4 Hadamard transform, in place; its own inverse but for the scale. */
export function hadamard(block: Int32Array): void {
  for (let row = 0; row < 4; row += 1) hadamardOf(block, row * 4, 1)
  for (let column = 0; column < 4; column += 1) hadamardOf(block, column, 4)
}

function hadamardOf(block: Int32Array, start: number, step: number): void {
  const a = block[start]!
  const b = block[start + step]!
  const c = block[start + 2 * step]!
  const d = block[start + 3 * step]!
  block[start] = a + b + c + d
  block[start + step] = a + b - c - d
  block[start + 2 * step] = a - b - c + d
  block[start + 3 * step] = a - b + c - d
}

/** The 2×2 Hadamard transform of four numbers, in place. */
export function hadamard2(block: Int32Array): void {
  const [a, b, c, d] = [block[0]!, block[1]!, block[2]!, block[3]!]
  block[0] = a + b + c + d
  block[1] = a - b + c - d
  block[2] = a + b - c - d
  block[3] = a - b - c + d
}

/** Quantises places `from` to 15 in place; true when something is left. Rounds by a third or, between frames, a sixth. */
export function quantise(block: Int32Array, from: number, with_: Quantiser, isIntra: boolean): boolean {
  const rounding = Math.floor(2 ** with_.shift / (isIntra ? 3 : 6))
  let some = 0
  for (let place = from; place < 16; place += 1) {
    const level = quantised(block[place]!, with_.forward[place]!, rounding, with_.shift)
    block[place] = level
    some |= level
  }
  return some !== 0
}

/** Quantises the first `count` numbers of a DC block in place; true when something is left. */
export function quantiseDc(block: Int32Array, count: number, with_: Quantiser, isIntra: boolean): boolean {
  const shift = with_.shift + 1
  const rounding = Math.floor(2 ** shift / (isIntra ? 3 : 6))
  let some = 0
  for (let place = 0; place < count; place += 1) {
    const level = quantised(block[place]!, with_.forward[0]!, rounding, shift)
    block[place] = level
    some |= level
  }
  return some !== 0
}

function quantised(value: number, factor: number, rounding: number, shift: number): number {
  // The product may need more than 31 bits.
  const level = Math.floor((Math.abs(value) * factor + rounding) / 2 ** shift)
  return value < 0 ? -level : level
}

/** Scales quantised places `from` to 15 back, in place. */
export function rescale(block: Int32Array, from: number, with_: Quantiser): void {
  for (let place = from; place < 16; place += 1)
    block[place] = (block[place]! * with_.inverse[place]!) << with_.scale
}

/** Scales the luma DC block back, in place. */
export function rescaleLumaDc(block: Int32Array, with_: Quantiser): void {
  hadamard(block)
  for (let place = 0; place < 16; place += 1)
    block[place] = (block[place]! * with_.inverse[0]!) << (with_.scale - 2)
}

/** Scales a chroma DC block of four back, in place. */
export function rescaleChromaDc(block: Int32Array, with_: Quantiser): void {
  hadamard2(block)
  for (let place = 0; place < 4; place += 1)
    block[place] = ((block[place]! * with_.inverse[0]!) << with_.scale) >> 1
}
