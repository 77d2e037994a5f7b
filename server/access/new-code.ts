import { randomInt } from 'node:crypto'

/** Crockford's alphabet: no letter that looks like a digit. 16 characters are 80 bits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const codeLength = 16

/** A random code for people to read off a terminal and type: `XXXX-XXXX-XXXX-XXXX`. */
export function newCode(): string {
  const code = Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join('')
  return code.replace(/(.{4})(?=.)/g, '$1-')
}

/** Its bare 16 characters from what a person typed: any case, with or without dashes, O for 0, I or L for 1. */
export function bareCode(typed: string): string {
  return typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
}
