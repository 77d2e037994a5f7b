import { SendWindow } from './send-window.ts'

const probeEveryMs = 2_000
/** A hidden page's phone sleeps; it is asked only often enough to notice that it is gone. */
const probePausedEveryMs = 10_000
const smallBacklogBytes = 64_000

/** One frame as it is sent: header and payload in one buffer, shared by all viewers. */
export type Picture = { message: Uint8Array; sequence: number }

/** Where a viewer's pictures go. `probe` sends a ping whose answer is given to `ViewerFeed.probed`. */
export type PictureOutlet = {
  send(message: Uint8Array): void
  probe(): void
  /** Bytes that wait in this process for the viewer's link. */
  bufferedBytes(): number
}

/**
 * The pictures of one viewer: the newest frame waits until the window opens and is replaced by a newer one, so a slow
 * viewer sees fewer frames, never older ones.
 */
export class ViewerFeed {
  readonly #outlet: PictureOutlet
  readonly #now: () => number
  readonly #window = new SendWindow()
  #waiting: Picture | null = null
  #lastSequence = -1
  #isPaused = false
  #probedAt: number | null = null
  #probeIsOut = false
  #progressAt: number
  #bufferedBefore = 0

  constructor(outlet: PictureOutlet, now: () => number) {
    this.#outlet = outlet
    this.#now = now
    this.#progressAt = now()
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** A new frame; it takes the place of one that still waits. */
  offer(picture: Picture): void {
    if (this.#isPaused || picture.sequence <= this.#lastSequence) return
    this.#waiting = picture
    this.#pump()
  }

  /** The viewer has received this many bytes of pictures since its socket opened. */
  acknowledge(totalBytes: number): void {
    const before = this.#window.inFlightBytes
    this.#window.acknowledged(totalBytes, this.#now())
    if (this.#window.inFlightBytes < before) this.#progressAt = this.#now()
    this.#pump()
  }

  /** The answer to the last probe came. */
  probed(): void {
    if (!this.#probeIsOut || this.#probedAt === null) return
    this.#probeIsOut = false
    this.#window.roundTrip(this.#now() - this.#probedAt, this.#now())
  }

  /** A paused viewer gets nothing; afterwards it begins with the next frame offered. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#waiting = null
  }

  /** How long nothing has moved although frames are on their way; 0 when none are. Call it about twice a second. */
  stalledMs(): number {
    const buffered = this.#outlet.bufferedBytes()
    if (buffered < this.#bufferedBefore) this.#progressAt = this.#now()
    this.#bufferedBefore = buffered
    const oldest = this.#window.oldestSentAt
    return oldest === null ? 0 : this.#now() - Math.max(oldest, this.#progressAt)
  }

  /** Measures the round trip, only while no frame would be in front of the probe. Call it now and then. */
  probeWhenQuiet(): void {
    const everyMs = this.#isPaused ? probePausedEveryMs : probeEveryMs
    if (this.#window.inFlightBytes > 0) return
    if (this.#probedAt !== null && this.#now() - this.#probedAt < everyMs) return
    this.#probedAt = this.#now()
    this.#probeIsOut = true
    this.#outlet.probe()
  }

  #pump(): void {
    this.probeWhenQuiet()
    const picture = this.#waiting
    if (picture === null || !this.#window.isOpen || this.#isBackedUp()) return
    this.#waiting = null
    this.#lastSequence = picture.sequence
    this.#window.sent(picture.message.byteLength, this.#now())
    this.#outlet.send(picture.message)
  }

  /** A viewer that acknowledges without reading must not make the socket's buffer grow. */
  #isBackedUp(): boolean {
    return this.#outlet.bufferedBytes() > Math.max(smallBacklogBytes, this.#window.limitBytes)
  }
}
