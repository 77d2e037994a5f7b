import { isPossibleSize } from './picture-size.ts'

/** More come before no frame; a lying device could keep us busy with them. */
const maxSegments = 100

/**
 * Width and height in a JPEG's frame header, or null when the bytes are not a whole JPEG (no SOI, no EOI, no frame) or
 * it is larger than any that a PiKVM can take.
 * @see ITU-T T.81 §B.2.2
 */
export function jpegSize(bytes: Buffer): { width: number; height: number } | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null
  if (bytes.readUInt16BE(bytes.length - 2) !== 0xffd9) return null
  let at = 2
  for (let segment = 0; segment < maxSegments; segment += 1) {
    if (at + 9 >= bytes.length || bytes[at] !== 0xff) return null
    const marker = bytes[at + 1]!
    if (isFrameHeader(marker)) {
      const height = bytes.readUInt16BE(at + 5)
      const width = bytes.readUInt16BE(at + 7)
      return isPossibleSize({ width, height }) ? { width, height } : null
    }
    // Fill bytes and markers without a length; everything else says how long it is.
    if (marker === 0xff) at += 1
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2
    else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2))
  }
  return null
}

/** SOF0…SOF15 without DHT (C4), JPG (C8) and DAC (CC). */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
