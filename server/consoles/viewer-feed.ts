import type { PictureForm, PictureQuality, ScreenServerMessage } from '../contract/screen.ts'
import { FormChoice } from './form-choice.ts'
import type { Picture } from './picture.ts'
import { SendWindow } from './send-window.ts'
import { UnitQueue } from './unit-queue.ts'

const probeEveryMs = 2_000
/** A hidden page's phone sleeps; it is asked only often enough to notice that it is gone. */
const probePausedEveryMs = 10_000
const smallBacklogBytes = 64_000
/** H.264 comes in bursts (key frames), which a link that keeps up swallows in about this time. */
const burstMs = 300
const burstBytes = 32_000
/** A unit may wait a round trip and a half and this long before it counts as missed. */
const unitPatienceMs = 500
const guessedRttMs = 200
/** A viewer that still has not taken the last key frame's followers gets no new one so soon. */
const keyRequestGapMs = 2_000

/** Where a viewer's pictures go. `probe` sends a ping whose answer is given to `ViewerFeed.probed`. */
export type PictureOutlet = {
  send(message: Uint8Array): void
  probe(): void
  tell(message: ScreenServerMessage): void
  /** Bytes that wait in this process for the viewer's link. */
  bufferedBytes(): number
}
/** What a viewer's feed asks of the stream that feeds it. */
export type FeedSource = {
  /** This viewer needs pictures of another form, or none, from now on. */
  wishChanged(): void
  wantKeyFrame(): void
}

/**
 * The pictures of one viewer. Of JPEG the newest waits until the window opens and is replaced by a newer one; H.264 is
 * sent whole from a key frame on, or not at all until the next. So a slow viewer sees fewer pictures, never older ones.
 */
export class ViewerFeed {
  readonly #outlet: PictureOutlet
  readonly #now: () => number
  readonly #window = new SendWindow()
  readonly #choice = new FormChoice()
  readonly #units = new UnitQueue()
  #source: FeedSource | null = null
  #wish: { quality: PictureQuality; h264: boolean } | null = null
  /** The form before, shown until the first picture of the new one. */
  #bridge: PictureForm | null = null
  #form: PictureForm | null = null
  #waiting: Picture | null = null
  #lastContent = -1
  #lastSequence = -1
  #isPaused = false
  #keyAskedAt = Number.NEGATIVE_INFINITY
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

  /** Null until the viewer has said how it wants its pictures. */
  get form(): PictureForm | null {
    return this.#form
  }

  /** Joins a stream; null leaves it. */
  follow(source: FeedSource | null): void {
    this.#source = source
  }

  /** Whether pictures of this form are of use now. */
  wants(form: PictureForm): boolean {
    return !this.#isPaused && (form === this.#form || form === this.#bridge)
  }

  /** How the viewer wants its pictures, and whether its browser decodes H.264. */
  view(quality: PictureQuality, h264: boolean): void {
    this.#wish = { quality, h264 }
  }

