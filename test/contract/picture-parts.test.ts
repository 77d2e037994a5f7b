import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePictureHeader, pictureHeaderBytes } from '../../server/contract/picture-header.ts'
import { largestPartBytes, PictureJoiner, pictureParts } from '../../server/contract/picture-parts.ts'

function picture(payloadBytes: number, sequence = 1): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(pictureHeaderBytes + payloadBytes).map((_, at) => (at * 31 + sequence) & 255)
  const size = { width: 1280, height: 720 }
  const kind = { kind: 'jpeg', isKey: true, codec: null } as const
  encodePictureHeader(
    { version: 1, ...kind, generation: 1, sequence, ...size, reachedAt: 1, payloadBytes },
    message,
  )
  return message
}
const copied = (part: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(part)

describe('the parts of a picture', () => {
  it('are small, so that one is never a long silence', () => {
    const parts = [...pictureParts(picture(95_000))]
    expect(parts.map(({ byteLength }) => byteLength).toSorted((a, b) => b - a)[0]).toBe(largestPartBytes)
    expect(largestPartBytes).toBeLessThanOrEqual(8_192)
    expect(parts.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(95_032)
  })

  it('make the same picture again, one after another, whatever their sizes', () => {
    const sizes = fc.array(fc.oneof(fc.nat(40_000), fc.constantFrom(0, 8_160, 8_161, 16_352)), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(sizes, (payloads) => {
        const joiner = new PictureJoiner()
        for (const [index, payload] of payloads.entries()) {
          const whole = picture(payload, index)
          const joined = [...pictureParts(whole)].map((part) => joiner.add(copied(part)))
          expect(joined.slice(0, -1).every((each) => each === null)).toBe(true)
          expect(joined.at(-1)).toEqual(whole)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('are joined wherever a carrier cut them', () => {
    const joiner = new PictureJoiner()
    const whole = picture(1_000)
    expect(joiner.add(whole.slice(0, 33))).toBeNull()
    expect(joiner.add(whole.slice(33, 40))).toBeNull()
    expect(joiner.add(whole.slice(40))).toEqual(whole)
  })

  it('of a picture that is not known here are passed on as they come', () => {
    const joiner = new PictureJoiner()
    const unknown = picture(100).with(0, 9)
    expect(joiner.add(unknown)).toEqual(unknown)
    expect(joiner.add(picture(10))).toEqual(picture(10))
  })
})
