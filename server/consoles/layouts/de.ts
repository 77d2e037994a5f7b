import { makeLayout } from './key-stroke.ts'

/**
 * German (DIN 2137, T1), with its dead keys: circumflex left of 1, acute and grave right of ß. Where a system was set
 * up without dead keys, `^` and the grave come with a space behind them.
 */
export const deLayout = makeLayout(
  [
    ['Backquote', '\u0302', '°'],
    ['Digit1', '1', '!'],
    ['Digit2', '2', '"', '²'],
    ['Digit3', '3', '§', '³'],
    ['Digit4', '4', '$'],
    ['Digit5', '5', '%'],
    ['Digit6', '6', '&'],
    ['Digit7', '7', '/', '{'],
    ['Digit8', '8', '(', '['],
    ['Digit9', '9', ')', ']'],
    ['Digit0', '0', '=', '}'],
    ['Minus', 'ß', '?', '\\'],
    ['Equal', '\u0301', '\u0300'],
    ['KeyQ', 'q', 'Q', '@'],
    ['KeyE', 'e', 'E', '€'],
    ['BracketLeft', 'ü', 'Ü'],
    ['BracketRight', '+', '*', '~'],
    ['Semicolon', 'ö', 'Ö'],
    ['Quote', 'ä', 'Ä'],
    ['Backslash', '#', "'"],
    ['IntlBackslash', '<', '>', '|'],
    ['KeyM', 'm', 'M', 'µ'],
    ['Comma', ',', ';'],
    ['Period', '.', ':'],
    ['Slash', '-', '_'],
  ],
  ['qwertzuiop', 'asdfghjkl', 'yxcvbnm'],
)
