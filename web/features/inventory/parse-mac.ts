/** A hardware address as the server has it, however it was typed; undefined for what is none of one machine. */
export function parseMac(text: string): string | undefined {
  const digits = text
    .trim()
    .toLowerCase()
    .replaceAll(/[:.\- ]/g, '')
  if (!/^[0-9a-f][02468ace][0-9a-f]{10}$/.test(digits) || digits === '000000000000') return undefined
  return (digits.match(/../g) ?? []).join(':')
}
