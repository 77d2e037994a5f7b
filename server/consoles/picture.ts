import type { PictureForm } from '../contract/screen.ts'
import { encodePictureHeader, pictureHeaderBytes, type PictureHeader } from '../contract/picture-header.ts'

/** One picture as it is sent: header and payload in one buffer, shared by all viewers. */
export type Picture = {
  form: PictureForm
  message: Uint8Array
  /** In place of `message` for a viewer whose last picture had the same `content`; null where that cannot be. */
  same: Uint8Array | null
  content: number
  sequence: number
  isKey: boolean
  /** Bytes of the payload alone. */
  bytes: number
}

/** What a picture is made from; the rest of the header is counted here. */
export type RawPicture = Pick<PictureHeader, 'width' | 'height' | 'reachedAt' | 'isKey' | 'codec'> & {
  form: PictureForm
  bytes: Buffer
  /** Another number than before within its form: the stream restarted. */
  streamNumber: number
}

/** Packs the pictures of one machine, numbers them, and notices those that repeat the one before. */
export class PicturePacker {
  #sequence = 0
  #generations = 0
  readonly #streams = new Map<PictureForm, { name: string; generation: number }>()
  readonly #last = new Map<PictureForm, { bytes: Buffer; content: number }>()

  pack(raw: RawPicture): Picture {
    this.#sequence += 1
    const content = this.#contentOf(raw)
    const isRepeated = content !== this.#sequence
    const header: PictureHeader = {
      version: 1,
      kind: raw.form === 'h264' ? 'h264' : 'jpeg',
      isKey: raw.isKey,
      codec: raw.codec,
      generation: this.#generationOf(raw),
      sequence: this.#sequence,
      width: raw.width,
      height: raw.height,
      reachedAt: raw.reachedAt,
      payloadBytes: raw.bytes.byteLength,
    }
    return {
      form: raw.form,
      message: messageOf(header, raw.bytes),
      same: isRepeated ? messageOf({ ...header, kind: 'same', payloadBytes: 0 }, null) : null,
      content,
      sequence: this.#sequence,
      isKey: raw.isKey,
      bytes: raw.bytes.byteLength,
    }
  }

  /** Of each form its own: several are sent at the same time, to different viewers. */
  #generationOf({ form, streamNumber, width, height, codec }: RawPicture): number {
    const name = [streamNumber, width, height, codec].join()
    const known = this.#streams.get(form)
    if (known?.name === name) return known.generation
    this.#generations += 1
    this.#streams.set(form, { name, generation: this.#generations })
    return this.#generations
  }

  /** The number of the first of equal pictures in a row. */
  #contentOf({ form, bytes }: RawPicture): number {
    if (form === 'h264') return this.#sequence
    const last = this.#last.get(form)
    const content = last?.bytes.equals(bytes) === true ? last.content : this.#sequence
    this.#last.set(form, { bytes, content })
    return content
  }
}

function messageOf(header: PictureHeader, payload: Buffer | null): Uint8Array {
  const message = Buffer.allocUnsafe(pictureHeaderBytes + (payload?.byteLength ?? 0))
  encodePictureHeader(header, message)
  if (payload !== null) message.set(payload, pictureHeaderBytes)
  return message
}
