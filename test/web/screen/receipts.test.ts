import { expect, it } from 'vitest'
import { Receipts } from '../../../web/features/screen/receipts.ts'

it('acknowledges each whole picture, and one that takes long four times a second', () => {
  const receipts = new Receipts()
  expect(receipts.add(100, true, 0)).toBe(100)
  const long = Array.from({ length: 12 }, (_, index) => receipts.add(8_192, index === 11, 100 * (index + 1)))
  expect(long.map((bytes) => (bytes === null ? '-' : '+')).join('')).toBe('--+--+--+--+')
  expect(long.at(-1)).toBe(100 + 12 * 8_192)
  expect(receipts.add(32, true, 1_201)).toBe(100 + 12 * 8_192 + 32)
})
