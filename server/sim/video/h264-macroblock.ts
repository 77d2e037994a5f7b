import type { BitWriter } from './h264-bits.ts'
import { writeResidual } from './h264-cavlc.ts'
import type { MotionField } from './h264-motion.ts'
import type { Planes } from './h264-planes.ts'
import { areaOf, difference, isSame, predictChromaDc, predictInter, predictIntra16 } from './h264-predict.ts'
import {
  LUMA_ORDER,
  reconstruct,
  residualOf,
  writeBlock,
  type BlockCounts,
  type Residual,
} from './h264-residual.ts'
import type { Quantiser } from './h264-transform.ts'

/** Everything that coding one picture needs. */
export interface PictureContext {
  bits: BitWriter
  quantiser: Quantiser
  wanted: Planes
  /** What a decoder has of this picture so far. */
  decoded: Planes
  /** The picture before, as it was wanted and as a decoder has it; null in a key frame. */
  before: { wanted: Planes; decoded: Planes; scroll: number } | null
  motion: MotionField
  counts: { luma: BlockCounts; cb: BlockCounts; cr: BlockCounts }
}

/** Code numbers of coded_block_pattern in inter macroblocks (ITU-T H.264, table 9-4), by their pattern. */
const INTER_PATTERNS = [
  0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44, 33, 34, 36, 40, 39,
  43, 45, 46, 17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41,
]
const CODE_OF_PATTERN = Uint8Array.from(INTER_PATTERNS, (_, pattern) => INTER_PATTERNS.indexOf(pattern))

const PARTS = ['luma', 'cb', 'cr'] as const
const CHROMA = ['cb', 'cr'] as const

const prediction = { luma: new Uint8Array(256), cb: new Uint8Array(64), cr: new Uint8Array(64) }
const intra = new Uint8Array(256)

/** Codes one macroblock after `skipped` skipped ones; returns the number of skipped ones before the next. */
export function codeMacroblock(
  context: PictureContext,
  column: number,
  row: number,
  skipped: number,
): number {
  clearCounts(context, column, row)
  if (!context.before) {
    codeIntra(context, column, row)
    return 0
  }
  const unmoved = unchangedMotion(context, column, row)
  if (unmoved !== null) return codeUnchanged(context, column, row, unmoved, skipped)
  context.bits.ue(skipped)
  const wanted = areaOf(context.wanted, 'luma', column, row)
  const { mode, difference: intraDifference } = predictIntra16(
    areaOf(context.decoded, 'luma', column, row),
    wanted,
    intra,
  )
  predictFrom(context.before.decoded, column, row, 0)
  if (difference(wanted, prediction.luma) <= intraDifference) codeInter(context, column, row, 0)
  else codeIntra(context, column, row, { mode, luma: intra })
  return 0
}

function clearCounts({ counts }: PictureContext, column: number, row: number): void {
  counts.luma.clear(column * 4, row * 4, 4)
  counts.cb.clear(column * 2, row * 2, 2)
  counts.cr.clear(column * 2, row * 2, 2)
}

/** Motion with which the former picture shows exactly this, or null. */
function unchangedMotion({ wanted, before }: PictureContext, column: number, row: number): number | null {
  if (!before) return null
  const shows = (dy: number) =>
    PARTS.every((part) => {
      const moved = part === 'luma' ? dy : dy / 2
      return isSame(areaOf(wanted, part, column, row), areaOf(before.wanted, part, column, row), moved)
    })
  if (shows(0)) return 0
  const { scroll } = before
  const isInside = row * 16 + scroll >= 0 && row * 16 + 16 + scroll <= wanted.height
  return scroll !== 0 && isInside && shows(scroll) ? scroll : null
}

function codeUnchanged(
  context: PictureContext,
  column: number,
  row: number,
  dy: number,
  skipped: number,
): number {
  const { bits, motion, before, decoded } = context
  const isSkipped = motion.whenSkipped(column, row) === dy
  if (!isSkipped) {
    bits.ue(skipped)
    writeInterHead(context, column, row, dy)
    bits.ue(CODE_OF_PATTERN[0]!)
  }
  motion.set(column, row, dy)
  if (before && dy !== 0) {
    predictFrom(before.decoded, column, row, dy)
    for (const part of PARTS)
      reconstruct(areaOf(decoded, part, column, row), prediction[part], null, context.quantiser, false)
  }
  return isSkipped ? skipped + 1 : 0
}

function predictFrom(reference: Planes, column: number, row: number, dy: number): void {
  for (const part of PARTS)
    predictInter(areaOf(reference, part, column, row), part === 'luma' ? dy : dy / 2, prediction[part])
}

