import { describe, expect, it } from 'vitest'
import { freshMemory, recall, remember } from '../../../web/features/screen/screen-memory.ts'

function tab(stored: Record<string, string> = {}) {
  const kept = new Map(Object.entries(stored))
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
}

describe('what a tab remembers of a screen', () => {
  it('is nothing at first, and for another machine', () => {
    const storage = tab()
    remember('a', { mode: 'type' }, storage)
    expect(recall('b', storage)).toEqual(freshMemory)
  })

  it('is changed piece by piece', () => {
    const storage = tab()
    const view = { scale: 2, x: -10, y: 0, stage: { width: 360, height: 400 } }
    remember('a', { mode: 'type', viewerId: 'v1' }, storage)
    remember('a', { view }, storage)
    expect(recall('a', storage)).toEqual({
      ...freshMemory,
      mode: 'type',
      viewerId: 'v1',
      view,
    })
  })

  it.each(['{', 'null', '7'])('survives %s in the storage', (text) => {
    expect(recall('a', tab({ 'screen:a': text }))).toEqual(freshMemory)
  })

  it('does without a storage that refuses', () => {
    const refusing = {
      getItem: () => {
        throw new Error('forbidden')
      },
      setItem: () => {
        throw new Error('full')
      },
    }
    remember('a', { mode: 'keys' }, refusing)
    expect(recall('a', refusing)).toEqual(freshMemory)
  })
})
