const sixBitBase = 0x20
const bcdPlus = '0123456789 -.   '

/**
 * Text of a type/length field as SDRs and FRU areas have it: binary as hex, BCD plus, packed 6-bit ASCII, or
 * 8-bit Latin-1. Control characters are dropped. @see Platform Management FRU Information Storage Definition §13
 */
export function decodeTypedText(type: number, bytes: Uint8Array): string {
  const kind = type >> 6
  if (kind === 0) return Buffer.from(bytes).toString('hex')
  if (kind === 1)
    return [...bytes]
      .map((b) => `${bcdPlus[b >> 4]}${bcdPlus[b & 15]}`)
      .join('')
      .trimEnd()
  if (kind === 2) return sixBit(bytes)
  return printable(Buffer.from(bytes).toString('latin1'))
}

/** Name in a sensor record: type 0 means Unicode there, which nobody has seen; taken as Latin-1. */
export function decodeIdString(type: number, bytes: Uint8Array): string {
  return type >> 6 === 0 ? printable(Buffer.from(bytes).toString('latin1')) : decodeTypedText(type, bytes)
}

function sixBit(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held |= byte << bits
    bits += 8
    while (bits >= 6) {
      text += String.fromCharCode((held & 0x3f) + sixBitBase)
      held >>= 6
      bits -= 6
    }
  }
  return text.trimEnd()
}

function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- text from a device is only text
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').trimEnd()
}
