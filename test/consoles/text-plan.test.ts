import { describe, expect, it } from 'vitest'
import type { KeyStroke } from '../../server/consoles/layouts/key-stroke.ts'
import { planText, strokeEvents } from '../../server/consoles/text-plan.ts'
import type { Layout } from '../../server/contract/inventory.ts'

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
  gb: [
    'Digit1 1 !|Digit2 2 "|Digit3 3 £|Digit4 4 $|Digit5 5 %|Digit6 6 ^|Digit7 7 &|Digit8 8 *|Digit9 9 (',
    'Backquote ` ¬|Digit0 0 )|Minus - _|Equal = +|BracketLeft [ {|BracketRight ] }|Backslash # ~',
    "Semicolon ; :|Quote ' @|IntlBackslash \\ |Comma , <|Period . >|Slash / ?",
  ],
  de: [
    'Digit1 1 !|Digit2 2 "|Digit3 3 §|Digit4 4 $|Digit5 5 %|Digit6 6 &|Digit7 7 /|Digit8 8 (|Digit9 9 )',
    "Digit0 0 =|Minus ß ?|BracketRight + *|Backslash # '|IntlBackslash < >|Comma , ;|Period . :|Slash - _",
  ],
  fr: [
    'Digit1 & 1|Digit2 é 2|Digit3 " 3|Digit4 \' 4|Digit5 ( 5|Digit6 - 6|Digit7 è 7|Digit8 _ 8|Digit9 ç 9',
    'Digit0 à 0|Minus ) °|Equal = +|BracketRight $ £|Quote ù %|Backslash * µ|IntlBackslash < >',
    'KeyM , ?|Comma ; .|Period : /|Slash ! §',
  ],
} as const
const layoutNames = ['us', 'jp', 'gb', 'de', 'fr'] as const

function strokesOf(text: string, layout: Layout): KeyStroke[] {
  const plan = planText(text, layout)
  if ('unmappable' in plan) throw new Error(`cannot be typed: ${plan.unmappable.join(' ')}`)
  return plan.strokes
}

describe.each(layoutNames)('text on a %s keyboard', (layout) => {
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

  it('types letters with Shift for capitals, and tells Caps Lock that they are letters', () => {
    const places = { us: 'AZ', jp: 'AZ', gb: 'AZ', de: 'AY', fr: 'QW' }[layout]
    expect(strokesOf('aZ', layout)).toEqual([
      { code: `Key${places[0]}`, shift: false, isLetter: true },
      { code: `Key${places[1]}`, shift: true, isLetter: true },
    ])
  })

  it('makes every kind of line end one Enter, and tabs Tab', () => {
    const codes = strokesOf('a\r\nb\rc\n\t', layout).map((stroke) => stroke.code)
    const a = layout === 'fr' ? 'KeyQ' : 'KeyA'
    expect(codes).toEqual([a, 'Enter', 'KeyB', 'Enter', 'KeyC', 'Enter', 'Tab'])
  })

  it('plans nothing when a character has no key, and names each such character once', () => {
    expect(planText('aж😀bж漢', layout)).toEqual({ unmappable: ['ж', '😀', '漢'] })
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

describe('keys that wait', () => {
  const dead = { code: 'Backquote', shift: false }

  it('puts a dead key before a space for the accent alone, and before the letter that carries it', () => {
    expect(strokesOf('^ô', 'de')).toEqual([
      { code: 'Space', shift: false, dead },
      { code: 'KeyO', shift: false, isLetter: true, dead },
    ])
    expect(strokesOf('^', 'fr')).toEqual([{ code: 'Digit9', shift: false, altGr: true }])
  })

  it('presses both keys of such a character in one go', () => {
    const [stroke] = strokesOf('`', 'de')
    const events = strokeEvents(stroke ?? { code: '', shift: false }, false)
    expect(events.map(({ code, down }) => `${down ? '+' : '-'}${code}`).join(' ')).toBe(
      '+ShiftLeft +Equal -Equal -ShiftLeft +Space -Space',
    )
  })
})

describe('events of a stroke', () => {
  const names = (stroke: KeyStroke, caps: boolean): string =>
    strokeEvents(stroke, caps)
      .map(({ code, down }) => `${down ? '+' : '-'}${code}`)
      .join(' ')

  it('begins and ends with every key up', () => {
    expect(names({ code: 'KeyA', shift: false }, false)).toBe('+KeyA -KeyA')
    expect(names({ code: 'Digit1', shift: true }, false)).toBe('+ShiftLeft +Digit1 -Digit1 -ShiftLeft')
    expect(names({ code: 'KeyQ', shift: false, altGr: true }, false)).toBe('+AltRight +KeyQ -KeyQ -AltRight')
  })

  it('turns letters round while Caps Lock is on, and nothing else', () => {
    expect(names({ code: 'KeyA', shift: true, isLetter: true }, true)).toBe('+KeyA -KeyA')
    expect(names({ code: 'KeyA', shift: false, isLetter: true }, true)).toBe(
      '+ShiftLeft +KeyA -KeyA -ShiftLeft',
    )
    expect(names({ code: 'Digit1', shift: true }, true)).toBe('+ShiftLeft +Digit1 -Digit1 -ShiftLeft')
  })
})
