import type { FrameEncoder } from '../video/frame-encoder.ts'
import type { SimMachine } from '../machine/machine.ts'
import type { SeenMachine } from '../machine/seen-machine.ts'
import type { SwitchUnits } from '../switch/switch-units.ts'
import type { PikvmFaults } from './faults.ts'
import { FrameSource } from './frames.ts'
import type { GpioWire } from './gpio.ts'
import { Kvmd, type KvmdPart } from './kvmd.ts'
import { MediaHub } from './media-ws.ts'
import { MjpegStream } from './mjpeg.ts'
import { bareJson, nginxPage, type KvmdRequest, type Reply } from './reply.ts'
import { kvmdRoutes, type Route } from './routes.ts'
import { Snapshots } from './snapshot.ts'
import type { HeartbeatTimes } from './ws-heartbeat.ts'
import { WsHub } from './ws-hub.ts'

/** Options of everything that runs behind nginx. */
export interface DaemonOptions {
  machine: SimMachine
  seen: SeenMachine
  units: SwitchUnits | null
  portNames?: readonly string[]
  name?: string
  users?: Readonly<Record<string, string>>
  totpSecret?: string
  atxEnabled?: boolean
  gpioWiring?: Readonly<Record<string, GpioWire>>
  streamForever?: boolean
  mediaFormats?: readonly ('h264' | 'jpeg')[]
  legacyEventNames?: boolean
  heartbeat?: HeartbeatTimes
  encoder: FrameEncoder
  faults: PikvmFaults
  /** How long after this start its LEDs read dark, wall time. */
  firstLookMs: number
  wallMs: () => number
  health: () => { temperatureC: number; undervoltage: boolean }
  isSilenced: () => boolean
  headers: Readonly<Record<string, string>>
}

/** kvmd's keepalive: a ping after 15 s of silence, the end 7.5 s later. */
const HEARTBEAT: HeartbeatTimes = { pingAfterMs: 15_000, dropAfterMs: 7500 }

/** One life of kvmd, ustreamer and the media server, from start to stop. */
export class Daemon {
  readonly kvmd: Kvmd
  readonly hub: WsHub
  readonly media: MediaHub
  readonly mjpeg: MjpegStream
  readonly routes: readonly Route[]
  readonly mediaFormats: readonly ('h264' | 'jpeg')[]
  readonly #frames: FrameSource
  readonly #listeners: { changed: (part: KvmdPart) => void; streamerStopped: () => void }

  constructor(options: DaemonOptions) {
    const { seen, isSilenced } = options
    const heartbeat = options.heartbeat ?? HEARTBEAT
    this.mediaFormats = options.mediaFormats ?? ['h264', 'jpeg']
    this.#listeners = { changed: () => undefined, streamerStopped: () => undefined }
    this.kvmd = this.#makeKvmd(options)
    const { streamer } = this.kvmd
    this.#frames = new FrameSource(seen, streamer, options.encoder)
    this.mjpeg = new MjpegStream({ frames: this.#frames, streamer, isSilenced, headers: options.headers })
    this.hub = new WsHub({
      kvmd: this.kvmd,
      heartbeat,
      legacyEventNames: options.legacyEventNames ?? false,
      isSilenced,
      sendsGarbage: () =>
        options.faults.take('garbageJson', { method: 'GET', path: '/api/ws' }) !== undefined,
    })
    this.media = new MediaHub({
      frames: this.#frames,
      streamer,
      formats: this.mediaFormats,
      heartbeat,
      isSilenced,
    })
    this.routes = kvmdRoutes(this.kvmd, new Snapshots(this.kvmd, this.#frames))
    this.#listeners.changed = (part) => this.hub.changed(part)
    this.#listeners.streamerStopped = () => {
      this.mjpeg.endAll()
      this.media.startAnew()
    }
  }

  /** ustreamer's own pages, for a client that nginx let through. */
  async streamerPage(path: string, request: KvmdRequest): Promise<Reply> {
    if (!this.kvmd.streamer.isRunning) return nginxPage(502)
    if (path === '/state') return ustreamerState(this.kvmd)
    const isSnapshot = path === '/snapshot' || request.query.get('action') === 'snapshot'
    if (isSnapshot) return this.#ustreamerSnapshot()
    const html = { 'Content-Type': 'text/html; charset=utf-8' }
    if (path === '/' || (path === '/stream' && request.method === 'HEAD'))
      return { status: 200, headers: html, body: Buffer.from('<!DOCTYPE html><html></html>\n') }
    const text = `<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1><p>The requested URL ${path} was not found on this server.</p></body></html>\n`
    return { status: 404, headers: html, body: Buffer.from(text) }
  }

  /** Closes all sockets with 1000, releases held keys and ends the streamer. */
  stop(): void {
    this.hub.closeAll()
    this.media.closeAll()
    this.kvmd.shutDown()
  }

  async #ustreamerSnapshot(): Promise<Reply> {
    const { online, width, height } = this.#frames.current()
    const headers = {
      'Content-Type': 'image/jpeg',
      'X-Timestamp': (Date.now() / 1000).toFixed(6),
      'X-UStreamer-Online': String(online),
      'X-UStreamer-Width': String(width),
      'X-UStreamer-Height': String(height),
    }
    return { status: 200, headers, body: await this.#frames.encode() }
  }

  #makeKvmd(options: DaemonOptions): Kvmd {
    return new Kvmd({
      machine: options.machine,
      seen: options.seen,
      units: options.units,
      ...(options.portNames && { portNames: options.portNames }),
      host: options.name ?? 'pikvm',
      users: options.users ?? { admin: 'admin' },
      atxEnabled: options.atxEnabled ?? true,
      streamForever: options.streamForever ?? false,
      firstLookMs: options.firstLookMs,
      wallMs: options.wallMs,
      health: options.health,
      faults: options.faults,
      onChange: (part) => this.#listeners.changed(part),
      onStreamerStopped: () => this.#listeners.streamerStopped(),
      ...(options.totpSecret ? { totpSecret: options.totpSecret } : {}),
      ...(options.gpioWiring ? { gpioWiring: options.gpioWiring } : {}),
    })
  }
}

function ustreamerState(kvmd: Kvmd): Reply {
  const reply = bareJson({ ok: true, result: kvmd.streamer.processState() })
  return { ...reply, headers: { 'Content-Type': 'application/json' } }
}
