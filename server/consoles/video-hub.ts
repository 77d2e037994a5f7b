import type { JpegFrame, Unsubscribe, VideoSource } from '../drivers/driver.ts'
import { encodePictureHeader, pictureHeaderBytes } from '../contract/picture-header.ts'
import type { Picture, ViewerFeed } from './viewer-feed.ts'

/**
 * One stream of one endpoint for all who look at it: subscribed once while at least one viewer is not paused, each
 * frame packed once and offered to every viewer. Placeholders without a signal are noticed but never shown, so that
 * the last real picture stays.
 */
export class VideoHub {
  readonly #now: () => number
  readonly #feeds = new Set<ViewerFeed>()
  #source: VideoSource | null = null
  #unsubscribe: Unsubscribe | null = null
  #generation = 0
  #sequence = 0
  #size = ''
  #last: Picture | null = null
  #subscribedAt: number | null = null
  #lastFrame: { at: number; isOnline: boolean } | null = null

  constructor(now: () => number) {
    this.#now = now
  }

  /** Since when the stream is wanted; null while nobody looks. */
  get subscribedAt(): number | null {
    return this.#subscribedAt
  }

  /** The newest frame of the current subscription, placeholders included. */
  get lastFrame(): { at: number; isOnline: boolean } | null {
    return this.#lastFrame
  }

  /** The endpoint was opened anew, or is gone. */
  setSource(source: VideoSource | null): void {
    this.#stop()
    this.#source = source
    this.#follow()
  }

  /** A viewer came; it gets the last picture at once, with that picture's true time. */
  add(feed: ViewerFeed): void {
    this.#feeds.add(feed)
    this.changed(feed)
  }

  remove(feed: ViewerFeed): void {
    this.#feeds.delete(feed)
    this.#follow()
  }

  /** A viewer paused or looks again. */
  changed(feed: ViewerFeed): void {
    this.#follow()
    if (this.#last !== null) feed.offer(this.#last)
  }

  close(): void {
    this.#feeds.clear()
    this.#stop()
    this.#last = null
  }

  #follow(): void {
    const isWanted = [...this.#feeds].some((feed) => !feed.isPaused)
    if (!isWanted) return this.#stop()
    if (this.#unsubscribe !== null || this.#source === null) return
    this.#generation += 1
    this.#lastFrame = null
    this.#subscribedAt = this.#now()
    this.#unsubscribe = this.#source.subscribe((frame) => this.#take(frame))
  }

  #stop(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = null
    this.#subscribedAt = null
  }

  #take(frame: JpegFrame): void {
    this.#lastFrame = { at: frame.reachedAt, isOnline: frame.online }
    if (!frame.online) return
    const size = `${frame.width}x${frame.height}`
    if (this.#size !== '' && size !== this.#size) this.#generation += 1
    this.#size = size
    this.#last = this.#pack(frame)
    for (const feed of this.#feeds) feed.offer(this.#last)
  }

  #pack(frame: JpegFrame): Picture {
    this.#sequence += 1
    const message = Buffer.allocUnsafe(pictureHeaderBytes + frame.bytes.byteLength)
    const { width, height, reachedAt } = frame
    const stream = { generation: this.#generation, sequence: this.#sequence }
    encodePictureHeader(
      { version: 1, kind: 'jpeg', isKey: true, ...stream, width, height, reachedAt },
      message,
    )
    message.set(frame.bytes, pictureHeaderBytes)
    return { message, sequence: this.#sequence }
  }
}
