import { decodePictureHeader, pictureHeaderBytes } from '../../../server/contract/picture-header.ts'
import type { PictureHeader } from '../../../server/contract/picture-header.ts'
import { UnitDecoder, type DecoderTrouble } from './unit-decoder.ts'

export type PainterHooks = {
  /**
   * A picture is on show, or the one on show still holds as of this header. `canvas`: what it is on, null while fingers
   * move it: whoever reads its points then would keep the browser from following them.
   */
  drawn(header: PictureHeader, canvas: HTMLCanvasElement | null): void
  trouble(why: DecoderTrouble): void
  /** Whether the server says that the machine has a picture now. */
  isLive(): boolean
  /** Runs the task when the browser is about to show its next frame; `requestAnimationFrame` where not given. */
  nextFrame?(task: () => void): void
}

/** A key frame without a follower within this is likely a placeholder, which a KVM sends once a second. */
const followerMs = 600
const aloneMs = 1_200
/** While fingers move the picture, following them comes first: drawing gets this share of the time. */
const givingWayMs = 150
const givingWayShare = 0.04

type Ready = { header: PictureHeader; image: ImageBitmap | VideoFrame; width: number; height: number }
type Held = { header: PictureHeader; frame: VideoFrame; at: number; timer: ReturnType<typeof setTimeout> }

/**
 * Draws picture messages on a canvas. Of JPEG one is decoded at a time and what came meanwhile is passed over for the
 * newest; H.264 is decoded whole. The bytes come from a device: they go to the browser's decoders and nowhere else.
 */
export class PicturePainter {
  readonly #hooks: PainterHooks
  readonly #units: UnitDecoder
  #canvas: HTMLCanvasElement | null = null
  #waiting: { header: PictureHeader; jpeg: Uint8Array<ArrayBuffer> } | null = null
  #confirmed: PictureHeader | null = null
  #shown: PictureHeader | null = null
  #held: Held | null = null
  #isDecoding = false
  #socketCount = 0
  /** Decoded, and drawn with the browser's next frame. */
  #ready: Ready | null = null
  #onDrawn: (() => void) | null = null
  #isFrameAsked = false
  #drawnAt = Number.NEGATIVE_INFINITY
  #drawingMs = 0
  #gaveWayAt = Number.NEGATIVE_INFINITY

  constructor(hooks: PainterHooks) {
    this.#hooks = hooks
    this.#units = new UnitDecoder({
      frame: (header, frame) => this.#takeFrame(header, frame),
      trouble: hooks.trouble,
    })
  }

  /** Without a canvas nothing is drawn, and the decoder is given back. */
  setCanvas(canvas: HTMLCanvasElement | null): void {
    this.#canvas = canvas
    if (canvas === null) this.restart()
  }

  /** Messages of another socket follow: they are counted anew, and H.264 begins with a key frame. */
  restart(): void {
    this.#socketCount += 1
    this.#waiting = null
    this.#confirmed = null
    this.#shown = null
    this.#dropHeld()
    this.#setReady(null)
    this.#units.close()
  }

  /** The picture is being moved or zoomed just now. */
  giveWay(): void {
    this.#gaveWayAt = performance.now()
  }

  /** A whole picture with its header. */
  offer(message: Uint8Array<ArrayBuffer>): void {
    const header = decodePictureHeader(message)
    if (header === null) return
    const payload = message.subarray(pictureHeaderBytes)
    if (header.kind === 'same') return this.#confirm(header)
    this.#confirmed = null
    if (header.kind === 'h264') return this.#units.decode(header, payload)
    this.#waiting = { header, jpeg: payload }
    if (!this.#isDecoding) void this.#drawWaiting()
  }

  /** The picture before still holds; where it is not drawn yet, this waits for it. */
  #confirm(header: PictureHeader): void {
    if (this.#isDecoding) this.#confirmed = header
    else if (this.#shown !== null) this.#show({ ...this.#shown, reachedAt: header.reachedAt })
  }

  async #drawWaiting(): Promise<void> {
    this.#isDecoding = true
    while (this.#waiting !== null) {
      const socket = this.#socketCount
      const { header, jpeg } = this.#waiting
      this.#waiting = null
      const bitmap = await decode(jpeg)
      if (bitmap === null || socket !== this.#socketCount) {
        bitmap?.close()
        continue
      }
      const drawn = new Promise<void>((resolve) => (this.#onDrawn = resolve))
      this.#setReady({ header, image: bitmap, width: bitmap.width, height: bitmap.height })
      await drawn
    }
    this.#isDecoding = false
    const confirmed = this.#confirmed
    this.#confirmed = null
    if (confirmed !== null) this.#confirm(confirmed)
  }

  /** A key frame is held until another unit follows: alone it may be what a KVM sends when it has no signal. */
  #takeFrame(header: PictureHeader, frame: VideoFrame): void {
    const held = this.#held
    if (!header.isKey) {
      this.#dropHeld()
      return this.#drawFrame(header, frame)
    }
    this.#held = null
    if (held !== null) {
      clearTimeout(held.timer)
      if (performance.now() - held.at < followerMs) this.#drawFrame(held.header, held.frame)
      else held.frame.close()
    }
    this.#held = { header, frame, at: performance.now(), timer: setTimeout(() => this.#drawAlone(), aloneMs) }
  }

  #drawAlone(): void {
    const held = this.#held
    this.#held = null
    if (held === null) return
    if (this.#hooks.isLive()) this.#drawFrame(held.header, held.frame)
    else held.frame.close()
  }

  #drawFrame(header: PictureHeader, frame: VideoFrame): void {
    this.#setReady({ header, image: frame, width: frame.displayWidth, height: frame.displayHeight })
  }

  #dropHeld(): void {
    if (this.#held === null) return
    clearTimeout(this.#held.timer)
    this.#held.frame.close()
    this.#held = null
  }

  /** Two pictures between frames would never both be seen: the later one takes the place of the first. */
  #setReady(ready: Ready | null): void {
    this.#ready?.image.close()
    this.#ready = ready
    if (ready === null) this.#drawn()
    else this.#askForFrame()
  }

  #askForFrame(): void {
    if (this.#isFrameAsked) return
    this.#isFrameAsked = true
    const nextFrame = this.#hooks.nextFrame ?? requestAnimationFrame
    nextFrame(() => this.#atFrame())
  }

  #atFrame(): void {
    this.#isFrameAsked = false
    const now = performance.now()
    if (this.#isMoved(now) && now - this.#drawnAt < this.#drawingMs / givingWayShare)
      return this.#askForFrame()
    const ready = this.#ready
    this.#ready = null
    if (ready !== null) this.#draw(ready)
    ready?.image.close()
    this.#drawnAt = performance.now()
    this.#drawingMs = this.#drawnAt - now
    this.#drawn()
  }

  #drawn(): void {
    const onDrawn = this.#onDrawn
    this.#onDrawn = null
    onDrawn?.()
  }

  #draw({ header, image, width, height }: Ready): void {
    const canvas = this.#canvas
    if (canvas === null || (this.#shown !== null && header.sequence < this.#shown.sequence)) return
    if (canvas.width !== width) canvas.width = width
    if (canvas.height !== height) canvas.height = height
    canvas.getContext('2d', { alpha: false })?.drawImage(image, 0, 0, width, height)
    this.#show({ ...header, width, height })
  }

  #show(header: PictureHeader): void {
    this.#shown = header
    this.#hooks.drawn(header, this.#isMoved(performance.now()) ? null : this.#canvas)
  }

  #isMoved(now: number): boolean {
    return now - this.#gaveWayAt < givingWayMs
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
