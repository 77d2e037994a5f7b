import type { BitWriter } from './h264-bits.ts'
import { COEFF_TOKEN, RUN_BEFORE, TOTAL_ZEROS, type Code } from './h264-tables.ts'

/** Zigzag order of a 4×4 block. */
const ZIGZAG = Uint8Array.of(0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15)

/** A block as CAVLC sees it: which places in zigzag order, and how many coefficients the neighbours have. */
export type ResidualKind = 'block' | 'ac' | 'chromaDc'

const levels = new Int32Array(16)
const runs = new Int32Array(16)

/**
 * Writes the quantised coefficients of a block (16 of `block`, the last 15 of `ac`, 4 of `chromaDc`) and returns how
 * many are not zero. `nC` is the neighbours' count; it does not matter for chroma DC.
 */
export function writeResidual(bits: BitWriter, block: Int32Array, kind: ResidualKind, nC: number): number {
  const first = kind === 'ac' ? 1 : 0
  const places = kind === 'chromaDc' ? 4 : 16
  const total = collect(block, kind, first, places)
  const ones = trailingOnes(total)
  bits.code(token(kind, nC)[total]![ones]!)
  if (total === 0) return 0
  for (let index = 0; index < ones; index += 1) bits.put(levels[index]! < 0 ? 1 : 0, 1)
  writeLevels(bits, total, ones)
  writeZeros(bits, total, places - first, kind)
  return total
}

/** Fills `levels` and `runs` from the highest place down; returns how many there are. */
function collect(block: Int32Array, kind: ResidualKind, first: number, places: number): number {
  let total = 0
  let zeros = 0
  for (let place = places - 1; place >= first; place -= 1) {
    const level = block[kind === 'chromaDc' ? place : ZIGZAG[place]!]!
    if (level !== 0) {
      levels[total] = level
      runs[total] = 0
      zeros = 0
      total += 1
    } else if (total > 0) {
      zeros += 1
      runs[total - 1] = zeros
    }
  }
  return total
}

function trailingOnes(total: number): number {
  let ones = 0
  while (ones < total && ones < 3 && Math.abs(levels[ones]!) === 1) ones += 1
  return ones
}

function token(kind: ResidualKind, nC: number): readonly Code[][] {
  if (kind === 'chromaDc') return COEFF_TOKEN.chromaDc
  if (nC < 2) return COEFF_TOKEN.nc0
  if (nC < 4) return COEFF_TOKEN.nc2
  return nC < 8 ? COEFF_TOKEN.nc4 : COEFF_TOKEN.nc8
}

function writeLevels(bits: BitWriter, total: number, ones: number): void {
  let suffixLength = total > 10 && ones < 3 ? 1 : 0
  for (let index = ones; index < total; index += 1) {
    const level = levels[index]!
    let code = level > 0 ? 2 * level - 2 : -2 * level - 1
    // After fewer than three ones the next level cannot be a one.
    if (index === ones && ones < 3) code -= 2
    writeLevel(bits, code, suffixLength)
    if (suffixLength === 0) suffixLength = 1
    if (Math.abs(level) > 3 << (suffixLength - 1) && suffixLength < 6) suffixLength += 1
  }
}

function writeLevel(bits: BitWriter, code: number, suffixLength: number): void {
  if (suffixLength === 0) {
    if (code < 14) return writePrefixed(bits, code, 0, 0)
    if (code < 30) return writePrefixed(bits, 14, code - 14, 4)
    return writePrefixed(bits, 15, code - 30, 12)
  }
  const prefix = code >> suffixLength
  if (prefix < 15) return writePrefixed(bits, prefix, code & ((1 << suffixLength) - 1), suffixLength)
  writePrefixed(bits, 15, code - (15 << suffixLength), 12)
}

function writePrefixed(bits: BitWriter, zeros: number, suffix: number, suffixLength: number): void {
  bits.put(1, zeros + 1)
  if (suffixLength > 0) bits.put(suffix, suffixLength)
}

function writeZeros(bits: BitWriter, total: number, places: number, kind: ResidualKind): void {
  let zeros = 0
  for (let index = 0; index < total; index += 1) zeros += runs[index]!
  if (total < places) {
    const tables = kind === 'chromaDc' ? TOTAL_ZEROS.chromaDc : TOTAL_ZEROS.block
    bits.code(tables[total - 1]![zeros]!)
  }
  for (let index = 0; index < total - 1 && zeros > 0; index += 1) {
    bits.code(RUN_BEFORE[Math.min(zeros, 7) - 1]![runs[index]!]!)
    zeros -= runs[index]!
  }
}
