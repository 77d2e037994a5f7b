/** Reads bits, most significant first. Past the end it gives zeros and `isExhausted` turns true. */
export interface BitReader {
  bits(count: number): number
  /** Unsigned Exp-Golomb; NaN for more than 32 leading zeros, which no valid field has. */
  ue(): number
  /** Signed Exp-Golomb. */
  se(): number
  readonly isExhausted: boolean
}

export function createBitReader(bytes: Uint8Array): BitReader {
  let position = 0
  let isExhausted = false

  function bit(): number {
    const byte = bytes[position >> 3]
    if (byte === undefined) isExhausted = true
    const value = ((byte ?? 0) >> (7 - (position & 7))) & 1
    position++
    return value
  }
  function bits(count: number): number {
    let value = 0
    for (let index = 0; index < count; index++) value = value * 2 + bit()
    return value
  }
  function ue(): number {
    let zeros = 0
    while (bit() === 0) if (++zeros > 32 || isExhausted) return Number.NaN
    return 2 ** zeros - 1 + bits(zeros)
  }

  return {
    bits,
    ue,
    se() {
      const value = ue()
      return value % 2 === 1 ? (value + 1) / 2 : -value / 2
    },
    get isExhausted() {
      return isExhausted
    },
  }
}
