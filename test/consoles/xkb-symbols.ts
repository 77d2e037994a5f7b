import { readFileSync } from 'node:fs'

export const xkbFolder = '/usr/share/X11/xkb/symbols'

const rows: readonly [row: string, codes: readonly string[]][] = [
  ['AE', [...'1234567890'].map((digit) => `Digit${digit}`).concat('Minus', 'Equal', 'IntlYen')],
  ['AD', [...'QWERTYUIOP'].map((letter) => `Key${letter}`).concat('BracketLeft', 'BracketRight')],
  ['AC', [...'ASDFGHJKL'].map((letter) => `Key${letter}`).concat('Semicolon', 'Quote', 'Backslash')],
  ['AB', [...'ZXCVBNM'].map((letter) => `Key${letter}`).concat('Comma', 'Period', 'Slash', 'IntlRo')],
]
const codeOfKey = new Map<string, string>([
  ['TLDE', 'Backquote'],
  ['BKSL', 'Backslash'],
  ['LSGT', 'IntlBackslash'],
  ...rows.flatMap(([row, codes]) =>
    codes.map((code, index): [string, string] => [`${row}${String(index + 1).padStart(2, '0')}`, code]),
  ),
])

/** Keysym names of X11 that are not the character itself. @see keysymdef.h */
const named = Object.fromEntries(
  (
    'exclam ! quotedbl " numbersign # dollar $ percent % ampersand & apostrophe \' parenleft ( parenright ) ' +
    'asterisk * plus + comma , minus - period . slash / colon : semicolon ; less < equal = greater > question ? ' +
    'at @ bracketleft [ backslash \\ bracketright ] asciicircum ^ underscore _ grave ` braceleft { bar | ' +
    'braceright } asciitilde ~ sterling £ yen ¥ notsign ¬ EuroSign € degree ° section § twosuperior ² ' +
    'threesuperior ³ ssharp ß udiaeresis ü Udiaeresis Ü odiaeresis ö Odiaeresis Ö adiaeresis ä Adiaeresis Ä mu µ ' +
    'eacute é egrave è ccedilla ç agrave à ugrave ù currency ¤'
  )
    .split(' ')
    .flatMap((word, index, words) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : [])),
) as Record<string, string>
const accents: Readonly<Record<string, [combining: string, alone: string]>> = {
  dead_grave: ['\u0300', '`'],
  dead_acute: ['\u0301', '´'],
  dead_circumflex: ['\u0302', '^'],
  dead_diaeresis: ['\u0308', '¨'],
}

type Levels = ReadonlyMap<string, readonly string[]>

/** The keysyms of each key (`KeyboardEvent.code`) by level: alone, Shift, AltGr, both. Includes are followed. */
export function readXkb(file: string, section: string): Levels {
  const text = readFileSync(`${xkbFolder}/${file}`, 'utf8').replaceAll(/\/\/.*$/gm, '')
  const body = new RegExp(`xkb_symbols\\s+"${section}"\\s*\\{(.*?)^\\};`, 'ms').exec(text)?.[1]
  if (body === undefined) throw new Error(`there is no section ${section} in ${file}`)
  const levels = new Map<string, readonly string[]>()
  const statement = /include\s+"(\w+)(?:\((\w+)\))?"|key\s+<(\w+)>\s*\{([^}]*)\}/g
  for (const [, included, part, key, symbols] of body.matchAll(statement)) {
    if (included !== undefined && included !== 'level3' && included !== 'kpdl' && included !== 'nbsp') {
      for (const [code, list] of readXkb(included, part ?? 'basic')) levels.set(code, list)
    }
    const code = codeOfKey.get(key ?? '')
    const list =
      /\[([^\]]*)\]\s*$/.exec((symbols ?? '').trim())?.[1] ?? /=\s*\[([^\]]*)\]/.exec(symbols ?? '')?.[1]
    if (code !== undefined && list !== undefined)
      levels.set(
        code,
        list.split(',').map((symbol) => symbol.trim()),
      )
  }
  return levels
}

/** What a machine with this layout makes of key events: text, with unknown symbols as ‹name›. */
export function typedOn(levels: Levels, events: readonly { code: string; down: boolean }[]): string {
  const held = new Set<string>()
  let pending = ''
  let text = ''
  for (const { code, down } of events) {
    if (down) held.add(code)
    else held.delete(code)
    if (!down || code === 'ShiftLeft' || code === 'AltRight') continue
    const level = (held.has('ShiftLeft') ? 1 : 0) + (held.has('AltRight') ? 2 : 0)
    const symbol = code === 'Space' ? ' ' : (levels.get(code)?.[level] ?? '')
    if (symbol in accents) {
      pending = symbol
      continue
    }
    text += composed(pending, named[symbol] ?? ([...symbol].length === 1 ? symbol : `‹${symbol}›`))
    pending = ''
  }
  return pending === '' ? text : `${text}‹${pending} waits›`
}

function composed(pending: string, character: string): string {
  const accent = accents[pending]
  if (accent === undefined) return character
  return character === ' ' ? accent[1] : (character + accent[0]).normalize('NFC')
}
