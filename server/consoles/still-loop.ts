import type { JpegFrame, VideoSource } from '../drivers/driver.ts'
import type { Timers } from './timers.ts'

/** A scaled picture once a second must leave room for all else on a link that is shared with typing. */
const fullBytes = 13_500
const roomyBytes = 6_000
const steps = [
  { maxWidth: 1024, quality: 45 },
  { maxWidth: 800, quality: 40 },
  { maxWidth: 640, quality: 40 },
  { maxWidth: 640, quality: 25 },
  { maxWidth: 480, quality: 25 },
  { maxWidth: 320, quality: 25 },
] as const
const startStep = 2
const everyMs = 1_000
const reuseMs = 200
/** With nobody to show them to, stills tell only whether the picture changes. */
const glanceEveryMs = 2_000
const glance = { maxWidth: 640, quality: 50 }

/** What the stills are for: to be shown, or to see whether the picture changes while H.264 alone is streamed. */
export type StillPurpose = 'show' | 'glance' | 'none'

/** Scaled pictures of one machine, about one a second while wanted, in the largest size that stays small. */
export class StillLoop {
  readonly #video: VideoSource
  readonly #timers: Timers
  readonly #onStill: (still: JpegFrame) => void
  #purpose: StillPurpose = 'none'
  #step: number = startStep
  #isTaking = false
  #cancel: (() => void) | null = null
  #release: (() => void) | null = null

  constructor(video: VideoSource, timers: Timers, onStill: (still: JpegFrame) => void) {
    this.#video = video
    this.#timers = timers
    this.#onStill = onStill
  }

  setPurpose(purpose: StillPurpose): void {
    if (purpose === this.#purpose) return
    this.#purpose = purpose
    this.#release?.()
    this.#release = purpose === 'show' ? (this.#video.keepAwake?.() ?? null) : null
    this.#cancel?.()
    this.#cancel = null
    if (purpose === 'show') void this.#take()
    else this.#schedule(glanceEveryMs)
  }

  #schedule(delayMs: number): void {
    if (this.#purpose === 'none') return
    this.#cancel = this.#timers.after(delayMs, () => {
      this.#cancel = null
      void this.#take()
    })
  }

  async #take(): Promise<void> {
    if (this.#isTaking) return
    this.#isTaking = true
    const askedAt = this.#timers.count()
    const wanted = this.#purpose === 'glance' ? glance : (steps[this.#step] ?? steps[0])
    const still = await this.#video.still({ ...wanted, maxAgeMs: reuseMs })
    this.#isTaking = false
    if (still?.online === true && this.#purpose === 'show') {
      this.#adapt(still.bytes.byteLength)
      this.#onStill(still)
    }
    if (this.#cancel !== null) return
    const tookMs = this.#timers.count() - askedAt
    const gapMs = this.#purpose === 'show' ? everyMs : glanceEveryMs
    this.#schedule(Math.max(gapMs / 4, gapMs - tookMs))
  }

  #adapt(bytes: number): void {
    if (bytes > fullBytes) this.#step = Math.min(steps.length - 1, this.#step + 1)
    else if (bytes < roomyBytes) this.#step = Math.max(0, this.#step - 1)
  }
}
