import { expect, it } from 'vitest'
import { keepQuality, storedQuality } from '../../../web/features/screen/picture-quality.ts'

function memory() {
  const kept = new Map<string, string>()
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
}

it('remembers the choice, and is Auto before one and for what is no choice', () => {
  const storage = memory()
  expect(storedQuality(() => storage)).toBe('auto')
  keepQuality('light', () => storage)
  expect(storedQuality(() => storage)).toBe('light')
  storage.setItem('crashcart.quality', 'ultra')
  expect(storedQuality(() => storage)).toBe('auto')
})

it('is Auto where storage is forbidden', () => {
  const forbidden = () => {
    throw new DOMException('denied', 'SecurityError')
  }
  keepQuality('light', forbidden)
  expect(storedQuality(forbidden)).toBe('auto')
})
