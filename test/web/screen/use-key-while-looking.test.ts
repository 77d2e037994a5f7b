import { describe, expect, it } from 'vitest'
import { isMeantToType } from '../../../web/features/screen/use-key-while-looking.ts'

describe('a key that is pressed while the screen only looks', () => {
  const plain = { repeat: false, isComposing: false, ctrlKey: false, altKey: false, metaKey: false }
  const press = (key: string, more: Partial<typeof plain> = {}, isOnPart = false): boolean =>
    isMeantToType({ ...plain, key, ...more }, isOnPart)

  it('was meant for the machine where it writes, ends or corrects something', () => {
    for (const key of ['a', 'Z', '1', ' ', '@', 'Enter', 'Backspace', 'Delete']) expect(press(key)).toBe(true)
  })

  it('was not where it moves around, commands the browser or composes', () => {
    for (const key of ['Tab', 'Escape', 'ArrowDown', 'Shift', 'F5', 'PageDown'])
      expect(press(key)).toBe(false)
    for (const held of ['ctrlKey', 'altKey', 'metaKey', 'isComposing', 'repeat'] as const)
      expect(press('r', { [held]: true })).toBe(false)
  })

  it('was not where a button, link or field of the page had it', () => {
    expect(press('Enter', {}, true)).toBe(false)
  })
})
