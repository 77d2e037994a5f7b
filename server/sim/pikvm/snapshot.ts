import { sleep } from '../machine/clock.ts'
import { unavailable } from './errors.ts'
import type { CurrentFrame, FrameSource } from './frames.ts'
import type { Kvmd } from './kvmd.ts'
import { plainText, type Reply } from './reply.ts'
import { validBool, validNumber } from './validators.ts'

/** How long snapshots take, in milliseconds of the clock. */
const TIMES = { frameMs: 33, gatherMs: 4, blankMs: 70, noSignalMs: 3300, stepMs: 100, ocrMs: 13_000 } as const

interface Taken {
  frame: CurrentFrame
  headers: Record<string, string>
  data: Buffer
}

/** Takes snapshots of one streamer: N at a time take N frame times, and a lost signal three seconds. */
export class Snapshots {
  readonly #kvmd: Kvmd
  readonly #frames: FrameSource
  #waiting = 0
  #saved: Taken | null = null

  constructor(kvmd: Kvmd, frames: FrameSource) {
    this.#kvmd = kvmd
    this.#frames = frames
  }

  forget(): void {
    this.#saved = null
    this.#kvmd.streamer.saveSnapshot(null)
  }

  /** Answers `GET /streamer/snapshot`. @throws KvmdError 400 and 503 */
  async answer(query: URLSearchParams): Promise<Reply> {
    const save = validBool(query.get('save'), false)
    const load = validBool(query.get('load'), false)
    const allowOffline = validBool(query.get('allow_offline'), false)
    const taken = load ? this.#saved : await this.#take(allowOffline)
    if (!taken) throw unavailable()
    if (save && !load) this.#save(taken)
    if (validBool(query.get('ocr'), false)) return this.#recognise(taken)
    const data = validBool(query.get('preview'), false) ? await this.#preview(query, taken) : taken.data
    return { status: 200, headers: { 'Content-Type': 'image/jpeg', ...taken.headers }, body: data }
  }

  async #take(allowOffline: boolean): Promise<Taken | null> {
    const { streamer } = this.#kvmd
    if (!streamer.isRunning) return null
    this.#waiting += 1
    try {
      await this.#waitForFrame()
      const frame = this.#frames.current()
      if (!streamer.isRunning || (!frame.online && !allowOffline)) return null
      return { frame, headers: headersOf(frame), data: await this.#frames.encode() }
    } finally {
      this.#waiting -= 1
    }
  }

  async #waitForFrame(): Promise<void> {
    const { streamer, seen: machine } = this.#kvmd
    if (streamer.isAcquiring) return sleep(machine.clock, TIMES.blankMs)
    for (let waitedMs = 0; !streamer.source.online && waitedMs < TIMES.noSignalMs; waitedMs += TIMES.stepMs)
      await sleep(machine.clock, TIMES.stepMs)
    await sleep(machine.clock, TIMES.gatherMs)
    await sleep(machine.clock, TIMES.frameMs * this.#waiting)
  }

  #save(taken: Taken): void {
    this.#saved = taken
    const { online, width, height } = taken.frame
    this.#kvmd.streamer.saveSnapshot({ online, width, height })
  }

  async #preview(query: URLSearchParams, taken: Taken): Promise<Buffer> {
    const size = { name: 'int', min: 0 }
    const maxWidth = validNumber(query.get('preview_max_width') ?? '0', size)
    const maxHeight = validNumber(query.get('preview_max_height') ?? '0', size)
    const rule = { name: 'stream quality', min: 1, max: 100 }
    const quality = validNumber(query.get('preview_quality') ?? '80', rule)
    const { width, height } = taken.frame
    const isDefault = maxWidth === 0 && maxHeight === 0
    const fit = {
      maxWidth: isDefault ? Math.floor(width / 5) : Math.min(maxWidth || width, width),
      maxHeight: isDefault ? Math.floor(height / 5) : Math.min(maxHeight || height, height),
    }
    return this.#frames.encode({ fit, quality })
  }

  async #recognise(taken: Taken): Promise<Reply> {
    const { seen: machine } = this.#kvmd
    const text = machine.screen.lines().join('\n')
    await sleep(machine.clock, TIMES.ocrMs)
    return plainText(text, 200, taken.headers)
  }
}

function headersOf(frame: CurrentFrame): Record<string, string> {
  const now = (performance.now() / 1000).toFixed(6)
  return {
    'Cache-Control':
      'no-store, no-cache, must-revalidate, proxy-revalidate, pre-check=0, post-check=0, max-age=0',
    Expires: 'Mon, 3 Jan 2000 12:34:56 GMT',
    Pragma: 'no-cache',
    'X-Timestamp': (Date.now() / 1000).toFixed(6),
    'X-UStreamer-Encode-Begin-Timestamp': now,
    'X-UStreamer-Encode-End-Timestamp': now,
    'X-UStreamer-Grab-Begin-Timestamp': now,
    'X-UStreamer-Grab-End-Timestamp': now,
    'X-UStreamer-Height': String(frame.height),
    'X-UStreamer-Online': String(frame.online),
    'X-UStreamer-Send-Timestamp': now,
    'X-UStreamer-Width': String(frame.width),
  }
}
