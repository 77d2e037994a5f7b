import { Worker } from 'node:worker_threads'
import type { Picture } from './picture.ts'

/** The largest size of a preview. */
export interface Fit {
  maxWidth: number
  maxHeight: number
}

/** What the worker is asked to do. */
export interface EncodeJob {
  id: number
  picture: Picture
  quality: number
  fit: Fit | null
}

/** What the worker answers. */
export interface EncodeResult {
  id: number
  jpeg: Uint8Array
}

/** Encoded pictures that are kept: a blinking cursor or a noise pattern comes back to them. */
const CACHED_FRAMES = 24

/**
 * Turns text pictures into JPEG in a thread of its own, so that the simulation's event loop stays free.
 * The thread starts with the first picture and does not keep the process alive.
 */
export class FrameEncoder {
  readonly #cache = new Map<string, Promise<Buffer>>()
  readonly #waiting = new Map<number, PromiseWithResolvers<Buffer>>()
  #worker: Worker | null = null
  #nextId = 1
  #encoded = 0

  /** Pictures that had to be encoded, as opposed to those that were still known. */
  get encodedCount(): number {
    return this.#encoded
  }

  /** The JPEG of a picture, from the cache when it is there. Rejects when the encoder is closed. */
  encode(picture: Picture, quality: number, fit: Fit | null = null): Promise<Buffer> {
    const key = [picture.key, quality, fit?.maxWidth, fit?.maxHeight].join('|')
    const known = this.#cache.get(key)
    if (known) return this.#refresh(key, known)
    const made = this.#send(picture, quality, fit)
    // Whoever asked gets the error too; a failed picture must not stay in the cache.
    made.catch(() => this.#cache.delete(key))
    this.#cache.set(key, made)
    this.#trim()
    return made
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

  #send(picture: Picture, quality: number, fit: Fit | null): Promise<Buffer> {
    const waiting = Promise.withResolvers<Buffer>()
    const job: EncodeJob = { id: this.#nextId++, picture, quality, fit }
    this.#waiting.set(job.id, waiting)
    this.#encoded += 1
    this.#start().postMessage(job, [])
    return waiting.promise
  }

  #start(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('jpeg-worker.ts', import.meta.url))
    worker.unref()
    worker.on('message', ({ id, jpeg }: EncodeResult) => {
      this.#waiting.get(id)?.resolve(Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength))
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
