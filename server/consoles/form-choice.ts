import type { PictureForm, PictureQuality } from '../contract/screen.ts'

/** A viewer that misses twice within this time gets JPEG. */
const missWindowMs = 10_000
/** A picture that takes longer to arrive is better scaled. */
const tooSlowMs = 3_000
const stuckMs = 4_000
/** A JPEG that arrives this fast leaves room for the better form. */
const easyForVideoMs = 400
const easyForJpegMs = 1_000
const easyForMs = 5_000
const firstRetryMs = 10_000
const maxRetryMs = 300_000
/** A form that held this long was no mistake. */
const provenMs = 60_000
const guessedJpegBytes = 90_000

/** What was measured of one viewer's link. */
export type DeliveryFacts = {
  now: number
  /** Measured of late; null when not known. */
  bytesPerMs: number | null
  /** For how long the oldest picture that has not arrived whole is on its way; 0 when none is. */
  underWayMs: number
  /** Size of the machine's JPEG; null before one was seen. */
  jpegBytes: number | null
}

/**
 * In which form one viewer gets pictures: the best that its browser and link carry. It goes down at once and up again
 * when the link has been good for a while; each form that did not hold is tried again later than the time before.
 * Pure: the caller brings the time.
 */
export class FormChoice {
  #quality: PictureQuality | null = null
  #canH264 = false
  #form: PictureForm = 'jpeg'
  #misses: number[] = []
  #changedAt = Number.NEGATIVE_INFINITY
  #easySince: number | null = null
  #retryMs = firstRetryMs

  get form(): PictureForm {
    return this.#form
  }

  /**
   * What the person chose and what browser and device can do, which may change. A new choice, and H.264 where there was
   * none, begin with the best.
   */
  wish(quality: PictureQuality, canH264: boolean, now: number): void {
    const isBetter = quality !== this.#quality || (canH264 && !this.#canH264)
    this.#quality = quality
    this.#canH264 = canH264
    if (isBetter) {
      this.#misses = []
      this.#retryMs = firstRetryMs
    }
    const ladder = this.#ladder()
    const best = ladder[0] ?? 'jpeg'
    if (best !== this.#form && (isBetter || !ladder.includes(this.#form))) this.#become(best, now)
  }

  /** A unit of H.264 came too late for this viewer. */
  missed(now: number): void {
    this.#misses = [...this.#misses.filter((at) => now - at < missWindowMs), now]
    if (this.#form === 'h264' && this.#misses.length >= 2) this.#fall(now)
  }

  /** Looks at the link; call it about twice a second. */
  look(facts: DeliveryFacts): void {
    if (this.#isTooMuch(facts)) this.#fall(facts.now)
    else this.#rise(facts)
  }

  #ladder(): readonly PictureForm[] {
    if (this.#quality === 'light') return ['stills']
    const ladder: PictureForm[] = this.#canH264 ? ['h264', 'jpeg'] : ['jpeg']
    return this.#quality === 'auto' ? [...ladder, 'stills'] : ladder
  }

  #isTooMuch({ bytesPerMs, underWayMs, jpegBytes }: DeliveryFacts): boolean {
    if (this.#form === 'stills') return false
    if (underWayMs > stuckMs) return true
    if (this.#form !== 'jpeg' || bytesPerMs === null || jpegBytes === null) return false
    return jpegBytes / bytesPerMs > tooSlowMs
  }

  #fall(now: number): void {
    const ladder = this.#ladder()
    const below = ladder[ladder.indexOf(this.#form) + 1]
    if (below === undefined) return
    const wasProven = now - this.#changedAt > provenMs
    this.#retryMs = wasProven ? firstRetryMs : Math.min(maxRetryMs, this.#retryMs * 2)
    this.#misses = []
    this.#become(below, now)
  }

  #rise(facts: DeliveryFacts): void {
    const { now } = facts
    const above = this.#ladder()[this.#ladder().indexOf(this.#form) - 1]
    if (above === undefined || !isEasy(above, facts)) {
      this.#easySince = null
      return
    }
    this.#easySince ??= now
    if (now - this.#easySince >= easyForMs && now - this.#changedAt >= this.#retryMs) this.#become(above, now)
  }

  #become(form: PictureForm, now: number): void {
    this.#form = form
    this.#changedAt = now
    this.#easySince = null
  }
}

/** Whether the link has room for `form`. One that was not measured of late is worth a try. */
function isEasy(form: PictureForm, { bytesPerMs, jpegBytes, underWayMs }: DeliveryFacts): boolean {
  if (underWayMs > easyForJpegMs) return false
  if (bytesPerMs === null) return true
  const arrivalMs = (jpegBytes ?? guessedJpegBytes) / bytesPerMs
  return arrivalMs < (form === 'h264' ? easyForVideoMs : easyForJpegMs)
}
