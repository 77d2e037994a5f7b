import type { FrameEncoder, Fit } from '../video/frame-encoder.ts'
import type { EncodedUnit } from '../video/h264-encoder.ts'
import { blankPicture, pictureKey, pictureOf, type Picture } from '../video/picture.ts'
import type { SeenMachine } from '../machine/seen-machine.ts'
import type { KvmdStreamer } from './streamer.ts'

/** What the streamer would send now. */
export interface CurrentFrame {
  online: boolean
  width: number
  height: number
  /** Changes when the picture does. */
  key: string
}

/** The streamer's pictures: the machine's screen, or a blank one while there is no signal. */
export class FrameSource {
  readonly #machine: SeenMachine
  readonly #streamer: KvmdStreamer
  readonly #encoder: FrameEncoder

  constructor(machine: SeenMachine, streamer: KvmdStreamer, encoder: FrameEncoder) {
    this.#machine = machine
    this.#streamer = streamer
    this.#encoder = encoder
  }

  /** What there is to see, without encoding it. */
  current(): CurrentFrame {
    const { online, width, height } = this.#streamer.source
    const look = online ? pictureKey(this.#machine) : `blank|${width}|${height}`
    return { online, width, height, key: `${look}|${this.#streamer.quality}` }
  }

  /** Encodes what there is to see now, shrunk to `fit` and with that quality if given. */
  encode(options: { fit?: Fit; quality?: number } = {}): Promise<Buffer> {
    return this.#encoder.encode(
      this.#picture(),
      options.quality ?? this.#streamer.quality,
      options.fit ?? null,
    )
  }

  /** Encodes what there is to see now as the next unit of an H.264 stream; `isRepeated`: it is what was there before. */
  encodeH264(stream: string, options: { isRepeated: boolean; isKey: boolean }): Promise<EncodedUnit> {
    return this.#encoder.encodeH264(stream, options.isRepeated ? null : this.#picture(), options.isKey)
  }

  /** Ends an H.264 stream. */
  forgetH264(stream: string): void {
    this.#encoder.forgetH264(stream)
  }

  #picture(): Picture {
    const { online, width, height } = this.#streamer.source
    return online ? pictureOf(this.#machine) : blankPicture(width, height)
  }
}
