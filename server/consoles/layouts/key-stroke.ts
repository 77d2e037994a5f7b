/** One key, with or without Shift. `code` is a `KeyboardEvent.code` value. */
export type KeyStroke = { code: string; shift: boolean }

/** What each character needs on one keyboard layout. */
export type LayoutTable = ReadonlyMap<string, KeyStroke>

/** A key's characters: alone and with Shift ('' = none that can be typed reliably). */
export type KeyCharacters = readonly [code: string, plain: string, shifted: string]

const letters: KeyCharacters[] = [...'abcdefghijklmnopqrstuvwxyz'].map((letter) => [
  `Key${letter.toUpperCase()}`,
  letter,
  letter.toUpperCase(),
])
const whitespace: KeyCharacters[] = [
  ['Space', ' ', ''],
  ['Enter', '\n', ''],
  ['Tab', '\t', ''],
]

/** Table of letters, whitespace and `keys`; the first key that gives a character is the one used for it. */
export function makeLayout(keys: readonly KeyCharacters[]): LayoutTable {
  const table = new Map<string, KeyStroke>()
  for (const [code, plain, shifted] of [...letters, ...whitespace, ...keys]) {
    if (plain !== '' && !table.has(plain)) table.set(plain, { code, shift: false })
    if (shifted !== '' && !table.has(shifted)) table.set(shifted, { code, shift: true })
  }
  return table
}
