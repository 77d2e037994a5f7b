import { makeLayout } from './key-stroke.ts'

/** United Kingdom (ISO 105, BS 4822): pound, at, quotes, hash and backslash lie elsewhere than on a US keyboard. */
export const gbLayout = makeLayout([
  ['Backquote', '`', '¬'],
  ['Digit1', '1', '!'],
  ['Digit2', '2', '"'],
  ['Digit3', '3', '£'],
  ['Digit4', '4', '$', '€'],
  ['Digit5', '5', '%'],
  ['Digit6', '6', '^'],
  ['Digit7', '7', '&'],
  ['Digit8', '8', '*'],
  ['Digit9', '9', '('],
  ['Digit0', '0', ')'],
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '#', '~'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '@'],
  ['IntlBackslash', '\\', '|'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
])