/** The type P_L0_16x16 and its motion, in quarters of a pixel. */
function writeInterHead({ bits, motion }: PictureContext, column: number, row: number, dy: number): void {
  bits.ue(0)
  bits.se(0)
  bits.se(4 * (dy - motion.expected(column, row)))
}

function codeInter(context: PictureContext, column: number, row: number, dy: number): void {
  const { bits, quantiser, wanted, decoded, counts, motion } = context
  const options = { isIntra: false, dcApart: false }
  const luma = residualOf(areaOf(wanted, 'luma', column, row), prediction.luma, quantiser, options)
  const chroma = chromaResiduals(context, column, row, false)
  const quarters = [0, 1, 2, 3].filter((quarter) =>
    LUMA_ORDER.slice(quarter * 4, quarter * 4 + 4).some(([x, y]) => luma.isCoded[y * 4 + x]),
  )
  const pattern = quarters.reduce((sum, quarter) => sum | (1 << quarter), 0) | (chroma.pattern << 4)
  writeInterHead(context, column, row, dy)
  motion.set(column, row, dy)
  bits.ue(CODE_OF_PATTERN[pattern]!)
  if (pattern !== 0) bits.se(0)
  for (const quarter of quarters)
    for (const [x, y] of LUMA_ORDER.slice(quarter * 4, quarter * 4 + 4))
      writeBlock(bits, luma.blocks[y * 4 + x]!, 'block', counts.luma, {
        column: column * 4 + x,
        row: row * 4 + y,
      })
  writeChroma(context, column, row, chroma)
  reconstruct(areaOf(decoded, 'luma', column, row), prediction.luma, luma, quantiser, false)
  reconstructChroma(context, column, row, chroma)
}

function codeIntra(
  context: PictureContext,
  column: number,
  row: number,
  known?: { mode: number; luma: Uint8Array },
): void {
  const { bits, quantiser, wanted, decoded, counts, motion, before } = context
  const wantedLuma = areaOf(wanted, 'luma', column, row)
  const decodedLuma = areaOf(decoded, 'luma', column, row)
  const mode = known?.mode ?? predictIntra16(decodedLuma, wantedLuma, intra).mode
  for (const part of CHROMA) predictChromaDc(areaOf(decoded, part, column, row), prediction[part])
  const luma = residualOf(wantedLuma, intra, quantiser, { isIntra: true, dcApart: true })
  const chroma = chromaResiduals(context, column, row, true)
  const hasAc = luma.isCoded.includes(true)
  motion.set(column, row, null)
  bits.ue((before ? 5 : 0) + 1 + mode + 4 * chroma.pattern + (hasAc ? 12 : 0))
  bits.ue(0)
  bits.se(0)
  writeResidual(bits, luma.dc, 'block', counts.luma.expected(column * 4, row * 4))
  if (hasAc)
    for (const [x, y] of LUMA_ORDER)
      writeBlock(bits, luma.blocks[y * 4 + x]!, 'ac', counts.luma, {
        column: column * 4 + x,
        row: row * 4 + y,
      })
  writeChroma(context, column, row, chroma)
  reconstruct(decodedLuma, intra, luma, quantiser, true)
  reconstructChroma(context, column, row, chroma)
}

interface Chroma {
  /** 0: nothing, 1: DC alone, 2: everything. */
  pattern: number
  cb: Residual
  cr: Residual
}

function chromaResiduals(context: PictureContext, column: number, row: number, isIntra: boolean): Chroma {
  const of = (part: 'cb' | 'cr') =>
    residualOf(areaOf(context.wanted, part, column, row), prediction[part], context.quantiser, {
      isIntra,
      dcApart: true,
    })
  const cb = of('cb')
  const cr = of('cr')
  const hasAc = cb.isCoded.includes(true) || cr.isCoded.includes(true)
  return { cb, cr, pattern: hasAc ? 2 : cb.hasDc || cr.hasDc ? 1 : 0 }
}

function writeChroma({ bits, counts }: PictureContext, column: number, row: number, chroma: Chroma): void {
  if (chroma.pattern === 0) return
  for (const part of CHROMA) writeResidual(bits, chroma[part].dc, 'chromaDc', 0)
  if (chroma.pattern < 2) return
  for (const part of CHROMA)
    chroma[part].blocks.forEach((block, index) =>
      writeBlock(bits, block, 'ac', counts[part], {
        column: column * 2 + (index & 1),
        row: row * 2 + (index >> 1),
      }),
    )
}

function reconstructChroma(context: PictureContext, column: number, row: number, chroma: Chroma): void {
  for (const part of CHROMA) {
    const area = areaOf(context.decoded, part, column, row)
    reconstruct(area, prediction[part], chroma[part], context.quantiser, true)
  }
}
