import { payloadStart } from './annex-b.ts'
import { createBitReader, type BitReader } from './bit-reader.ts'
import { isPossibleSize } from './picture-size.ts'

/** What a sequence parameter set says of its stream. */
export type Sps = {
  /** RFC 6381, e.g. `avc1.42c028`. */
  codec: string
  /** Visible pixels, cropping applied. */
  width: number
  height: number
  frameNumBits: number
  /** Frame numbers that are missing are no fault. */
  allowsGaps: boolean
  /** Pictures may be fields. */
  isInterlaced: boolean
  /** Slices say which colour they are of. */
  hasSeparateColours: boolean
}

const maxSpsBytes = 1_024
/** Profiles whose parameter sets have the chroma fields. */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])

/** Parses a sequence parameter set (a whole NAL unit, ITU-T H.264 7.3.2.1.1); null when it cannot be one. */
export function parseSps(unit: Buffer): Sps | null {
  const payload = payloadStart(unit, maxSpsBytes)
  if (payload.length < 4) return null
  const reader = createBitReader(payload)
  const profile = reader.bits(8)
  const codec = `avc1.${payload.toString('hex', 0, 3)}`
  reader.bits(16)
  const id = reader.ue()
  const chroma = highProfiles.has(profile) ? readChroma(reader) : { format: 1, isSeparate: false }
  const frameNumBits = reader.ue() + 4
  const isOrderRead = skipPictureOrder(reader)
  const references = reader.ue()
  const allowsGaps = reader.bits(1) === 1
  const size = readSize(reader, chroma)
  const isSound = id <= 31 && frameNumBits <= 16 && references <= 16 && isOrderRead
  if (!isSound || !size || reader.isExhausted) return null
  return { codec, frameNumBits, allowsGaps, hasSeparateColours: chroma.isSeparate, ...size }
}

type Chroma = { format: number; isSeparate: boolean }

function readChroma(reader: BitReader): Chroma {
  const format = reader.ue()
  const isSeparate = format === 3 && reader.bits(1) === 1
  reader.ue()
  reader.ue()
  reader.bits(1)
  if (reader.bits(1) === 1) {
    const lists = format === 3 ? 12 : 8
    for (let list = 0; list < lists; list++) if (reader.bits(1) === 1) skipScaling(reader, list < 6 ? 16 : 64)
  }
  return { format, isSeparate }
}

function skipScaling(reader: BitReader, places: number): void {
  let last = 8
  for (let place = 0; place < places && last !== 0 && !reader.isExhausted; place++) {
    last = (last + reader.se() + 256) % 256
  }
}

function skipPictureOrder(reader: BitReader): boolean {
  const type = reader.ue()
  if (type === 0) return reader.ue() <= 12
  if (type === 1) {
    reader.bits(1)
    reader.se()
    reader.se()
    const cycle = reader.ue()
    if (!(cycle <= 255)) return false
    for (let index = 0; index < cycle; index++) reader.se()
    return true
  }
  return type === 2
}

function readSize(
  reader: BitReader,
  chroma: Chroma,
): { width: number; height: number; isInterlaced: boolean } | null {
  const columns = reader.ue() + 1
  const units = reader.ue() + 1
  const isInterlaced = reader.bits(1) === 0
  reader.bits(isInterlaced ? 2 : 1)
  const [left, right, top, bottom] = reader.bits(1) === 1 ? readCrop(reader) : [0, 0, 0, 0]
  const format = chroma.isSeparate ? 0 : chroma.format
  const lines = isInterlaced ? 2 : 1
  // A decoder's buffers have the coded size, whatever is cut off.
  const coded = { width: columns * 16, height: units * 16 * lines }
  const width = coded.width - (left + right) * (format === 1 || format === 2 ? 2 : 1)
  const height = coded.height - (top + bottom) * (format === 1 ? 2 : 1) * lines
  const isSound = isPossibleSize(coded) && isPossibleSize({ width, height }) && chroma.format <= 3
  return isSound ? { width, height, isInterlaced } : null
}

function readCrop(reader: BitReader): [number, number, number, number] {
  return [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
}

/** frame_num of a slice (a whole NAL unit), or null when its header ends early. */
export function frameNumOf(slice: Buffer, sps: Sps): number | null {
  const reader = createBitReader(payloadStart(slice, 32))
  reader.ue()
  reader.ue()
  reader.ue()
  if (sps.hasSeparateColours) reader.bits(2)
  const frameNum = reader.bits(sps.frameNumBits)
  return reader.isExhausted ? null : frameNum
}
