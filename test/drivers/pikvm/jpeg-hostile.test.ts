import { describe, expect, test } from 'vitest'
import { JpegLumaReader } from '../../../server/drivers/pikvm/jpeg-luma.ts'
import { jpegSize } from '../../../server/drivers/pikvm/jpeg-size.ts'
import { codeTable, jpegSegment, madeJpeg, type MadeJpeg } from './made-jpeg.ts'

const read = (made: MadeJpeg) => new JpegLumaReader().read(madeJpeg(made))
const largest = { width: 4096, height: 2160 }
const plenty = Buffer.alloc(200_000)

describe('a picture that would keep the server busy', () => {
  test('one that would not is read: each size and colour that a PiKVM can have', () => {
    expect(read({ width: 64, height: 32, data: Buffer.alloc(8) })).toMatchObject({ columns: 8, rows: 4 })
    for (const components of [1, 3]) {
      expect(read({ ...largest, components, data: plenty })).toMatchObject({ columns: 512, rows: 270 })
    }
    expect(read({ width: 1920, height: 1200, components: 4, data: plenty })).not.toBeNull()
  })

  test('of more components than there are colours is not read', () => {
    expect(read({ width: 64, height: 64, components: 4, data: plenty })).not.toBeNull()
    expect(read({ width: 64, height: 64, components: 5, data: plenty })).toBeNull()
  })

  test('of more blocks than the largest picture has is not read', () => {
    expect(read({ ...largest, components: 4, data: plenty })).toBeNull()
    expect(read({ ...largest, components: 4, sampling: 0x44, data: plenty })).toBeNull()
  })

  test('of more bytes than any has is not read', () => {
    expect(read({ width: 64, height: 64, data: Buffer.alloc(1_900_000) })).not.toBeNull()
    expect(read({ width: 64, height: 64, data: Buffer.alloc(2_000_000) })).toBeNull()
  })

  test('whose bits end at a marker is not read on, whatever comes after it', () => {
    const data = Buffer.concat([Buffer.alloc(100), Buffer.from([0xff, 0xe0]), plenty])
    expect(read({ ...largest, data })).toBeNull()
  })

  test('with restart markers is read as long as there are any', () => {
    const row = Buffer.from([0, 0, 0xff, 0xd0])
    const rows = (count: number) => Buffer.concat(Array.from({ length: count }, () => row))
    const made = { width: 64, height: 320, restartEvery: 8 }
    expect(read({ ...made, data: rows(40) })).toMatchObject({ columns: 8, rows: 40 })
    expect(read({ ...made, data: rows(20) })).toBeNull()
  })

  test('with more tables or segments than it could use is not read', () => {
    const tables = (count: number) =>
      jpegSegment(0xc4, Array.from({ length: count }, (_, n) => codeTable(0x03, n)).flat())
    const comments = (count: number) =>
      Buffer.concat(Array.from({ length: count }, () => jpegSegment(0xfe, [])))
    const made = { width: 64, height: 64, data: plenty }
    expect(read({ ...made, before: tables(6) })).not.toBeNull()
    expect(read({ ...made, before: tables(8) })).toBeNull()
    expect(read({ ...made, before: comments(50) })).not.toBeNull()
    expect(read({ ...made, before: comments(100) })).toBeNull()
    expect(jpegSize(madeJpeg({ ...made, before: comments(50) }))).toEqual({ width: 64, height: 64 })
    expect(jpegSize(madeJpeg({ ...made, before: comments(100) }))).toBeNull()
  })
})

describe('a picture that would be too large for a phone', () => {
  const sizeOf = (width: number, height: number) => jpegSize(madeJpeg({ width, height, data: plenty }))

  test.each([
    [1920, 1200],
    [1200, 1920],
    [4096, 2160],
    [2160, 4096],
  ])('%s × %s is not', (width, height) => {
    expect(sizeOf(width, height)).toEqual({ width, height })
  })

  test.each([
    [4096, 2161],
    [4097, 100],
    [100, 4097],
    [65_535, 65_535],
    [0, 100],
  ])('%s × %s is none, and is not read', (width, height) => {
    expect(sizeOf(width, height)).toBeNull()
    expect(read({ width, height, data: plenty })).toBeNull()
  })
})