  /** Weighs the link and what the device offers; call it about twice a second and when the wish changed. */
  look(offer: { hasH264: boolean; jpegBytes: number | null }): void {
    if (this.#wish === null) return
    const now = this.#now()
    this.#choice.wish(this.#wish.quality, this.#wish.h264 && offer.hasH264, now)
    this.#dropLateUnits()
    this.#choice.look({
      now,
      bytesPerMs: this.#window.bytesPerMs(now),
      underWayMs: this.#isPaused ? 0 : now - (this.#window.oldestSentAt ?? now),
      jpegBytes: offer.jpegBytes,
    })
    this.#takeForm()
    this.#askForKeyFrame()
  }

  /** A new picture. */
  offer(picture: Picture): void {
    if (!this.wants(picture.form) || picture.sequence <= this.#lastSequence) return
    if (picture.form === 'h264') this.#units.offer(picture, this.#now())
    else this.#waiting = picture
    this.#pump()
    this.#dropLateUnits()
  }

  /** A picture of whatever form, because nothing newer comes; it must be one that can be shown alone. */
  offerOnce(picture: Picture): void {
    if (this.#isPaused || this.#form === null || picture.sequence <= this.#lastSequence) return
    this.#waiting = picture
    this.#pump()
  }

  /** The viewer's decoder lost its thread. */
  restart(): void {
    this.#units.reset()
    this.#askForKeyFrame()
  }

  /** The viewer has received this many bytes of pictures since its socket opened. */
  acknowledge(totalBytes: number): void {
    const before = this.#window.inFlightBytes
    this.#window.acknowledged(totalBytes, this.#now())
    if (this.#window.inFlightBytes < before) this.#progressAt = this.#now()
    this.#pump()
    this.#askForKeyFrame()
  }

  /** The answer to the last probe came. */
  probed(): void {
    if (!this.#probeIsOut || this.#probedAt === null) return
    this.#probeIsOut = false
    this.#window.roundTrip(this.#now() - this.#probedAt, this.#now())
  }

  /** A paused viewer gets nothing; afterwards it begins with the next picture that can be shown alone. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#waiting = null
    this.#units.reset()
  }

  /** How long nothing has moved although pictures are on their way; 0 when none are. Call it about twice a second. */
  stalledMs(): number {
    const buffered = this.#outlet.bufferedBytes()
    if (buffered < this.#bufferedBefore) this.#progressAt = this.#now()
    this.#bufferedBefore = buffered
    const oldest = this.#window.oldestSentAt
    return oldest === null ? 0 : this.#now() - Math.max(oldest, this.#progressAt)
  }

  /** Measures the round trip, only while no picture would be in front of the probe. Call it now and then. */
  probeWhenQuiet(): void {
    const everyMs = this.#isPaused ? probePausedEveryMs : probeEveryMs
    if (this.#window.inFlightBytes > 0) return
    if (this.#probedAt !== null && this.#now() - this.#probedAt < everyMs) return
    this.#probedAt = this.#now()
    this.#probeIsOut = true
    this.#outlet.probe()
  }

  #takeForm(): void {
    const { form } = this.#choice
    if (form === this.#form) return
    // What was too much for the link is not sent any longer; what is merely not the best goes on until then.
    const isRise = this.#form === 'stills' || form === 'h264'
    this.#bridge = isRise && this.#form !== 'h264' ? this.#form : null
    this.#form = form
    this.#waiting = null
    this.#units.reset()
    this.#outlet.tell({ type: 'form', form })
    this.#source?.wishChanged()
  }

  /** Only when the link has taken what came before: a key frame is large, and everybody gets it. */
  #askForKeyFrame(): void {
    if (this.#form !== 'h264' || this.#isPaused || !this.#units.needsKey || !this.#window.isOpen) return
    if (this.#now() - this.#keyAskedAt < keyRequestGapMs) return
    this.#keyAskedAt = this.#now()
    this.#source?.wantKeyFrame()
  }

  #dropLateUnits(): void {
    const now = this.#now()
    const patienceMs = (this.#window.minRttMs ?? guessedRttMs) * 1.5 + unitPatienceMs
    if (!this.#units.hasMissed(now, patienceMs)) return
    this.#choice.missed(now)
    this.#takeForm()
  }

  #pump(): void {
    this.probeWhenQuiet()
    while (this.#units.next !== null && this.#hasRoomForUnit()) this.#sendUnit()
    const picture = this.#waiting
    if (picture === null || !this.#window.isOpen || this.#isBackedUp()) return
    this.#waiting = null
    this.#send(picture)
  }

  #sendUnit(): void {
    const unit = this.#units.take()
    if (unit !== null) this.#send(unit)
  }

  #send(picture: Picture): void {
    const hadIt = picture.same !== null && picture.content === this.#lastContent
    const message = hadIt && picture.same !== null ? picture.same : picture.message
    this.#lastContent = picture.content
    this.#lastSequence = picture.sequence
    this.#window.sent(message.byteLength, this.#now())
    this.#outlet.send(message)
    if (picture.form === this.#form && this.#bridge !== null) this.#endBridge()
  }

  #endBridge(): void {
    this.#bridge = null
    this.#waiting = null
    this.#source?.wishChanged()
  }

  /** Units may be on their way beyond the window for as long as a burst takes on a link that keeps up. */
  #hasRoomForUnit(): boolean {
    if (this.#isBackedUp()) return false
    if (this.#window.isOpen) return true
    const oldest = this.#window.oldestSentAt
    const patienceMs = (this.#window.minRttMs ?? guessedRttMs) + burstMs
    const isMoving = oldest === null || this.#now() - oldest < patienceMs
    return isMoving && this.#window.inFlightBytes < Math.max(burstBytes, 2 * this.#window.limitBytes)
  }

  /** A viewer that acknowledges without reading must not make the socket's buffer grow. */
  #isBackedUp(): boolean {
    return this.#outlet.bufferedBytes() > Math.max(smallBacklogBytes, this.#window.limitBytes)
  }
}
