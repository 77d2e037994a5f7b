import { describe, expect, it } from 'vitest'
import { planText, strokeEvents } from '../../server/consoles/text-plan.ts'

/** What is printed on the keys, row by row: `code plain shifted`. Written down apart from the tables it checks. */
const printed = {
  us: [
    'Backquote ` ~|Digit1 1 !|Digit2 2 @|Digit3 3 #|Digit4 4 $|Digit5 5 %|Digit6 6 ^|Digit7 7 &|Digit8 8 *',
    'Digit9 9 (|Digit0 0 )|Minus - _|Equal = +|BracketLeft [ {|BracketRight ] }|Semicolon ; :',
    'Quote \' "|Comma , <|Period . >|Slash / ?',
  ],
  jp: [
    'Digit1 1 !|Digit2 2 "|Digit3 3 #|Digit4 4 $|Digit5 5 %|Digit6 6 &|Digit7 7 \'|Digit8 8 (|Digit9 9 )',
    'Minus - =|Equal ^ ~|BracketLeft @ `|BracketRight [ {|Semicolon ; +|Quote : *|Backslash ] }',
    'Comma , <|Period . >|Slash / ?|IntlRo \\ _',
  ],
} as const

function strokesOf(text: string, layout: 'us' | 'jp'): { code: string; shift: boolean }[] {
  const plan = planText(text, layout)
  if ('unmappable' in plan) throw new Error(`cannot be typed: ${plan.unmappable.join(' ')}`)
  return plan.strokes
}

describe.each(['us', 'jp'] as const)('text on a %s keyboard', (layout) => {
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))

  it.each(printable)('types %j with one key of its own', (character) => {
    const strokes = strokesOf(character, layout)
    expect(strokes).toHaveLength(1)
    const others = printable.filter((other) => other !== character)
    for (const other of others) expect(strokesOf(other, layout)).not.toEqual(strokes)
  })

  it('finds each symbol where it is printed', () => {
    for (const cell of printed[layout].flatMap((row) => row.split('|'))) {
      const [code = '', plain = '', shifted = ''] = cell.split(' ')
      expect(strokesOf(plain, layout), plain).toEqual([{ code, shift: false }])
      expect(strokesOf(shifted || '|', layout), shifted).toEqual([{ code, shift: true }])
    }
  })

  it('types letters with Shift for capitals', () => {
    expect(strokesOf('aZ', layout)).toEqual([
      { code: 'KeyA', shift: false },
      { code: 'KeyZ', shift: true },
    ])
  })

  it('makes every kind of line end one Enter, and tabs Tab', () => {
    const codes = strokesOf('a\r\nb\rc\n\t', layout).map((stroke) => stroke.code)
    expect(codes).toEqual(['KeyA', 'Enter', 'KeyB', 'Enter', 'KeyC', 'Enter', 'Tab'])
  })

  it('plans nothing when a character has no key, and names each such character once', () => {
    expect(planText('aé😀bé漢', layout)).toEqual({ unmappable: ['é', '😀', '漢'] })
    expect(planText('\u0007', layout)).toEqual({ unmappable: ['\u0007'] })
  })
})

describe('what only one layout has', () => {
  it('puts backslash and bar on one US key', () => {
    expect(strokesOf('\\|', 'us')).toEqual([
      { code: 'Backslash', shift: false },
      { code: 'Backslash', shift: true },
    ])
    expect(planText('¥', 'us')).toEqual({ unmappable: ['¥'] })
  })

  it('puts yen and bar on the JIS yen key, backslash and underscore left of Shift', () => {
    expect(strokesOf('¥|\\_', 'jp')).toEqual([
      { code: 'IntlYen', shift: false },
      { code: 'IntlYen', shift: true },
      { code: 'IntlRo', shift: false },
      { code: 'IntlRo', shift: true },
    ])
  })
})

describe('events of a stroke', () => {
  const names = (stroke: { code: string; shift: boolean }, caps: boolean): string =>
    strokeEvents(stroke, caps)
      .map(({ code, down }) => `${down ? '+' : '-'}${code}`)
      .join(' ')

  it('begins and ends with every key up', () => {
    expect(names({ code: 'KeyA', shift: false }, false)).toBe('+KeyA -KeyA')
    expect(names({ code: 'Digit1', shift: true }, false)).toBe('+ShiftLeft +Digit1 -Digit1 -ShiftLeft')
  })

  it('turns letters round while Caps Lock is on, and nothing else', () => {
    expect(names({ code: 'KeyA', shift: true }, true)).toBe('+KeyA -KeyA')
    expect(names({ code: 'KeyA', shift: false }, true)).toBe('+ShiftLeft +KeyA -KeyA -ShiftLeft')
    expect(names({ code: 'Digit1', shift: true }, true)).toBe('+ShiftLeft +Digit1 -Digit1 -ShiftLeft')
  })
})
