/** One key with what is held around it. `code` is a `KeyboardEvent.code` value. */
export type Chord = {
  code: string
  shift: boolean
  /** The right Alt key, which gives a third character on European keyboards. */
  altGr?: true
  /** A letter: Caps Lock turns its Shift round. */
  isLetter?: true
}

/** What types one character: a chord, after another one that makes an accent wait for it (a dead key) if need be. */
export type KeyStroke = Chord & { dead?: Chord }

/** What each character needs on one keyboard layout. */
export type LayoutTable = ReadonlyMap<string, KeyStroke>

/**
 * What a key gives alone, with Shift and with AltGr ('' = nothing that can be typed reliably). A combining accent
 * (U+0300…) stands for a dead key.
 */
export type KeyCharacters = readonly [code: string, plain: string, shifted: string, altGr?: string]

/** Where the 26 letters are: the rows as printed, from the keys whose codes are KeyQ, KeyA and KeyZ on. */
export type LetterRows = readonly [upper: string, home: string, lower: string]
const qwerty: LetterRows = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm']

const whitespace: KeyCharacters[] = [
  ['Space', ' ', ''],
  ['Enter', '\n', ''],
  ['Tab', '\t', ''],
]
/** How each accent is written by itself. */
const spacingForms: Readonly<Record<string, string>> = {
  '\u0300': '`',
  '\u0301': '´',
  '\u0302': '^',
  '\u0303': '~',
  '\u0308': '¨',
}

/**
 * Table of letters, whitespace and `keys`. Of two ways to a character the one without a dead key is taken, then the
 * first.
 */
export function makeLayout(keys: readonly KeyCharacters[], rows: LetterRows = qwerty): LayoutTable {
  const table = new Map<string, KeyStroke>()
  const deadKeys = new Map<string, Chord>()
  const add = (character: string, chord: Chord): void => {
    const into = character in spacingForms ? deadKeys : table
    if (character !== '' && !into.has(character)) into.set(character, chord)
  }
  for (const [code, plain, shifted, altGr = ''] of [...lettersOf(rows), ...whitespace, ...keys]) {
    const letter = isPair(plain, shifted) ? ({ isLetter: true } as const) : {}
    add(plain, { code, shift: false, ...letter })
    add(shifted, { code, shift: true, ...letter })
    add(altGr, { code, shift: false, altGr: true })
  }
  for (const [accent, dead] of deadKeys) addAccented(table, accent, dead)
  return table
}

/** The accent by itself (a space after it), and over the letters that every system puts it on (Latin-1). */
function addAccented(table: Map<string, KeyStroke>, accent: string, dead: Chord): void {
  for (const [character, stroke] of table) {
    if (stroke.dead !== undefined || !/^[a-z ]$/i.test(character)) continue
    const accented = character === ' ' ? (spacingForms[accent] ?? '') : (character + accent).normalize('NFC')
    const isSimple = accented.length === 1 && accented <= 'ÿ'
    if (isSimple && !table.has(accented)) table.set(accented, { ...stroke, dead })
  }
}

function lettersOf(rows: LetterRows): KeyCharacters[] {
  return rows.flatMap((row, index) =>
    [...row].map((letter, place): KeyCharacters => {
      const key = qwerty[index]?.[place] ?? ''
      return [`Key${key.toUpperCase()}`, letter, letter.toUpperCase()]
    }),
  )
}

function isPair(plain: string, shifted: string): boolean {
  return plain !== shifted && plain.toUpperCase() === shifted
}
