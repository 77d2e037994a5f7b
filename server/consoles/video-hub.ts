import { hasPassed } from '../clock/has-passed.ts'
import type { H264Unit, JpegFrame, Unsubscribe, VideoSource } from '../drivers/driver.ts'
import { PicturePacker, type Picture } from './picture.ts'
import { StillLoop } from './still-loop.ts'
import type { Timers } from './timers.ts'
import type { ViewerFeed } from './viewer-feed.ts'

/** A device that has H.264 but does not serve it now is asked again after this. */
const askAgainMs = 30_000
/** A picture older than this is not the present one; a newcomer gets it nevertheless, until a new one comes. */
const freshMs = 2_200

type Frame = { at: number; isOnline: boolean }

/**
 * The streams of one endpoint for all who look at it: each form is subscribed once while somebody needs it, each
 * picture is packed once and offered to every viewer. JPEG placeholders without a signal are noticed but never shown,
 * so that the last real picture stays; H.264 is passed on whole, since a decoder needs every unit.
 */
export class VideoHub {
  readonly #timers: Timers
  readonly #hasSignal: () => boolean | null
  readonly #feeds = new Set<ViewerFeed>()
  readonly #packer = new PicturePacker()
  #source: VideoSource | null = null
  #jpeg: Unsubscribe | null = null
  #h264: Unsubscribe | null = null
  #stills: StillLoop | null = null
  #streamNumber = 0
  #noH264Until = Number.NEGATIVE_INFINITY
  #last: Picture | null = null
  #jpegBytes: number | null = null
  #subscribedAt: number | null = null
  #lastFrame: Frame | null = null

  /** `hasSignal`: what the device says of its source; null when it does not know yet. */
  constructor(timers: Timers, hasSignal: () => boolean | null) {
    this.#timers = timers
    this.#hasSignal = hasSignal
  }

  /** Since when pictures are wanted; null while nobody looks. */
  get subscribedAt(): number | null {
    return this.#subscribedAt
  }

  /** The newest frame since pictures are wanted, placeholders included. */
  get lastFrame(): Frame | null {
    return this.#lastFrame
  }

  /** The endpoint was opened anew, or is gone. */
  setSource(source: VideoSource | null): void {
    this.#stop()
    this.#source = source
    this.#noH264Until = Number.NEGATIVE_INFINITY
    this.#stills =
      source === null ? null : new StillLoop(source, this.#timers, (still) => this.#takeStill(still))
    this.look()
  }

  /** A viewer came; it gets the last picture at once, with that picture's true time. */
  add(feed: ViewerFeed): void {
    this.#feeds.add(feed)
    feed.follow({
      wishChanged: () => this.#follow(),
      wantKeyFrame: () => this.#source?.h264?.requestKeyFrame(),
    })
    this.changed(feed)
  }

  remove(feed: ViewerFeed): void {
    feed.follow(null)
    this.#feeds.delete(feed)
    this.#follow()
  }

  /** A viewer paused, looks again, or wants its pictures in another way. */
  changed(feed: ViewerFeed): void {
    feed.look(this.#offer())
    this.#follow()
    if (this.#last !== null) this.#offerLast(feed, this.#last)
  }

  /** Weighs each viewer's link; call it about twice a second. */
  look(): void {
    for (const feed of this.#feeds) feed.look(this.#offer())
    this.#follow()
  }

  close(): void {
    for (const feed of this.#feeds) feed.follow(null)
    this.#feeds.clear()
    this.#stop()
    this.#last = null
  }

  #offer(): { hasH264: boolean; jpegBytes: number | null } {
    const h264 = this.#source?.h264
    const hasH264 = h264 !== undefined && h264.offered !== false && this.#timers.count() >= this.#noH264Until
    return { hasH264, jpegBytes: this.#jpegBytes }
  }

  /** Where nothing newer is about to come, the last picture is shown in whatever form it is. */
  #offerLast(feed: ViewerFeed, last: Picture): void {
    const isFlowing = this.#lastFrame !== null && !hasPassed(this.#lastFrame.at, this.#timers.now(), freshMs)
    if (feed.wants(last.form)) feed.offer(last)
    else if (!isFlowing) feed.offerOnce(last)
  }

  #isWanted(form: Picture['form']): boolean {
    return [...this.#feeds].some((feed) => feed.wants(form))
  }

  #follow(): void {
    const source = this.#source
    const wanted = {
      h264: this.#isWanted('h264'),
      jpeg: this.#isWanted('jpeg'),
      stills: this.#isWanted('stills'),
    }
    if (source === null || !Object.values(wanted).includes(true)) return this.#stop()
    if (this.#subscribedAt === null) {
      this.#lastFrame = null
      this.#subscribedAt = this.#timers.now()
    }
    if (!wanted.jpeg) this.#stopJpeg()
    else if (this.#jpeg === null) this.#startJpeg(source)
    if (!wanted.h264) this.#stopH264()
    else if (this.#h264 === null) this.#startH264(source)
    const isBlind = wanted.h264 && !wanted.jpeg
    this.#stills?.setPurpose(wanted.stills ? 'show' : isBlind ? 'glance' : 'none')
  }

  #startJpeg(source: VideoSource): void {
    this.#streamNumber += 1
    this.#jpeg = source.subscribe((frame) => this.#takeJpeg(frame))
  }

  #startH264(source: VideoSource): void {
    this.#h264 =
      source.h264?.subscribe({
        onUnit: (unit) => this.#takeUnit(unit),
        onEnd: () => {
          this.#h264 = null
          this.#noH264Until = this.#timers.count() + askAgainMs
          this.look()
        },
      }) ?? null
  }

  #stop(): void {
    this.#stopJpeg()
    this.#stopH264()
    this.#stills?.setPurpose('none')
    this.#subscribedAt = null
  }

  #stopJpeg(): void {
    this.#jpeg?.()
    this.#jpeg = null
  }

  #stopH264(): void {
    this.#h264?.()
    this.#h264 = null
  }

  #takeJpeg(frame: JpegFrame): void {
    this.#lastFrame = { at: frame.reachedAt, isOnline: frame.online }
    if (!frame.online) return
    this.#jpegBytes = frame.bytes.byteLength
    this.#deal({ ...frame, form: 'jpeg', isKey: true, codec: null, streamNumber: this.#streamNumber })
  }

  #takeStill(still: JpegFrame): void {
    this.#lastFrame = { at: still.reachedAt, isOnline: true }
    this.#deal({ ...still, form: 'stills', isKey: true, codec: null, streamNumber: 0 })
  }

  #takeUnit(unit: H264Unit): void {
    // Placeholders are key frames, one a second; anything between key frames is a real picture.
    const isOnline = unit.isKey ? this.#hasSignal() : true
    if (isOnline !== null) this.#lastFrame = { at: unit.reachedAt, isOnline }
    this.#deal({ ...unit, form: 'h264', streamNumber: unit.generation })
  }

  #deal(raw: Parameters<PicturePacker['pack']>[0]): void {
    const picture = this.#packer.pack(raw)
    if (picture.form !== 'h264') this.#last = picture
    for (const feed of this.#feeds) feed.offer(picture)
  }
}
