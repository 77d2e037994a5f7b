import { BitWriter, NAL, nalUnit } from './h264-bits.ts'
import { FRAME_NUM_BITS, parameterSets, writeSliceHeader } from './h264-headers.ts'
import { codeMacroblock, type PictureContext } from './h264-macroblock.ts'
import { findScroll, MotionField } from './h264-motion.ts'
import { copyPlanes, emptyPlanes, type Planes } from './h264-planes.ts'
import { BlockCounts } from './h264-residual.ts'
import { quantiser, type Quantiser } from './h264-transform.ts'

/** One access unit in Annex B form. */
export interface EncodedUnit {
  isKey: boolean
  bytes: Uint8Array
}

const DEFAULT_QP = 26

/**
 * An H.264 encoder for one stream of pictures of one size: constrained baseline, one slice a picture, CAVLC. Key
 * frames are whole (parameter sets and IDR); others refer to the picture before, skip what did not change and copy
 * what was scrolled. Written for text screens: no search for motion, no rate control.
 */
export class H264Encoder {
  readonly width: number
  readonly height: number
  readonly #qp: number
  readonly #quantiser: Quantiser
  readonly #bits = new BitWriter()
  /** What a decoder has of the last picture, and room for the next one. */
  #decoded: Planes
  #spare: Planes
  #wanted: Planes | null = null
  #frameNum = 0
  #idrPicId = 0

  /** @throws RangeError for a QP outside 12 to 29 */
  constructor(width: number, height: number, qp: number = DEFAULT_QP) {
    this.width = width
    this.height = height
    this.#qp = qp
    this.#quantiser = quantiser(qp)
    this.#decoded = emptyPlanes(width, height)
    this.#spare = emptyPlanes(width, height)
  }

  /** What a decoder shows after the last unit; valid until the next one is encoded. */
  get decoded(): Planes {
    return this.#decoded
  }

  /** Encodes a picture; the first one is always a key frame. The planes must not be changed afterwards. */
  encode(wanted: Planes, options: { isKey: boolean }): EncodedUnit {
    const isKey = options.isKey || this.#wanted === null
    this.#frameNum = isKey ? 0 : (this.#frameNum + 1) % 2 ** FRAME_NUM_BITS
    const payload = this.#slice(wanted, isKey)
    const slice = nalUnit(isKey ? NAL.idrSlice : NAL.slice, payload)
    const units = isKey ? [...parameterSets(this.width, this.height, this.#qp), slice] : [slice]
    return { isKey, bytes: Buffer.concat(units) }
  }

  #slice(wanted: Planes, isKey: boolean): Uint8Array {
    const { width, height } = wanted
    const [columns, rows] = [width / 16, height / 16]
    const before =
      isKey || !this.#wanted
        ? null
        : { wanted: this.#wanted, decoded: this.#decoded, scroll: this.#scrollTo(wanted) }
    if (before) copyPlanes(this.#decoded, this.#spare)
    const context: PictureContext = {
      bits: this.#bits,
      quantiser: this.#quantiser,
      wanted,
      decoded: this.#spare,
      before,
      motion: new MotionField(columns, rows),
      counts: {
        luma: new BlockCounts(columns * 4, rows * 4),
        cb: new BlockCounts(columns * 2, rows * 2),
        cr: new BlockCounts(columns * 2, rows * 2),
      },
    }
    if (isKey) this.#idrPicId ^= 1
    writeSliceHeader(this.#bits, { isKey, frameNum: this.#frameNum, idrPicId: this.#idrPicId })
    this.#codeAll(context, columns, rows)
    ;[this.#decoded, this.#spare] = [this.#spare, this.#decoded]
    this.#wanted = wanted
    return this.#bits.finish()
  }

  #codeAll(context: PictureContext, columns: number, rows: number): void {
    // The very same picture again: everything is skipped.
    if (context.before && this.#wanted === context.wanted) return context.bits.ue(columns * rows)
    let skipped = 0
    for (let row = 0; row < rows; row += 1)
      for (let column = 0; column < columns; column += 1)
        skipped = codeMacroblock(context, column, row, skipped)
    if (skipped > 0) context.bits.ue(skipped)
  }

  #scrollTo(wanted: Planes): number {
    return !this.#wanted || this.#wanted === wanted ? 0 : findScroll(this.#wanted, wanted)
  }
}
