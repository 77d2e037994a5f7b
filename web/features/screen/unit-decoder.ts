import type { PictureHeader } from '../../../server/contract/picture-header.ts'

/** `unsupported`: this browser cannot decode the stream. `failed`: it lost its thread. `slow`: it cannot keep up. */
export type DecoderTrouble = 'unsupported' | 'failed' | 'slow'

export type UnitDecoderHooks = {
  /** The receiver closes the frame. */
  frame(header: PictureHeader, frame: VideoFrame): void
  trouble(why: DecoderTrouble): void
}

/** Units that may wait in the browser's decoder; a phone that has more is too slow for them. */
const longestQueue = 20

/** Whether this browser decodes H.264 as KVMs send it. Never rejects. */
export async function canDecodeH264(): Promise<boolean> {
  if (typeof VideoDecoder === 'undefined') return false
  try {
    return (await VideoDecoder.isConfigSupported(configOf('avc1.42e028'))).supported === true
  } catch {
    // A browser that knows the class and not the question.
    return false
  }
}

/**
 * H.264 through the browser's own decoder: each stream is configured by its header and begins with a key frame. The
 * bytes come from a device and go nowhere else.
 */
export class UnitDecoder {
  readonly #hooks: UnitDecoderHooks
  #decoder: VideoDecoder | null = null
  #generation = -1
  #headers = new Map<number, PictureHeader>()

  constructor(hooks: UnitDecoderHooks) {
    this.#hooks = hooks
  }

  /** One unit; what cannot be decoded yet is passed over, which the hooks are told once. */
  decode(header: PictureHeader, data: Uint8Array<ArrayBuffer>): void {
    const isNew = this.#decoder === null || header.generation !== this.#generation
    if (isNew && !header.isKey) return this.#decoder === null ? undefined : this.#fail('failed')
    if (isNew) this.#open(header)
    const decoder = this.#decoder
    if (decoder === null) return
    if (decoder.decodeQueueSize > longestQueue) return this.#fail('slow')
    this.#headers.set(header.sequence, header)
    try {
      decoder.decode(
        new EncodedVideoChunk({ type: header.isKey ? 'key' : 'delta', timestamp: header.sequence, data }),
      )
    } catch {
      // The decoder was closed by an error that is reported by itself, or the data is no stream.
      this.#fail('failed')
    }
  }

  /** Forgets the stream; the next one begins with a key frame. */
  close(): void {
    const decoder = this.#decoder
    this.#decoder = null
    this.#headers.clear()
    if (decoder !== null && decoder.state !== 'closed') decoder.close()
  }

  #open(header: PictureHeader): void {
    this.close()
    this.#generation = header.generation
    const decoder = new VideoDecoder({
      output: (frame) => this.#show(frame),
      error: (error) => {
        if (decoder !== this.#decoder) return
        this.#fail(error.name === 'NotSupportedError' ? 'unsupported' : 'failed')
      },
    })
    try {
      decoder.configure(configOf(header.codec ?? ''))
      this.#decoder = decoder
    } catch {
      // A codec string that the browser does not even know.
      this.#hooks.trouble('unsupported')
    }
  }

  #show(frame: VideoFrame): void {
    const header = this.#headers.get(frame.timestamp)
    // What was to come before it will not come any more.
    for (const sequence of this.#headers.keys())
      if (sequence <= frame.timestamp) this.#headers.delete(sequence)
    if (header === undefined) frame.close()
    else this.#hooks.frame(header, frame)
  }

  #fail(why: DecoderTrouble): void {
    this.close()
    this.#hooks.trouble(why)
  }
}

/** Annex B with parameter sets in each key frame: no description. */
function configOf(codec: string): VideoDecoderConfig {
  return { codec, optimizeForLatency: true }
}
