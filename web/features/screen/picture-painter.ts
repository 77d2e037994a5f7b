import { decodePictureHeader, pictureHeaderBytes } from '../../../server/contract/picture-header.ts'
import type { PictureHeader } from '../../../server/contract/picture-header.ts'

/**
 * Draws picture messages on a canvas, one decode at a time; what came meanwhile is passed over for the newest. The
 * bytes come from a device: they go to the browser's image decoder and nowhere else.
 */
export class PicturePainter {
  readonly #onDrawn: (header: PictureHeader) => void
  #canvas: HTMLCanvasElement | null = null
  #waiting: ArrayBuffer | null = null
  #isDecoding = false

  constructor(onDrawn: (header: PictureHeader) => void) {
    this.#onDrawn = onDrawn
  }

  setCanvas(canvas: HTMLCanvasElement | null): void {
    this.#canvas = canvas
  }

  offer(message: ArrayBuffer): void {
    this.#waiting = message
    if (!this.#isDecoding) void this.#drawWaiting()
  }

  async #drawWaiting(): Promise<void> {
    this.#isDecoding = true
    while (this.#waiting !== null) {
      const message = this.#waiting
      this.#waiting = null
      const header = decodePictureHeader(new Uint8Array(message))
      if (header?.kind === 'jpeg') await this.#draw(header, new Uint8Array(message, pictureHeaderBytes))
    }
    this.#isDecoding = false
  }

  async #draw(header: PictureHeader, jpeg: Uint8Array<ArrayBuffer>): Promise<void> {
    const bitmap = await decode(jpeg)
    const canvas = this.#canvas
    if (bitmap === null || canvas === null) return bitmap?.close()
    if (canvas.width !== bitmap.width) canvas.width = bitmap.width
    if (canvas.height !== bitmap.height) canvas.height = bitmap.height
    canvas.getContext('2d', { alpha: false })?.drawImage(bitmap, 0, 0)
    const { width, height } = bitmap
    bitmap.close()
    this.#onDrawn({ ...header, width, height })
  }
}

async function decode(jpeg: Uint8Array<ArrayBuffer>): Promise<ImageBitmap | null> {
  try {
    return await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }))
  } catch {
    // A damaged picture from a device: the one before stays, with its own age.
    return null
  }
}
