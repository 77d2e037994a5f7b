/** Code lengths in the upper byte, symbols in the lower one, by the next 16 bits. */
export type JpegCodes = Uint16Array

/** The entropy-coded bits of a scan. */
export class ScanBits {
  readonly #bytes: Buffer
  #at: number
  #held = 0
  #count = 0
  #missing = 0

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  /** More was read than there is. */
  get isPastEnd(): boolean {
    return this.#missing > 8
  }

  /** How the next block's constant part differs from the one before. */
  readDifference(codes: JpegCodes): number {
    const size = this.#symbol(codes)
    if (size === 0 || size > 16) return 0
    const value = this.#take(size)
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value
  }

  /** Passes over the other 63 parts of a block; false when they cannot be. */
  skipRest(codes: JpegCodes): boolean {
    for (let index = 1; index < 64; index += 1) {
      const symbol = this.#symbol(codes)
      if (symbol === 0) return true
      index += symbol >> 4
      if (index > 64) return false
      this.#take(symbol & 15)
    }
    return true
  }

  /** Goes on after the next restart marker. */
  restart(): void {
    this.#held = 0
    this.#count = 0
    while (this.#at + 1 < this.#bytes.length) {
      const isMarker = this.#bytes[this.#at] === 0xff && ((this.#bytes[this.#at + 1] ?? 0) & 0xf8) === 0xd0
      this.#at += isMarker ? 2 : 1
      if (isMarker) {
        this.#missing = 0
        return
      }
    }
  }

  #symbol(codes: JpegCodes): number {
    this.#fill(16)
    const entry = codes[(this.#held >>> (this.#count - 16)) & 0xffff] ?? 0
    // A code that does not exist: the picture is damaged, and what follows is noise until the end.
    this.#count -= entry >> 8 || 16
    return entry & 0xff
  }

  #take(size: number): number {
    if (size === 0) return 0
    this.#fill(size)
    this.#count -= size
    return (this.#held >>> this.#count) & ((1 << size) - 1)
  }

  /** Makes sure of so many bits, at most 16; at a marker and beyond the end they are zero. */
  #fill(size: number): void {
    while (this.#count < size) {
      let byte = this.#bytes[this.#at]
      if (byte === undefined || (byte === 0xff && this.#bytes[this.#at + 1] !== 0)) {
        byte = 0
        this.#missing += 1
      } else this.#at += byte === 0xff ? 2 : 1
      this.#held = ((this.#held << 8) | byte) & 0xffffff
      this.#count += 8
    }
  }
}
