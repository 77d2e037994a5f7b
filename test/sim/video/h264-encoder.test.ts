import { describe, expect, it } from 'vitest'
import { H264Encoder } from '../../../server/sim/video/h264-encoder.ts'
import { emptyPlanes, planesOf, type Planes } from '../../../server/sim/video/h264-planes.ts'
import { paint } from '../../../server/sim/video/paint.ts'
import type { Picture } from '../../../server/sim/video/picture.ts'
import { decodeWithFfmpeg, joined, meanDifference, visible } from './h264-referee.ts'

const LOG = 'Jan 12 10:22:33 host systemd[1]: Started the quick brown fox of a lazy dog [  OK  ] '

interface Look {
  width?: number
  height?: number
  firstLine?: number
  cursor?: Picture['cursor']
  noise?: number
  attribute?: (cell: number) => number
}

/** A screen full of log lines that differ from one another. */
function textPlanes(look: Look = {}): Planes {
  const { width = 1024, height = 768, firstLine = 0, attribute = () => 7 } = look
  const characters = Uint8Array.from({ length: 2000 }, (_, cell) => {
    const line = Math.floor(cell / 80) + firstLine
    const column = cell % 80
    return column < 20 + ((line * 7) % 47) ? LOG.charCodeAt((column + line * 13) % LOG.length) : 0x20
  })
  const attributes = Uint8Array.from({ length: 2000 }, (_, cell) => attribute(cell))
  const { cursor = null, noise = null } = look
  const plain = { width, height, columns: 80, rows: 25, key: '' }
  return planesOf(paint({ ...plain, characters, attributes, cursor, noise }))
}

/** Samples that have nothing to do with one another, the same each time. */
function noisePlanes(amplitude: number, seed: number): Planes {
  const planes = emptyPlanes(128, 96)
  let state = seed
  for (const plane of [planes.luma, planes.cb, planes.cr])
    plane.forEach((_, place) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      plane[place] = 128 + Math.round((state / 2 ** 31 - 1) * amplitude)
    })
  return planes
}

/** Encodes pictures one after the other and lets ffmpeg decode them. */
async function refereed(pictures: readonly Planes[], size: { width: number; height: number }, qp?: number) {
  const encoder = new H264Encoder(size.width, size.height, qp)
  const expected: Buffer[] = []
  const units = pictures.map((planes) => {
    const unit = encoder.encode(planes, { isKey: false })
    expected.push(visible(encoder.decoded, size))
    return unit
  })
  return { units, expected, ...(await decodeWithFfmpeg(joined(units), size)) }
}

describe('a stream that was encoded', () => {
  it('is decoded by ffmpeg without a complaint, to the samples that the encoder expects', async () => {
    const size = { width: 1024, height: 768 }
    const colourful = (cell: number) => (cell * 7) & 255
    const looks = [{}, { cursor: { row: 3, column: 5 } }, {}, { noise: 3 }, { attribute: colourful }, {}]
    const { pictures, expected, complaints } = await refereed(looks.map(textPlanes), size)
    expect(complaints).toBe('')
    expect(pictures.length).toBe(looks.length)
    pictures.forEach((picture, index) => expect(picture.equals(expected[index]!)).toBe(true))
  })

  it('shows the painted pixels within what the eye forgives', async () => {
    const size = { width: 1024, height: 768 }
    const painted = [textPlanes(), textPlanes({ firstLine: 1 }), textPlanes({ firstLine: 9 })]
    const { pictures } = await refereed(painted, size)
    painted.forEach((planes, index) =>
      expect(meanDifference(pictures[index]!, visible(planes, size))).toBeLessThan(2),
    )
  })

  it('is cropped to a size that is no multiple of sixteen', async () => {
    for (const size of [
      { width: 720, height: 400 },
      { width: 1366, height: 768 },
      { width: 800, height: 602 },
    ]) {
      const { pictures, expected, complaints } = await refereed([textPlanes(size)], size)
      expect(complaints).toBe('')
      expect(pictures.map((picture, index) => picture.equals(expected[index]!))).toEqual([true])
    }
  })

  it.each([12, 17, 22, 26, 29])('survives noise of every strength at QP %i', async (qp) => {
    const noises = [3, 20, 60, 127].map((amplitude) => [1, 2, 3].map((seed) => noisePlanes(amplitude, seed)))
    const { pictures, expected, complaints } = await refereed(noises.flat(), { width: 128, height: 96 }, qp)
    expect(complaints).toBe('')
    expect(pictures.length).toBe(12)
    pictures.forEach((picture, index) => expect(picture.equals(expected[index]!)).toBe(true))
  })

  it('goes on after frame numbers wrapped', async () => {
    const encoder = new H264Encoder(128, 96)
    const pictures = [noisePlanes(60, 1), noisePlanes(60, 2)]
    const units = Array.from({ length: 600 }, (_, index) =>
      encoder.encode(pictures[index % 50 === 0 ? 1 : 0]!, { isKey: index % 290 === 289 }),
    )
    const decoded = await decodeWithFfmpeg(joined(units), { width: 128, height: 96 })
    expect(decoded.complaints).toBe('')
    expect(decoded.pictures.length).toBe(600)
    expect(decoded.pictures.at(-1)?.equals(visible(encoder.decoded, { width: 128, height: 96 }))).toBe(true)
  })

  it('has key frames side by side that differ in their number', async () => {
    const encoder = new H264Encoder(128, 96)
    const units = [1, 2, 3].map((seed) => encoder.encode(noisePlanes(20, seed), { isKey: true }))
    expect(units.map(({ isKey }) => isKey)).toEqual([true, true, true])
    const decoded = await decodeWithFfmpeg(joined(units), { width: 128, height: 96 })
    expect(decoded).toMatchObject({ complaints: '', pictures: { length: 3 } })
  })
})

describe('the size of a unit', () => {
  it('is small for a blank screen, and next to nothing for the same picture again', () => {
    const encoder = new H264Encoder(1024, 768)
    const blank = emptyPlanes(1024, 768)
    expect(encoder.encode(blank, { isKey: true }).bytes.length).toBeLessThan(5000)
    expect(encoder.encode(blank, { isKey: false }).bytes.length).toBeLessThan(20)
  })

  it('follows what changed: a cursor, a scrolled screen, a new screen', () => {
    const encoder = new H264Encoder(1024, 768)
    const sizeOf = (look: Look) => encoder.encode(textPlanes(look), { isKey: false }).bytes.length
    const whole = sizeOf({})
    expect(sizeOf({ cursor: { row: 3, column: 5 } })).toBeLessThan(100)
    expect(sizeOf({})).toBeLessThan(100)
    expect(sizeOf({ firstLine: 1 })).toBeLessThan(whole / 5)
    expect(sizeOf({ firstLine: 60 })).toBeGreaterThan(whole / 2)
  })
})

it('refuses a QP at which its arithmetic would not be that of the standard', () => {
  expect(() => new H264Encoder(64, 64, 11)).toThrow(RangeError)
  expect(() => new H264Encoder(64, 64, 30)).toThrow(RangeError)
})
