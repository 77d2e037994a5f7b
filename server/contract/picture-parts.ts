import { decodePictureHeader, pictureHeaderBytes } from './picture-header.ts'

/**
 * A picture goes over the wire in binary messages of at most this size. A browser hears of a message only when all of
 * it has come: in one piece, a picture on a bad link would be a silence that looks like a dead one, and nothing else
 * could be heard meanwhile.
 */
export const largestPartBytes = 8_192

/** The parts of one picture message, in order. The first begins with the picture's header, the others have none. */
export function* pictureParts(message: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < message.byteLength; at += largestPartBytes)
    yield message.subarray(at, at + largestPartBytes)
}

/** Puts the parts together again. A socket delivers in order and whole; another socket needs another joiner. */
export class PictureJoiner {
  #picture: Uint8Array<ArrayBuffer> | null = null
  #filled = 0

  /** The next binary message; the whole picture with its header when it was the last part, null before. */
  add(part: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
    if (this.#picture === null) {
      const header = decodePictureHeader(part)
      // Not known here: passed on, so that whoever reads pictures decides.
      const length = pictureHeaderBytes + (header?.payloadBytes ?? 0)
      if (header === null || part.byteLength >= length) return part
      this.#picture = new Uint8Array(length)
      this.#filled = 0
    }
    const picture = this.#picture
    picture.set(part.subarray(0, picture.byteLength - this.#filled), this.#filled)
    this.#filled += part.byteLength
    if (this.#filled < picture.byteLength) return null
    this.#picture = null
    return picture
  }
}
