import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodePictureHeader,
  encodePictureHeader,
  pictureHeaderBytes,
  type PictureHeader,
} from '../../server/contract/picture-header.ts'

const header: PictureHeader = {
  version: 1,
  kind: 'jpeg',
  isKey: true,
  codec: null,
  generation: 0x01020304,
  sequence: 0x0a0b0c0d,
  width: 1920,
  height: 1080,
  reachedAt: 1,
  payloadBytes: 0x01020304,
}

describe('picture header', () => {
  it('has each number at its place, big-endian', () => {
    const bytes = new Uint8Array(pictureHeaderBytes)
    encodePictureHeader(header, bytes)
    const expected = '01010100 01020304 0a0b0c0d 0780 0438 3ff0000000000000 0000000001020304'
    expect(Buffer.from(bytes).toString('hex')).toBe(expected.replaceAll(' ', ''))
  })

  it('carries the codec configuration in three bytes, and none where there is none', () => {
    const bytes = new Uint8Array(pictureHeaderBytes)
    encodePictureHeader({ ...header, kind: 'h264', codec: 'avc1.64001F' }, bytes)
    expect(Buffer.from(bytes.subarray(24)).toString('hex')).toBe('64001f0001020304')
    expect(decodePictureHeader(bytes)?.codec).toBe('avc1.64001f')
    encodePictureHeader(header, bytes)
    expect(decodePictureHeader(bytes)?.codec).toBeNull()
  })

  it('reads back whatever it wrote, wherever in a buffer it lies', () => {
    const anyHeader = fc.record({
      version: fc.constant(1),
      kind: fc.constantFrom('jpeg' as const, 'h264' as const, 'same' as const),
      isKey: fc.boolean(),
      codec: fc.constantFrom(null, 'avc1.42c028', 'avc1.640029'),
      generation: fc.nat(0xffffffff),
      sequence: fc.nat(0xffffffff),
      width: fc.nat(0xffff),
      height: fc.nat(0xffff),
      reachedAt: fc.double({ noNaN: true }),
      payloadBytes: fc.nat(0xffffffff),
    })
    fc.assert(
      fc.property(anyHeader, fc.nat(40), (value, offset) => {
        const buffer = new Uint8Array(offset + pictureHeaderBytes + 5)
        encodePictureHeader(value, buffer.subarray(offset))
        expect(decodePictureHeader(buffer.subarray(offset))).toEqual(value)
      }),
    )
  })

  it('refuses what is too short, of another version, or of an unknown kind', () => {
    const bytes = new Uint8Array(pictureHeaderBytes)
    encodePictureHeader(header, bytes)
    expect(decodePictureHeader(bytes.subarray(0, 31))).toBeNull()
    expect(decodePictureHeader(new Uint8Array())).toBeNull()
    expect(decodePictureHeader(bytes.with(0, 2))).toBeNull()
    expect(decodePictureHeader(bytes.with(1, 4))).toBeNull()
  })
})
