import { BitWriter, NAL, nalUnit } from './h264-bits.ts'

/** Bits of frame_num: it counts modulo 256. */
export const FRAME_NUM_BITS = 8

/** What makes one slice's header. */
export interface SliceHeader {
  isKey: boolean
  frameNum: number
  /** Two key frames in a row must differ in it. */
  idrPicId: number
}

/**
 * Sequence and picture parameter sets: constrained baseline, level 4.0 (what a PiKVM's encoder is set to), one
 * reference, no reordering, no deblocking, pictures cropped to their size, BT.601 colours.
 */
export function parameterSets(width: number, height: number, qp: number): Uint8Array[] {
  return [nalUnit(NAL.sps, sequenceParameters(width, height)), nalUnit(NAL.pps, pictureParameters(qp))]
}

function sequenceParameters(width: number, height: number): Uint8Array {
  const bits = new BitWriter()
  for (const byte of [66, 0xc0, 40]) bits.put(byte, 8)
  bits.ue(0)
  bits.ue(FRAME_NUM_BITS - 4)
  // Output order is decoding order.
  bits.ue(2)
  bits.ue(1)
  bits.put(0, 1)
  const columns = Math.ceil(width / 16)
  const rows = Math.ceil(height / 16)
  bits.ue(columns - 1)
  bits.ue(rows - 1)
  bits.put(0b11, 2)
  writeCropping(bits, columns * 16 - width, rows * 16 - height)
  writeUsability(bits)
  return bits.finish()
}

/** Cropping counts in chroma samples, so odd sizes show one pixel more. */
function writeCropping(bits: BitWriter, right: number, bottom: number): void {
  const isCropped = right > 1 || bottom > 1
  bits.put(isCropped ? 1 : 0, 1)
  if (isCropped) for (const pixels of [0, right, 0, bottom]) bits.ue(pixels >> 1)
}

/** The colours of the picture, and that nothing has to be reordered. */
function writeUsability(bits: BitWriter): void {
  bits.put(1, 1)
  bits.put(0b00, 2)
  bits.put(0b1_101_0_1, 6)
  for (const bt601 of [6, 6, 6]) bits.put(bt601, 8)
  bits.put(0b00000, 5)
  bits.put(0b11, 2)
  for (const limit of [0, 0, 10, 10, 0, 1]) bits.ue(limit)
}

function pictureParameters(qp: number): Uint8Array {
  const bits = new BitWriter()
  bits.ue(0)
  bits.ue(0)
  bits.put(0b00, 2)
  for (const count of [0, 0, 0]) bits.ue(count)
  bits.put(0b000, 3)
  bits.se(qp - 26)
  bits.se(0)
  bits.se(0)
  // Deblocking can be switched off in a slice.
  bits.put(0b100, 3)
  return bits.finish()
}

/** Writes the header of a slice that is a whole picture. */
export function writeSliceHeader(bits: BitWriter, { isKey, frameNum, idrPicId }: SliceHeader): void {
  bits.ue(0)
  bits.ue(isKey ? 7 : 5)
  bits.ue(0)
  bits.put(frameNum, FRAME_NUM_BITS)
  if (isKey) bits.ue(idrPicId)
  bits.put(0, 2)
  // P: one reference as usual, in the usual order, kept as usual. I: neither output nor reference is special.
  if (!isKey) bits.put(0, 1)
  bits.se(0)
  bits.ue(1)
}
