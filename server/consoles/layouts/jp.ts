import { makeLayout } from './key-stroke.ts'

/**
 * Japanese 106/109 (JIS X 6002). Key codes are those of the key's place: what is printed `^ ~` is `Equal`, `@` is
 * `BracketLeft`, `:` is `Quote`, `]` is `Backslash`. Backslash comes from `IntlRo` (left of the right Shift), which
 * gives it on Linux and Windows alike; the yen sign from `IntlYen`, which many systems show as a backslash.
 */
export const jpLayout = makeLayout([
  ['Digit1', '1', '!'],
  ['Digit2', '2', '"'],
  ['Digit3', '3', '#'],
  ['Digit4', '4', '$'],
  ['Digit5', '5', '%'],
  ['Digit6', '6', '&'],
  ['Digit7', '7', "'"],
  ['Digit8', '8', '('],
  ['Digit9', '9', ')'],
  ['Digit0', '0', ''],
  ['Minus', '-', '='],
  ['Equal', '^', '~'],
  ['IntlYen', '¥', '|'],
  ['BracketLeft', '@', '`'],
  ['BracketRight', '[', '{'],
  ['Semicolon', ';', '+'],
  ['Quote', ':', '*'],
  ['Backslash', ']', '}'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
  ['IntlRo', '\\', '_'],
])
