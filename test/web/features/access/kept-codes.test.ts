import { describe, expect, it } from 'vitest'
import { areNotKept, noteKept, noteShown } from '../../../../web/features/access/kept-codes.ts'

function memory(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
}

describe('recovery codes that were shown', () => {
  it('are in doubt until their owner says that they are kept', () => {
    const here = memory()
    expect(areNotKept('kei', here)).toBe(false)
    noteShown('kei', here)
    expect(areNotKept('kei', here)).toBe(true)
    noteKept('kei', here)
    expect(areNotKept('kei', here)).toBe(false)
  })

  it('are one person’s matter, on a browser that several use', () => {
    const here = memory()
    noteShown('kei', here)
    expect(areNotKept('ada', here)).toBe(false)
    noteKept('ada', here)
    expect(areNotKept('kei', here)).toBe(true)
  })

  it('break nothing where the browser keeps nothing', () => {
    const refuse = (): never => {
      throw new Error('SecurityError')
    }
    const none = { getItem: refuse, setItem: refuse, removeItem: refuse }
    noteShown('kei', none)
    noteKept('kei', none)
    expect(areNotKept('kei', none)).toBe(false)
  })
})
