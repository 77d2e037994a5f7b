import type { Pixels } from './paint.ts'

/** A picture in YCbCr 4:2:0, BT.601 limited range, filled up to whole macroblocks. */
export interface Planes {
  /** Of the luma plane; multiples of 16. */
  width: number
  height: number
  luma: Uint8Array
  cb: Uint8Array
  cr: Uint8Array
}

/** Black planes with room for a picture of that size. */
export function emptyPlanes(width: number, height: number): Planes {
  const fullWidth = Math.ceil(width / 16) * 16
  const fullHeight = Math.ceil(height / 16) * 16
  const chromaSize = (fullWidth * fullHeight) / 4
  return {
    width: fullWidth,
    height: fullHeight,
    luma: new Uint8Array(fullWidth * fullHeight).fill(16),
    cb: new Uint8Array(chromaSize).fill(128),
    cr: new Uint8Array(chromaSize).fill(128),
  }
}

/** Copies one picture over another of the same size. */
export function copyPlanes(from: Planes, to: Planes): void {
  to.luma.set(from.luma)
  to.cb.set(from.cb)
  to.cr.set(from.cr)
}

/** Converts painted pixels; what was filled up repeats the last column and row. */
export function planesOf({ width, height, data }: Pixels): Planes {
  const planes = emptyPlanes(width, height)
  const convert = wordConverter()
  const words = new Uint32Array(data.buffer, data.byteOffset, width * height)
  for (let y = 0; y < planes.height; y += 1) {
    const from = Math.min(y, height - 1) * width
    const to = y * planes.width
    for (let x = 0; x < planes.width; x += 1)
      planes.luma[to + x] = convert(words[from + Math.min(x, width - 1)]!) & 255
  }
  subsample(planes, words, { width, height }, convert)
  return planes
}

/** Chroma of each 2×2 pixels, as the mean of the two on its diagonal. */
function subsample(
  planes: Planes,
  words: Uint32Array,
  size: { width: number; height: number },
  convert: (word: number) => number,
): void {
  const columns = planes.width / 2
  for (let y = 0; y < planes.height / 2; y += 1) {
    const upper = Math.min(2 * y, size.height - 1) * size.width
    const lower = Math.min(2 * y + 1, size.height - 1) * size.width
    for (let x = 0; x < columns; x += 1) {
      const one = convert(words[upper + Math.min(2 * x, size.width - 1)]!)
      const other = convert(words[lower + Math.min(2 * x + 1, size.width - 1)]!)
      planes.cb[y * columns + x] = (((one >> 8) & 255) + ((other >> 8) & 255) + 1) >> 1
      planes.cr[y * columns + x] = ((one >> 16) + (other >> 16) + 1) >> 1
    }
  }
}

/** Luma, Cb and Cr of a little-endian RGBA word as one number. Screens have few colours, in long runs. */
function wordConverter(): (word: number) => number {
  const known = new Map<number, number>()
  let lastWord = -1
  let last = 0
  return (word) => {
    if (word === lastWord) return last
    let value = known.get(word)
    if (value === undefined) {
      value = toYcbcr(word & 255, (word >> 8) & 255, (word >> 16) & 255)
      if (known.size < 4096) known.set(word, value)
    }
    lastWord = word
    last = value
    return value
  }
}

function toYcbcr(red: number, green: number, blue: number): number {
  const y = Math.round(16 + 0.256788 * red + 0.504129 * green + 0.097906 * blue)
  const cb = Math.round(128 - 0.148223 * red - 0.290993 * green + 0.439216 * blue)
  const cr = Math.round(128 + 0.439216 * red - 0.367788 * green - 0.071427 * blue)
  return y | (cb << 8) | (cr << 16)
}
