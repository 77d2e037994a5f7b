import { makeLayout } from './key-stroke.ts'

/**
 * French (AZERTY). Digits need Shift; circumflex and diaeresis are dead keys right of P. Tilde and grave are as Linux
 * has them: at once with AltGr, where Windows waits for one more key.
 */
export const frLayout = makeLayout(
  [
    ['Backquote', '²', ''],
    ['Digit1', '&', '1'],
    ['Digit2', 'é', '2', '~'],
    ['Digit3', '"', '3', '#'],
    ['Digit4', "'", '4', '{'],
    ['Digit5', '(', '5', '['],
    ['Digit6', '-', '6', '|'],
    ['Digit7', 'è', '7', '`'],
    ['Digit8', '_', '8', '\\'],
    ['Digit9', 'ç', '9', '^'],
    ['Digit0', 'à', '0', '@'],
    ['Minus', ')', '°', ']'],
    ['Equal', '=', '+', '}'],
    ['KeyE', 'e', 'E', '€'],
    ['BracketLeft', '\u0302', '\u0308'],
    ['BracketRight', '$', '£', '¤'],
    ['Semicolon', 'm', 'M'],
    ['Quote', 'ù', '%'],
    ['Backslash', '*', 'µ'],
    ['IntlBackslash', '<', '>'],
    ['KeyM', ',', '?'],
    ['Comma', ';', '.'],
    ['Period', ':', '/'],
    ['Slash', '!', '§'],
  ],
  ['azertyuiop', 'qsdfghjkl', 'wxcvbn'],
)
