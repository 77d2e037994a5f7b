/**
 * Text from a stranger as one plain line: control characters (CR, LF, ESC…), line separators and marks that turn the
 * writing direction become `·`; what is longer than `maxLength` is cut with `…`.
 */
export function cleanLine(text: string, maxLength: number): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '·')
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).toWellFormed()}…`
}
