import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jpegSize } from '../../../server/drivers/pikvm/jpeg-size.ts'
import {
  boundaryOf,
  createMjpegParser,
  MjpegError,
  type MjpegPart,
} from '../../../server/drivers/pikvm/mjpeg-parser.ts'

const limits = { boundary: 'boundarydonotcross', maxPartBytes: 1_000_000, maxHeadBytes: 4096 }
/** The first 100,000 bytes of a real stream: three whole parts and the start of a fourth. */
const recorded = readFileSync(new URL('../../fixtures/pikvm/streamer-mjpeg-head.bin', import.meta.url))

function parse(chunks: Buffer[]): MjpegPart[] {
  const parser = createMjpegParser(limits)
  return chunks.flatMap((chunk) => parser.push(chunk))
}
function part(body: string, headers = `Content-Length: ${body.length}`): Buffer {
  return Buffer.from(`--boundarydonotcross\r\n${headers}\r\n\r\n${body}\r\n`)
}

describe('MJPEG parser', () => {
  test('reads a recorded stream', () => {
    const parts = parse([recorded])
    expect(parts).toHaveLength(3)
    expect(parts[0]!.body).toHaveLength(29_678)
    expect(parts[0]!.headers.get('x-ustreamer-online')).toBe('true')
    expect(parts.map(({ body }) => jpegSize(body))).toEqual(parts.map(() => ({ width: 1280, height: 720 })))
  })

  test('gives the same parts however the stream is split', () => {
    const stream = Buffer.concat([
      part('one'),
      part('', 'Content-Length: 0'),
      part('\r\n\r\n--boundarydonotcross'),
      part('end'),
    ])
    const expected = parse([stream]).map(({ body }) => body.toString())
    expect(expected).toEqual(['one', '', '\r\n\r\n--boundarydonotcross', 'end'])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length]
        const chunks = edges.slice(1).map((edge, index) => stream.subarray(edges[index]!, edge))
        expect(parse(chunks).map(({ body }) => body.toString())).toEqual(expected)
      }),
    )
  })

  test('reads a recorded stream byte by byte', () => {
    const bytes = [...recorded.subarray(0, 31_000)].map((byte) => Buffer.from([byte]))
    expect(parse(bytes).map(({ body }) => body.length)).toEqual([29_678])
  })

  test('a truncated part gives nothing', () => {
    expect(parse([part('whole').subarray(0, -3)])).toEqual([])
  })

  test.each([
    ['another boundary', Buffer.from('--other\r\nContent-Length: 1\r\n\r\nx')],
    ['no Content-Length', part('x', 'Content-Type: image/jpeg')],
    ['a negative length', part('x', 'Content-Length: -1')],
    ['a length that is no number', part('x', 'Content-Length: 1e9')],
    ['a part over the limit', part('x', 'Content-Length: 1000001')],
    ['a header without a name', part('x', ': 1')],
    ['an endless head', Buffer.from(`--boundarydonotcross\r\nA: ${'x'.repeat(5000)}`)],
  ])('refuses %s', (_name, stream) => {
    expect(() => parse([stream])).toThrow(MjpegError)
  })

  test('a corrupted stream throws or gives parts, and never holds more than one part', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.nat(recorded.length - 1),
        (noise, at) => {
          const broken = Buffer.from(recorded)
          broken.set(noise.subarray(0, broken.length - at), at)
          try {
            expect(parse([broken]).length).toBeLessThanOrEqual(3)
          } catch (error) {
            expect(error).toBeInstanceOf(MjpegError)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('boundary of a multipart stream', () => {
  test.each([
    ['multipart/x-mixed-replace;boundary=boundarydonotcross', 'boundarydonotcross'],
    ['multipart/x-mixed-replace; boundary="a b"', null],
    ['multipart/x-mixed-replace; boundary="ab"', 'ab'],
    ['text/html', null],
    [undefined, null],
  ])('%s', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary)
  })
})

describe('JPEG size', () => {
  const jpeg = parse([recorded])[0]!.body

  test('a truncated JPEG has none', () => {
    expect(jpegSize(jpeg.subarray(0, -1))).toBeNull()
    expect(jpegSize(jpeg.subarray(0, 3))).toBeNull()
    expect(jpegSize(Buffer.alloc(0))).toBeNull()
  })

  test('never throws on noise between the right first and last bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const size = jpegSize(Buffer.concat([Buffer.from([0xff, 0xd8]), noise, Buffer.from([0xff, 0xd9])]))
        expect(size === null || (size.width > 0 && size.height > 0)).toBe(true)
      }),
    )
  })
})
