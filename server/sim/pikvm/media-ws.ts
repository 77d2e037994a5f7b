import type { WebSocket } from 'ws'
import type { EncodedUnit } from '../video/h264-encoder.ts'
import type { FrameSource } from './frames.ts'
import { H264Feed } from './h264-feed.ts'
import { MediaQueue } from './media-client.ts'
import { mediaInfo } from './nginx.ts'
import type { KvmdStreamer } from './streamer.ts'
import { keepHeartbeat, type HeartbeatTimes } from './ws-heartbeat.ts'

/** Options of `/api/media/ws` of one PiKVM. */
export interface MediaOptions {
  frames: FrameSource
  streamer: KvmdStreamer
  formats: readonly string[]
  heartbeat: HeartbeatTimes
  isSilenced: () => boolean
}

interface Client {
  socket: WebSocket
  /** No headers and no pong: `?video=…` asked for bare frames. */
  isPure: boolean
  jpegTimers: NodeJS.Timeout[]
  h264: MediaQueue | null
}

/** Opcodes of the binary messages. */
const OPCODE = { ping: 0, key: 1, frame: 1, pong: 255 } as const

const FRAME_MS = 33
const REPEAT_MS = 1000

/** The media sockets: one H.264 stream for all who asked for it, JPEG frames to each who asked for those. */
export class MediaHub {
  readonly #options: MediaOptions
  readonly #clients = new Set<Client>()
  readonly #feed: H264Feed

  constructor(options: MediaOptions) {
    this.#options = options
    const { frames, streamer, isSilenced } = options
    this.#feed = new H264Feed({ frames, streamer, isSilenced, onUnit: (unit) => this.#deal(unit) })
  }

  /** Takes over an upgraded socket; `format` is that of `?video=`, or '' for the ordinary interface. */
  add(socket: WebSocket, format: string): void {
    const { heartbeat, isSilenced, formats } = this.#options
    const client: Client = { socket, isPure: format !== '', jpegTimers: [], h264: null }
    this.#clients.add(client)
    keepHeartbeat(socket, heartbeat, isSilenced)
    socket.on('ping', (data) => {
      if (!isSilenced()) socket.pong(data)
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => this.#remove(client))
    socket.on('message', (data, isBinary) => this.#receive(client, data as Buffer, isBinary))
    if (format) this.#start(client, format)
    else socket.send(JSON.stringify({ event_type: 'media', event: mediaInfo(formats) }))
  }

  /** The streamer's process ended: its next frame is a key frame. The sockets stay. */
  startAnew(): void {
    this.#feed.startAnew()
  }

  closeAll(): void {
    for (const { socket } of this.#clients) socket.close(1000)
  }

  #receive(client: Client, data: Buffer, isBinary: boolean): void {
    if (this.#options.isSilenced()) return
    if (!isBinary) return this.#receiveText(client, data)
    if (data.length === 0) client.socket.close(1000)
    else if (data[0] === OPCODE.ping && !client.isPure) client.socket.send(Buffer.from([OPCODE.pong]))
    else if (data[0] === OPCODE.key && client.h264) this.#feed.requestKey()
  }

  #receiveText(client: Client, data: Buffer): void {
    const format = startFormatOf(data.toString('utf8'))
    if (format) this.#start(client, format)
  }

  #start(client: Client, format: string): void {
    if (!this.#options.formats.includes(format)) return
    if (format === 'h264') return this.#startH264(client)
    const state = { key: '', sentAtMs: 0, isBusy: false }
    const timer = setInterval(() => void this.#offer(client, state), FRAME_MS)
    timer.unref()
    client.jpegTimers.push(timer)
  }

  /** Asked twice, a client gets a new queue and still each frame once. */
  #startH264(client: Client): void {
    client.h264 = new MediaQueue(client.socket)
    this.#feed.requestKey()
    this.#countReaders()
  }

  #countReaders(): void {
    this.#feed.setReaders([...this.#clients].filter(({ h264 }) => h264 !== null).length)
  }

  #deal({ bytes, isKey }: EncodedUnit): void {
    const headed = Buffer.concat([Buffer.from([OPCODE.frame, isKey ? 1 : 0]), bytes])
    for (const { h264, isPure } of this.#clients) {
      const message = isPure ? headed.subarray(2) : headed
      if (h264 && !h264.put({ isKey, message })) this.#feed.requestKey()
    }
  }

  async #offer(client: Client, state: { key: string; sentAtMs: number; isBusy: boolean }): Promise<void> {
    const { frames, streamer, isSilenced } = this.#options
    if (state.isBusy || isSilenced() || !streamer.isRunning) return
    const { key } = frames.current()
    if (key === state.key && performance.now() - state.sentAtMs < REPEAT_MS) return
    state.isBusy = true
    try {
      const jpeg = await frames.encode()
      const head = client.isPure ? Buffer.alloc(0) : Buffer.from([OPCODE.frame, 0])
      if (client.socket.readyState === client.socket.OPEN) client.socket.send(Buffer.concat([head, jpeg]))
      Object.assign(state, { key, sentAtMs: performance.now() })
    } catch {
      // The encoder was closed with the simulation: no more frames.
      this.#remove(client)
    } finally {
      state.isBusy = false
    }
  }

  #remove(client: Client): void {
    for (const timer of client.jpegTimers) clearInterval(timer)
    client.jpegTimers = []
    this.#clients.delete(client)
    this.#countReaders()
  }
}

function startFormatOf(text: string): string | undefined {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    // kvmd logs it and goes on.
    return undefined
  }
  if (typeof message !== 'object' || message === null) return undefined
  const { event_type: type, event } = message as { event_type?: unknown; event?: unknown }
  if (type !== 'start' || typeof event !== 'object' || event === null) return undefined
  const { type: media, format } = event as { type?: unknown; format?: unknown }
  return media === 'video' && typeof format === 'string' ? format : undefined
}
