import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { CurrentFrame, FrameSource } from './frames.ts'
import type { KvmdStreamer, StreamReader } from './streamer.ts'

/** Options of the MJPEG stream of one streamer. */
export interface MjpegOptions {
  frames: FrameSource
  streamer: KvmdStreamer
  isSilenced: () => boolean
  headers: Readonly<Record<string, string>>
}

/** How often an unchanged picture is sent again, in milliseconds. */
const REPEAT_MS = 1000

/** Beyond this many unsent bytes a stalled reader gets nothing more, so that it cannot eat all memory. */
const BACKLOG_LIMIT_BYTES = 64 * 1024 * 1024

const BOUNDARY = 'boundarydonotcross'

interface Reader {
  response: ServerResponse
  stat: StreamReader
  zeroData: boolean
  lastKey: string
  lastSentAtMs: number
  sentThisSecond: number
  timers: NodeJS.Timeout[]
  isBusy: boolean
}

/** `/streamer/stream`: frames to each reader as they change. A reader that stalls gets old frames later. */
export class MjpegStream {
  readonly #options: MjpegOptions
  readonly #readers = new Set<Reader>()

  constructor(options: MjpegOptions) {
    this.#options = options
  }

  /** Starts a stream to `response`; it ends with the connection or with the streamer. */
  add(response: ServerResponse, query: URLSearchParams): void {
    const key = query.get('key') ?? '0'
    const id = randomBytes(8).toString('hex')
    const stat: StreamReader = {
      id,
      key,
      fps: 0,
      extraHeaders: isSet(query, 'extra_headers'),
      advanceHeaders: isSet(query, 'advance_headers'),
    }
    response.writeHead(200, { ...this.#options.headers, ...streamHeaders(key, id) })
    const reader: Reader = {
      response,
      stat,
      zeroData: isSet(query, 'zero_data'),
      lastKey: '',
      lastSentAtMs: 0,
      sentThisSecond: 0,
      timers: [],
      isBusy: false,
    }
    this.#readers.add(reader)
    this.#options.streamer.readers.set(id, stat)
    response.on('close', () => this.#remove(reader))
    response.write(`--${BOUNDARY}\r\n`)
    this.#startTimers(reader)
  }

  /** Ends every stream, as a stopping streamer does. */
  endAll(): void {
    for (const reader of this.#readers) {
      this.#remove(reader)
      reader.response.end()
    }
  }

  #startTimers(reader: Reader): void {
    const intervalMs = 1000 / Math.min(60, Math.max(1, this.#options.streamer.desiredFps || 30))
    reader.timers = [
      setInterval(() => void this.#offer(reader), intervalMs),
      setInterval(() => {
        reader.stat.fps = reader.sentThisSecond
        reader.sentThisSecond = 0
      }, 1000),
    ]
    for (const timer of reader.timers) timer.unref()
    void this.#offer(reader)
  }

  async #offer(reader: Reader): Promise<void> {
    const { frames, isSilenced } = this.#options
    if (reader.isBusy || isSilenced() || reader.response.writableLength > BACKLOG_LIMIT_BYTES) return
    const frame = frames.current()
    const isDue = performance.now() - reader.lastSentAtMs >= REPEAT_MS
    if (frame.key === reader.lastKey && !isDue) return
    reader.isBusy = true
    try {
      const jpeg = await frames.encode()
      if (this.#readers.has(reader)) this.#send(reader, frame, jpeg)
    } catch {
      // The encoder was closed with the simulation: the stream ends.
      this.#remove(reader)
      reader.response.destroy()
    } finally {
      reader.isBusy = false
    }
  }

  #send(reader: Reader, frame: CurrentFrame, jpeg: Buffer): void {
    const { response, stat } = reader
    const body = reader.zeroData ? Buffer.alloc(0) : jpeg
    response.cork()
    response.write(partHead(frame, stat, body.length))
    response.write(body)
    response.write(`\r\n--${BOUNDARY}\r\n`)
    response.uncork()
    reader.lastKey = frame.key
    reader.lastSentAtMs = performance.now()
    reader.sentThisSecond += 1
  }

  #remove(reader: Reader): void {
    for (const timer of reader.timers) clearInterval(timer)
    this.#readers.delete(reader)
    this.#options.streamer.readers.delete(reader.stat.id)
  }
}

function isSet(query: URLSearchParams, name: string): boolean {
  return ['1', 'true', 'yes'].includes(query.get(name) ?? '')
}

function streamHeaders(key: string, id: string): Record<string, string> {
  return {
    'Content-Type': `multipart/x-mixed-replace;boundary=${BOUNDARY}`,
    Connection: 'keep-alive',
    'Cache-Control':
      'no-store, no-cache, must-revalidate, proxy-revalidate, pre-check=0, post-check=0, max-age=0',
    Pragma: 'no-cache',
    Expires: 'Mon, 3 Jan 2000 12:34:56 GMT',
    'Set-Cookie': `stream_client=${key}/${id}; path=/; max-age=30`,
  }
}

function partHead(frame: CurrentFrame, stat: StreamReader, length: number): string {
  const now = (performance.now() / 1000).toFixed(6)
  const lines = ['Content-Type: image/jpeg']
  if (!stat.advanceHeaders) lines.push(`Content-Length: ${length}`)
  lines.push(`X-Timestamp: ${(Date.now() / 1000).toFixed(6)}`)
  if (stat.extraHeaders) lines.push(...extraHeaders(frame, stat, now))
  return `${lines.join('\r\n')}\r\n\r\n`
}

function extraHeaders(frame: CurrentFrame, stat: StreamReader, now: string): string[] {
  const times = ['Grab-Begin', 'Grab-End', 'Encode-Begin', 'Encode-End', 'Expose-Begin', 'Expose-Cmp']
  return [
    `X-UStreamer-Online: ${frame.online}`,
    'X-UStreamer-Dropped: 0',
    `X-UStreamer-Width: ${frame.width}`,
    `X-UStreamer-Height: ${frame.height}`,
    `X-UStreamer-Client-FPS: ${stat.fps}`,
    ...[...times, 'Expose-End', 'Send'].map((name) => `X-UStreamer-${name}-Time: ${now}`),
    'X-UStreamer-Latency: 0.033000',
  ]
}
