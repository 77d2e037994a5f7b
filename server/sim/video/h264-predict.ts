import type { Planes } from './h264-planes.ts'

/** A square of one plane. */
export interface Area {
  plane: Uint8Array
  stride: number
  x: number
  y: number
  size: number
}

/** Intra16x16 prediction modes. */
const INTRA16 = { vertical: 0, horizontal: 1, dc: 2 } as const

/** The square of a plane that belongs to a macroblock, by its column and row. */
export function areaOf(planes: Planes, part: 'luma' | 'cb' | 'cr', column: number, row: number): Area {
  const size = part === 'luma' ? 16 : 8
  const stride = part === 'luma' ? planes.width : planes.width / 2
  return { plane: planes[part], stride, x: column * size, y: row * size, size }
}

/** Copies the square of another picture, moved down by `dy` pixels there, into `into`. */
export function predictInter(reference: Area, dy: number, into: Uint8Array): void {
  const { plane, stride, x, y, size } = reference
  for (let line = 0; line < size; line += 1) {
    const from = (y + line + dy) * stride + x
    into.set(plane.subarray(from, from + size), line * size)
  }
}

/** Sum of absolute differences between a square and its prediction. */
export function difference({ plane, stride, x, y, size }: Area, prediction: Uint8Array): number {
  let sum = 0
  for (let line = 0; line < size; line += 1)
    for (let place = 0; place < size; place += 1)
      sum += Math.abs(plane[(y + line) * stride + x + place]! - prediction[line * size + place]!)
  return sum
}

/** True when both squares, the other moved down by `dy` pixels, show the same. */
export function isSame(one: Area, other: Area, dy: number): boolean {
  for (let line = 0; line < one.size; line += 1) {
    const here = (one.y + line) * one.stride + one.x
    const there = (other.y + line + dy) * other.stride + other.x
    for (let place = 0; place < one.size; place += 1)
      if (one.plane[here + place] !== other.plane[there + place]) return false
  }
  return true
}

const trial = new Uint8Array(256)

/** Predicts a luma square from its decoded neighbours in the best of three ways; returns the mode and what is left. */
export function predictIntra16(
  decoded: Area,
  wanted: Area,
  into: Uint8Array,
): { mode: number; difference: number } {
  const best = { mode: INTRA16.dc as number, difference: 0 }
  into.fill(meanOf(decoded))
  best.difference = difference(wanted, into)
  const modes = [decoded.y > 0 ? INTRA16.vertical : null, decoded.x > 0 ? INTRA16.horizontal : null]
  for (const mode of modes) {
    if (mode === null || best.difference === 0) continue
    if (mode === INTRA16.vertical) spreadTop(decoded)
    else spreadLeft(decoded)
    const sum = difference(wanted, trial)
    if (sum >= best.difference) continue
    Object.assign(best, { mode, difference: sum })
    into.set(trial)
  }
  return best
}

function spreadTop({ plane, stride, x, y }: Area): void {
  const from = (y - 1) * stride + x
  for (let line = 0; line < 16; line += 1) trial.set(plane.subarray(from, from + 16), line * 16)
}

function spreadLeft({ plane, stride, x, y }: Area): void {
  for (let line = 0; line < 16; line += 1)
    trial.fill(plane[(y + line) * stride + x - 1]!, line * 16, line * 16 + 16)
}

function meanOf(area: Area): number {
  const top = area.y > 0
  const left = area.x > 0
  if (top && left) return (sumTop(area, 0, 16) + sumLeft(area, 0, 16) + 16) >> 5
  if (top) return (sumTop(area, 0, 16) + 8) >> 4
  return left ? (sumLeft(area, 0, 16) + 8) >> 4 : 128
}

function sumTop({ plane, stride, x, y }: Area, from: number, count: number): number {
  let sum = 0
  for (let place = from; place < from + count; place += 1) sum += plane[(y - 1) * stride + x + place]!
  return sum
}

function sumLeft({ plane, stride, x, y }: Area, from: number, count: number): number {
  let sum = 0
  for (let place = from; place < from + count; place += 1) sum += plane[(y + place) * stride + x - 1]!
  return sum
}

/** Predicts a chroma square from its decoded neighbours: the mean of what borders each of its four blocks. */
export function predictChromaDc(decoded: Area, into: Uint8Array): void {
  for (const blockY of [0, 4])
    for (const blockX of [0, 4]) {
      const mean = chromaMean(decoded, blockX, blockY)
      for (let line = blockY; line < blockY + 4; line += 1)
        into.fill(mean, line * 8 + blockX, line * 8 + blockX + 4)
    }
}

function chromaMean(area: Area, blockX: number, blockY: number): number {
  const top = area.y > 0 ? sumTop(area, blockX, 4) : null
  const left = area.x > 0 ? sumLeft(area, blockY, 4) : null
  // The blocks off the diagonal prefer the side that they touch.
  if (blockX !== blockY) {
    const nearer = blockX > blockY ? (top ?? left) : (left ?? top)
    return nearer === null ? 128 : (nearer + 2) >> 2
  }
  if (top !== null && left !== null) return (top + left + 4) >> 3
  const only = top ?? left
  return only === null ? 128 : (only + 2) >> 2
}
