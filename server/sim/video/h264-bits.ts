import type { Code } from './h264-tables.ts'

/** Writes bits, most significant first, into a buffer that grows. */
export class BitWriter {
  #bytes = new Uint8Array(4096)
  #length = 0
  #pending = 0
  #pendingBits = 0

  /** Writes the low `length` bits of `value`, at most 24. */
  put(value: number, length: number): void {
    this.#pending = (this.#pending << length) | (value & ((1 << length) - 1))
    this.#pendingBits += length
    while (this.#pendingBits >= 8) {
      this.#pendingBits -= 8
      this.#byte((this.#pending >> this.#pendingBits) & 255)
    }
    this.#pending &= (1 << this.#pendingBits) - 1
  }

  code({ bits, length }: Code): void {
    this.put(bits, length)
  }

  /** An unsigned Exp-Golomb number below 4095. */
  ue(value: number): void {
    const length = 32 - Math.clz32(value + 1)
    this.put(0, length - 1)
    this.put(value + 1, length)
  }

  /** A signed Exp-Golomb number. */
  se(value: number): void {
    this.ue(value > 0 ? 2 * value - 1 : -2 * value)
  }

  /** Ends the payload with a one and zeros up to a whole byte, and takes it out. */
  finish(): Uint8Array {
    this.put(1, 1)
    if (this.#pendingBits > 0) this.put(0, 8 - this.#pendingBits)
    const payload = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return payload
  }

  #byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes[this.#length++] = value
  }
}

/** NAL unit types that the encoder makes. */
export const NAL = { slice: 1, idrSlice: 5, sps: 7, pps: 8 } as const

/** One NAL unit in Annex B form: start code, header, and the payload with emulation prevention. */
export function nalUnit(type: number, payload: Uint8Array): Uint8Array {
  const unit = new Uint8Array(5 + payload.length + (payload.length >> 1) + 1)
  unit.set([0, 0, 0, 1, 0x60 | type])
  let length = 5
  let zeros = 0
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      unit[length++] = 3
      zeros = 0
    }
    unit[length++] = byte
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return unit.slice(0, length)
}
