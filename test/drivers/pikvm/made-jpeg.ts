/** A baseline JPEG whose every block is the two bits `00`: no difference, and nothing else in it. */
export type MadeJpeg = {
  width: number
  height: number
  components?: number
  /** Horizontal and vertical sampling of each component. */
  sampling?: number
  restartEvery?: number
  /** Between the first marker and the tables. */
  before?: Buffer
  /** Entropy-coded bytes. */
  data: Buffer
}

/** One marker segment. */
export function jpegSegment(marker: number, body: readonly number[]): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(body.length + 2)
  return Buffer.concat([Buffer.from([0xff, marker]), length, Buffer.from(body)])
}

/** A code of one bit, `0`, for one symbol, 0. `place`: 0x00… for differences, 0x10… for the rest of a block. */
export function codeTable(place: number, symbol = 0): number[] {
  return [place, 1, ...Array<number>(15).fill(0), symbol]
}

export function madeJpeg(made: MadeJpeg): Buffer {
  const { width, height, components = 1, sampling = 0x11, restartEvery = 0 } = made
  const ids = Array.from({ length: components }, (_, index) => index + 1)
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    made.before ?? Buffer.alloc(0),
    jpegSegment(0xdb, [0, ...Array<number>(64).fill(1)]),
    jpegSegment(0xc0, [
      8,
      height >> 8,
      height & 255,
      width >> 8,
      width & 255,
      components,
      ...ids.flatMap((id) => [id, sampling, 0]),
    ]),
    jpegSegment(0xc4, codeTable(0x00)),
    jpegSegment(0xc4, codeTable(0x10)),
    jpegSegment(0xdd, [restartEvery >> 8, restartEvery & 255]),
    jpegSegment(0xda, [components, ...ids.flatMap((id) => [id, 0]), 0, 63, 0]),
    made.data,
    Buffer.from([0xff, 0xd9]),
  ])
}
