import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { powerChordOf } from '../../server/consoles/power-chord.ts'

const codes = [
  'ControlLeft',
  'ControlRight',
  'AltLeft',
  'AltRight',
  'ShiftLeft',
  'Delete',
  'NumpadDecimal',
  'PrintScreen',
  'KeyB',
  'KeyC',
]

/** What is down on the machine after these presses, chords left out as the desk does. */
function downAfter(presses: readonly string[]): Set<string> {
  const held = new Set<string>()
  for (const code of presses) if (powerChordOf(held, code) === null) held.add(code)
  return held
}

describe('chords that command the machine', () => {
  it('never reach it, in whatever order their keys go down', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(codes), (presses) => {
        const held = downAfter(presses)
        const has = (...any: string[]): boolean => any.some((code) => held.has(code))
        const isReboot =
          has('ControlLeft', 'ControlRight') && has('AltLeft', 'AltRight') && has('Delete', 'NumpadDecimal')
        expect(isReboot).toBe(false)
      }),
    )
  })

  it.each([
    ['ctrlAltDel', ['ControlLeft', 'AltLeft'], 'Delete'],
    ['ctrlAltDel', ['ControlRight', 'AltRight'], 'NumpadDecimal'],
    ['ctrlAltDel', ['Delete', 'AltLeft'], 'ControlLeft'],
    ['sysrq', ['AltLeft', 'PrintScreen'], 'KeyB'],
    [null, ['ControlLeft', 'AltLeft'], 'F2'],
    [null, ['ControlLeft', 'AltLeft'], 'KeyC'],
    [null, ['ControlLeft'], 'Delete'],
    [null, ['AltLeft'], 'PrintScreen'],
    [null, ['PrintScreen'], 'KeyB'],
  ] as const)('are told apart: %s from %j and %s', (chord, held, code) => {
    expect(powerChordOf(new Set(held), code)).toBe(chord)
  })
})
