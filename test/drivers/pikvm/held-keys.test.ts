import { describe, expect, test } from 'vitest'
import { createHeldKeys } from '../../../server/drivers/pikvm/held-keys.ts'

describe('held keys', () => {
  test('autorepeat is left out: a second "down" would be a release and a press', () => {
    const held = createHeldKeys()
    expect([held.admit('KeyA', true), held.admit('KeyA', true), held.admit('KeyA', false)]).toEqual([
      true,
      false,
      true,
    ])
    expect(held.admit('KeyA', true)).toBe(true)
  })

  test('a seventh key is left out with its release, and modifiers do not count', () => {
    const held = createHeldKeys()
    for (const code of ['ShiftLeft', 'ControlLeft', 'KeyA', 'KeyB', 'KeyC', 'KeyD', 'KeyE', 'KeyF']) {
      expect(held.admit(code, true)).toBe(true)
    }
    expect(held.admit('KeyG', true)).toBe(false)
    expect(held.admit('KeyG', false)).toBe(false)
    expect(held.admit('KeyA', false)).toBe(true)
    expect(held.admit('KeyG', true)).toBe(true)
  })

  test('a release of a key that is not known to be held passes', () => {
    expect(createHeldKeys().admit('KeyA', false)).toBe(true)
  })

  test('after the device let go of everything a key can be pressed again', () => {
    const held = createHeldKeys()
    held.admit('KeyA', true)
    held.clear()
    expect(held.admit('KeyA', true)).toBe(true)
  })
})
