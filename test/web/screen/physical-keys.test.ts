import { describe, expect, it } from 'vitest'
import { KeySender } from '../../../web/features/screen/key-sender.ts'
import { PhysicalKeys } from '../../../web/features/screen/physical-keys.ts'

function setUp(isMac: boolean) {
  const wire: string[] = []
  const keys = new KeySender((message) => {
    if (message.type === 'key') wire.push(`${message.down ? '+' : '-'}${message.code}`)
    else wire.push(message.type)
    return true
  })
  const physical = new PhysicalKeys(keys, isMac)
  const none = { repeat: false, ctrlKey: false, altKey: false, shiftKey: false }
  const press = (code: string, more: Partial<typeof none> = {}): boolean =>
    physical.pressed({ code, ...none, ...more })
  return { wire, keys, press, release: (code: string) => physical.released({ code }) }
}

describe('a real keyboard', () => {
  it('presses and lets go of Caps Lock for either half that a Mac tells of it', () => {
    const { wire, keys, press, release } = setUp(true)
    press('CapsLock')
    expect(wire).toEqual(['+CapsLock', '-CapsLock'])
    expect(keys.isHolding).toBe(false)
    release('CapsLock')
    expect(wire).toEqual(['+CapsLock', '-CapsLock', '+CapsLock', '-CapsLock'])
  })

  it('passes Caps Lock as it is told elsewhere, and other keys of a Mac', () => {
    const other = setUp(false)
    other.press('CapsLock')
    expect(other.wire).toEqual(['+CapsLock'])
    other.release('CapsLock')
    expect(other.wire).toEqual(['+CapsLock', '-CapsLock'])
    const mac = setUp(true)
    mac.press('KeyA')
    mac.press('KeyA', { repeat: true })
    mac.release('KeyA')
    expect(mac.wire).toEqual(['+KeyA', '-KeyA'])
  })

  it('lets go of everything with Command, and with the combination that gives it back', () => {
    const { wire, press, release } = setUp(true)
    press('MetaLeft')
    press('KeyC')
    release('MetaLeft')
    expect(wire).toEqual(['+MetaLeft', '+KeyC', '-MetaLeft', 'allUp'])
    press('KeyD')
    expect(press('ShiftLeft', { ctrlKey: true, altKey: true, shiftKey: true })).toBe(false)
    expect(wire.slice(4)).toEqual(['+KeyD', 'allUp'])
  })
})
