import { Worker } from 'node:worker_threads'
import type { EncodedUnit } from './h264-encoder.ts'
import type { Picture } from './picture.ts'

/** The largest size of a preview. */
export interface Fit {
  maxWidth: number
  maxHeight: number
}

/** A still to be encoded. */
export interface JpegJob {
  kind: 'jpeg'
  id: number
  picture: Picture
  quality: number
  fit: Fit | null
}

/** The next picture of a stream; null for the same as before. */
export interface H264Job {
  kind: 'h264'
  id: number
  stream: string
  picture: Picture | null
  isKey: boolean
}

/** What the worker is asked to do. `forget` ends a stream. */
export type EncodeJob = JpegJob | H264Job | { kind: 'forget'; stream: string }

/** What the worker answers to all but `forget`. */
export interface EncodeResult {
  id: number
  bytes: Uint8Array
  isKey: boolean
}

/** Encoded stills that are kept: a blinking cursor or a noise pattern comes back to them. */
const CACHED_FRAMES = 24

/**
 * Turns text pictures into JPEG and H.264 in a thread of its own, so that the simulation's event loop stays free.
 * The thread starts with the first picture and does not keep the process alive.
 */
export class FrameEncoder {
  readonly #cache = new Map<string, Promise<Buffer>>()
  readonly #waiting = new Map<number, PromiseWithResolvers<EncodedUnit>>()
  #worker: Worker | null = null
  #nextId = 1
  #encoded = 0

  /** Stills that had to be encoded, as opposed to those that were still known. */
  get encodedCount(): number {
    return this.#encoded
  }

  /** The JPEG of a picture, from the cache when it is there. Rejects when the encoder is closed. */
  encode(picture: Picture, quality: number, fit: Fit | null = null): Promise<Buffer> {
    const key = [picture.key, quality, fit?.maxWidth, fit?.maxHeight].join('|')
    const known = this.#cache.get(key)
    if (known) return this.#refresh(key, known)
    this.#encoded += 1
    const made = this.#send({ kind: 'jpeg', id: this.#nextId++, picture, quality, fit }).then(
      ({ bytes }) => bytes as Buffer,
    )
    // Whoever asked gets the error too; a failed picture must not stay in the cache.
    made.catch(() => this.#cache.delete(key))
    this.#cache.set(key, made)
    this.#trim()
    return made
  }

  /**
   * The next H.264 unit of a stream; `picture` null repeats the former one. The first unit of a stream, and one of
   * another size, is a key frame whatever was asked. Rejects when the encoder is closed or has nothing to repeat.
   */
  encodeH264(stream: string, picture: Picture | null, isKey: boolean): Promise<EncodedUnit> {
    return this.#send({ kind: 'h264', id: this.#nextId++, stream, picture, isKey })
  }

  /** Ends a stream: its next unit starts anew. */
  forgetH264(stream: string): void {
    const job: EncodeJob = { kind: 'forget', stream }
    this.#worker?.postMessage(job)
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    for (const { reject } of this.#waiting.values()) reject(new Error('The frame encoder was closed.'))
    this.#waiting.clear()
    await worker?.terminate()
  }

  #refresh(key: string, known: Promise<Buffer>): Promise<Buffer> {
    this.#cache.delete(key)
    this.#cache.set(key, known)
    return known
  }

  #trim(): void {
    for (const key of this.#cache.keys()) {
      if (this.#cache.size <= CACHED_FRAMES) return
      this.#cache.delete(key)
    }
  }

  #send(job: JpegJob | H264Job): Promise<EncodedUnit> {
    const waiting = Promise.withResolvers<EncodedUnit>()
    this.#waiting.set(job.id, waiting)
    this.#start().postMessage(job, [])
    return waiting.promise
  }

  #start(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('encoder-worker.ts', import.meta.url))
    worker.unref()
    worker.on('message', ({ id, bytes, isKey }: EncodeResult) => {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#waiting.get(id)?.resolve({ bytes: buffer, isKey })
      this.#waiting.delete(id)
    })
    worker.on('error', (error) => {
      this.#worker = null
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    })
    this.#worker = worker
    return worker
  }
}
