import { randomFillSync } from 'node:crypto'

const ivBytes = 16
const poolBytes = 4096

/** Unpredictable initialisation vectors, drawn from the system 256 at a time: one call each would cost as much as the cipher. */
export class IvSource {
  readonly #pool = Buffer.alloc(poolBytes)
  #offset = poolBytes

  /** Sixteen fresh bytes; never the same ones twice. Valid until 256 more were taken. */
  next(): Buffer {
    if (this.#offset === poolBytes) {
      randomFillSync(this.#pool)
      this.#offset = 0
    }
    this.#offset += ivBytes
    return this.#pool.subarray(this.#offset - ivBytes, this.#offset)
  }
}
