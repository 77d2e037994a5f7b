import { describe, expect, it } from 'vitest'
import {
  activeModifiers,
  afterKey,
  codeOfPlainCharacter,
  tapModifier,
} from '../../../web/features/screen/sticky-keys.ts'

describe('sticky modifiers', () => {
  it('hold for one key, then locked, then off', () => {
    const once = tapModifier({}, 'ControlLeft')
    expect(activeModifiers(once)).toEqual(['ControlLeft'])
    expect(afterKey(once)).toEqual({})
    const locked = tapModifier(once, 'ControlLeft')
    expect(afterKey(locked)).toEqual({ ControlLeft: 'locked' })
    expect(tapModifier(locked, 'ControlLeft')).toEqual({})
  })

  it('combine in one order', () => {
    const state = tapModifier(tapModifier({}, 'AltLeft'), 'ControlLeft')
    expect(activeModifiers(state)).toEqual(['ControlLeft', 'AltLeft'])
  })

  it('combine with keys whose place no layout changes', () => {
    expect(['c', 'C', '7', ' ', 'é', '@', 'ab', ''].map(codeOfPlainCharacter)).toEqual([
      'KeyC',
      'KeyC',
      'Digit7',
      'Space',
      null,
      null,
      null,
      null,
    ])
  })
})
