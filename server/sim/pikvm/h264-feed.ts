import type { EncodedUnit } from '../video/h264-encoder.ts'
import type { CurrentFrame, FrameSource } from './frames.ts'
import type { KvmdStreamer } from './streamer.ts'

/** Options of the H.264 side of one streamer. */
export interface H264FeedOptions {
  frames: FrameSource
  streamer: KvmdStreamer
  isSilenced: () => boolean
  onUnit: (unit: EncodedUnit) => void
}

/** How often the blank picture is sent while there is no signal, in milliseconds. */
const BLANK_MS = 1000

const BLANK: CurrentFrame = { online: false, width: 0, height: 0, key: '' }

/**
 * ustreamer's one H.264 encoder, read by everybody: every captured frame is encoded, also of a still picture, and a
 * key frame comes on request, with a new signal and after `h264_gop` frames (0: never by itself). Without a signal
 * there is one key frame a second of a blank picture.
 */
export class H264Feed {
  readonly #options: H264FeedOptions
  readonly #stream = crypto.randomUUID()
  #timer: NodeJS.Timeout | null = null
  #last: CurrentFrame = BLANK
  #isKeyWanted = true
  #isBusy = false
  #blankAtMs = -BLANK_MS
  #sinceKey = 0

  constructor(options: H264FeedOptions) {
    this.#options = options
  }

  /** Encodes while there is somebody to read. */
  setReaders(count: number): void {
    this.#options.streamer.h264Readers = count
    if (count > 0) this.#schedule()
    else this.#stop()
  }

  /** The next frame will be a key frame, for all readers. */
  requestKey(): void {
    this.#isKeyWanted = true
  }

  #schedule(): void {
    if (this.#timer) return
    const framesPerSecond = Math.min(60, Math.max(1, this.#options.streamer.desiredFps || 30))
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#options.streamer.h264Readers === 0) return
      this.#schedule()
      void this.#tick()
    }, 1000 / framesPerSecond)
    this.#timer.unref()
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.startAnew()
  }

  /** The encoder ends with its process; the next one starts with a key frame. */
  startAnew(): void {
    if (this.#last === BLANK) return
    this.#last = BLANK
    this.#isKeyWanted = true
    this.#options.frames.forgetH264(this.#stream)
  }

  async #tick(): Promise<void> {
    const { frames, streamer, isSilenced, onUnit } = this.#options
    if (isSilenced() || this.#isBusy) return
    if (!streamer.isRunning) return this.startAnew()
    const now = frames.current()
    const isKey = this.#isKeyDue(now)
    if (!now.online && !isKey) return
    this.#isBusy = true
    try {
      const isRepeated = now.key === this.#last.key
      this.#last = now
      this.#isKeyWanted = false
      const unit = await frames.encodeH264(this.#stream, { isRepeated, isKey })
      this.#sinceKey = unit.isKey ? 0 : this.#sinceKey + 1
      onUnit(unit)
    } catch {
      // The encoder lost its state or was closed with the simulation: start anew, if ever.
      this.startAnew()
    } finally {
      this.#isBusy = false
    }
  }

  #isKeyDue(now: CurrentFrame): boolean {
    const { online, width, height } = this.#last
    const isNew = now.online !== online || now.width !== width || now.height !== height
    if (!now.online) {
      if (!isNew && performance.now() - this.#blankAtMs < BLANK_MS) return false
      this.#blankAtMs = performance.now()
      return true
    }
    const { gop } = this.#options.streamer
    return isNew || this.#isKeyWanted || (gop > 0 && this.#sinceKey + 1 >= gop)
  }
}
