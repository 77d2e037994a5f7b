import { IpmiProtocolError } from '../errors.ts'

/**
 * Reads little-endian fields one after another and refuses to read past the end.
 * @throws IpmiProtocolError when a field is not wholly there.
 */
export class ByteReader {
  readonly #bytes: Buffer
  readonly #what: string
  #offset = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#what = what
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1))
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2))
  }

  u24(): number {
    return this.#bytes.readUIntLE(this.#take(3), 3)
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4))
  }

  bytes(length: number): Buffer {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  rest(): Buffer {
    return this.bytes(this.remaining)
  }

  skip(length: number): void {
    this.#take(length)
  }

  #take(length: number): number {
    if (length < 0 || this.remaining < length) {
      throw new IpmiProtocolError(
        'command',
        `${this.#what} was cut short: ${this.#bytes.length} bytes, at least ${this.#offset + length} needed`,
      )
    }
    const start = this.#offset
    this.#offset += length
    return start
  }
}
