/** Keyboard layout as the guest's operating system interprets it. */
export type GuestLayout = 'us' | 'jis'

type Pair = readonly [plain: string, shifted: string]

const LETTERS: Readonly<Record<string, Pair>> = Object.fromEntries(
  [...'abcdefghijklmnopqrstuvwxyz'].map((letter) => [
    `Key${letter.toUpperCase()}`,
    [letter, letter.toUpperCase()] as const,
  ]),
)

const COMMON: Readonly<Record<string, Pair>> = {
  ...LETTERS,
  Space: [' ', ' '],
  Comma: [',', '<'],
  Period: ['.', '>'],
  Slash: ['/', '?'],
  NumpadDivide: ['/', '/'],
  NumpadMultiply: ['*', '*'],
  NumpadSubtract: ['-', '-'],
  NumpadAdd: ['+', '+'],
}

function digits(shifted: string): Record<string, Pair> {
  return Object.fromEntries(
    [...'1234567890'].map((digit, index) => [`Digit${digit}`, [digit, shifted[index] ?? ''] as const]),
  )
}

const LAYOUTS: Readonly<Record<GuestLayout, Readonly<Record<string, Pair>>>> = {
  us: {
    ...COMMON,
    ...digits('!@#$%^&*()'),
    Minus: ['-', '_'],
    Equal: ['=', '+'],
    BracketLeft: ['[', '{'],
    BracketRight: [']', '}'],
    Backslash: ['\\', '|'],
    Semicolon: [';', ':'],
    Quote: ["'", '"'],
    Backquote: ['`', '~'],
    IntlBackslash: ['<', '>'],
  },
  jis: {
    ...COMMON,
    ...digits('!"#$%&\'()'),
    Minus: ['-', '='],
    Equal: ['^', '~'],
    IntlYen: ['\\', '|'],
    BracketLeft: ['@', '`'],
    BracketRight: ['[', '{'],
    Semicolon: [';', '+'],
    Quote: [':', '*'],
    Backslash: [']', '}'],
    IntlRo: ['\\', '_'],
  },
}

/** The character that a key gives in that layout, or '' for none. Caps lock turns letters around. */
export function charOfKey(layout: GuestLayout, key: string, shift: boolean, caps: boolean): string {
  const pair = LAYOUTS[layout][key]
  if (!pair) return numpadChar(key)
  const isLetter = key in LETTERS
  return pair[shift !== (isLetter && caps) ? 1 : 0]
}

function numpadChar(key: string): string {
  if (key === 'NumpadDecimal') return '.'
  return /^Numpad(\d)$/.exec(key)?.[1] ?? ''
}

/** One key stroke that types a character. */
export interface KeyStroke {
  key: string
  shift: boolean
}

/** Character → stroke for a layout; Enter and Tab included, first key wins where two give the same. */
export function strokesOfLayout(layout: GuestLayout): ReadonlyMap<string, KeyStroke> {
  const strokes = new Map<string, KeyStroke>([
    ['\n', { key: 'Enter', shift: false }],
    ['\t', { key: 'Tab', shift: false }],
  ])
  for (const [key, [plain, shifted]] of Object.entries(LAYOUTS[layout])) {
    if (key.startsWith('Numpad') || key === 'IntlBackslash') continue
    if (!strokes.has(plain)) strokes.set(plain, { key, shift: false })
    if (shifted && !strokes.has(shifted)) strokes.set(shifted, { key, shift: true })
  }
  return strokes
}
