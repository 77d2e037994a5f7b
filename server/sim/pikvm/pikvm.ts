import { once } from 'node:events'
import type { IncomingMessage, Server as PlainServer, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { Server as TcpServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as wallSleep } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { BlackHole } from '../machine/black-hole.ts'
import type { SimMachine } from '../machine/machine.ts'
import { SwitchedMachine } from '../switch/switched-machine.ts'
import { SwitchUnits } from '../switch/switch-units.ts'
import { FrameEncoder } from '../video/frame-encoder.ts'
import type { CredentialKind } from './auth.ts'
import { makeSelfSigned, type SelfSigned } from './certificate.ts'
import { PikvmFaults } from './faults.ts'
import { Daemon } from './daemon.ts'
import type { GpioWire } from './gpio.ts'
import type { Kvmd } from './kvmd.ts'
import { answer, authRequest, BODY_LIMIT_BYTES, locationOf, takesBigBody, upgradeRefusal } from './nginx.ts'
import { NGINX_HEADERS, readBody, refuseUpgrade, requestOf, sendHugeBody } from './http-io.ts'
import { nginxPage, type KvmdRequest, type Reply } from './reply.ts'
import { validBool } from './validators.ts'
import type { HeartbeatTimes } from './ws-heartbeat.ts'

/** How to build a simulated PiKVM; every field but `machine` has a default. */
export interface SimPikvmOptions {
  /** The machine it is plugged into. Its clock times presses, pulses and the streamer. */
  machine: SimMachine
  /** Machines by port of a PiKVM Switch, null where nothing is plugged in: they take the place of `machine`'s cables. */
  switchPorts?: readonly (SimMachine | null)[]
  /** Names that somebody gave the ports. */
  portNames?: readonly string[]
  /** Loopback address. Default 127.0.0.1. */
  host?: string
  /** Default 0: any free port. */
  port?: number
  /** Name in `info.meta`. Default `pikvm`. */
  name?: string
  /** User → password. Default admin/admin. */
  users?: Readonly<Record<string, string>>
  /** Base32; passwords then end in a six-digit code. */
  totpSecret?: string
  /** Default true. */
  atxEnabled?: boolean
  /** Output channel → what it switches. Default: nothing. */
  gpioWiring?: Readonly<Record<string, GpioWire>>
  /** The streamer runs without viewers too. Default false, as on a stock device. */
  streamForever?: boolean
  /** What `/api/media/ws` offers. Default h264 and jpeg. */
  mediaFormats?: readonly ('h264' | 'jpeg')[]
  /** `atx_state` instead of `atx` and so on, as kvmd before 4.36. Default false. */
  legacyEventNames?: boolean
  /** Wall-clock times of the websocket keepalive. Default 15 s and 7.5 s. */
  heartbeat?: HeartbeatTimes
  /** Default: a new one. */
  certificate?: SelfSigned
  /** Shared with other PiKVMs to save threads. Default: one of its own. */
  encoder?: FrameEncoder
  /** When nginx closes an idle connection. Default 10 s of wall time. */
  keepAliveMs?: number
}

/** One request as nginx saw it. */
export interface RequestRecord {
  method: string
  path: string
  /** Without the question mark. */
  query: string
  atMs: number
  credential: CredentialKind | null
  /** null when the connection died without an answer. */
  status: number | null
}

/** Requests that are remembered. */
const REQUEST_LOG_LENGTH = 2000

/** Starts a simulated PiKVM in front of a machine. Dispose it to close everything. */
export async function startSimPikvm(options: SimPikvmOptions): Promise<SimPikvm> {
  const host = options.host ?? '127.0.0.1'
  const certificate = options.certificate ?? (await makeSelfSigned(options.name ?? 'localhost', host))
  const pikvm = new SimPikvm(options, host, certificate)
  await pikvm.listen(options.port ?? 0)
  return pikvm
}

/** nginx and kvmd of one PiKVM on a loopback address, with everything that can go wrong on command. */
export class SimPikvm {
  readonly machine: SimMachine
  readonly host: string
  readonly faults = new PikvmFaults()
  readonly requests: RequestRecord[] = []
  readonly #options: SimPikvmOptions
  readonly #server: Server
  readonly #wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: true,
    autoPong: false,
  })
  readonly #sockets = new Set<Socket>()
  readonly #secureSockets = new Set<Socket>()
  #certificate: SelfSigned
  #port = 0
  readonly #encoder: FrameEncoder
  readonly #units: SwitchUnits | null
  readonly #switched: SwitchedMachine | null
  #daemon: Daemon | null
  #blackHole: BlackHole | null = null
  #isSilenced = false
  #isDisposed = false
  #clockSkewMs = 0
  #health = { temperatureC: 48.2, undervoltage: false }

  constructor(options: SimPikvmOptions, host: string, certificate: SelfSigned) {
    this.#options = options
    this.machine = options.machine
    this.host = host
    this.#certificate = certificate
    this.#encoder = options.encoder ?? new FrameEncoder()
    const { clock } = options.machine
    this.#units = options.switchPorts ? new SwitchUnits({ clock, ports: options.switchPorts }) : null
    this.#switched = this.#units && new SwitchedMachine(this.#units, clock)
    this.#daemon = this.#startDaemon(0)
    this.#server = createServer({ cert: certificate.certPem, key: certificate.keyPem })
    this.#configureServer()
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `https://${this.host}:${this.#port}`
  }

  /** SHA-256 of the certificate that is served now, upper-case hex with colons. */
  get fingerprint256(): string {
    return this.#certificate.fingerprint256
  }

  /** SHA-256 of the public key that is served now, upper-case hex with colons. */
  get pin(): string {
    return this.#certificate.pin
  }

  /** The certificate and key that are served now. */
  get certificate(): SelfSigned {
    return this.#certificate
  }

  /** The running daemon, or null while it restarts. */
  get kvmd(): Kvmd | null {
    return this.#daemon?.kvmd ?? null
  }

  /** Control websockets that are open, and whether each counts as a viewer. */
  get webSockets(): readonly { stream: boolean }[] {
    return this.#daemon?.hub.clients ?? []
  }

  /** What the PiKVM measures of itself. */
  setHealth(health: { temperatureC: number; undervoltage: boolean }): void {
    this.#health = health
  }

  /** Makes the PiKVM's own clock wrong; TOTP codes and session expiry follow it. */
  setClockSkew(skewMs: number): void {
    this.#clockSkewMs = skewMs
  }

  async listen(port: number): Promise<void> {
    this.#server.listen({ host: this.host, port, reusePort: process.platform === 'linux' })
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /**
   * Restarts kvmd: cookies die, sockets close with 1000, requests get 502 for `downMs` of wall time; then for
   * `firstLookMs` LEDs read dark, as kvmd's do until it first looks (about 0.1 s), and there is no Switch (some 20 ms).
   */
  async restartKvmd(downMs: number, firstLookMs = 150): Promise<void> {
    const daemon = this.#daemon
    this.#daemon = null
    daemon?.stop()
    await wallSleep(downMs)
    this.#daemon = this.#startDaemon(firstLookMs)
  }

  /** Serves another certificate, as after a reinstallation; open connections end. */
  async changeCertificate(): Promise<void> {
    this.#certificate = await makeSelfSigned(this.#options.name ?? 'localhost', this.host)
    this.#server.setSecureContext({ cert: this.#certificate.certPem, key: this.#certificate.keyPem })
    this.#dropConnections()
  }

  /** Switches the PiKVM off: connections are refused until `revive`. */
  async die(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#dropConnections()
    await closed
  }

  async revive(): Promise<void> {
    if (!this.#server.listening) await this.listen(this.#port)
  }

  /** Pulls its network cable: connects hang, open connections go silent, nothing is reset. */
  async enterBlackHole(): Promise<void> {
    if (this.#blackHole) return
    this.#isSilenced = true
    this.#blackHole = await BlackHole.open(this.host, this.#port)
    for (const socket of this.#secureSockets) socket.setTimeout(0)
    // The HTTP server's own close would end idle connections, which a pulled cable does not.
    TcpServer.prototype.close.call(this.#server)
    await this.#blackHole.fill()
  }

  /** Plugs the cable in again; connections from before are reset. */
  async leaveBlackHole(): Promise<void> {
    if (!this.#blackHole) return
    const blackHole = this.#blackHole
    this.#blackHole = null
    this.#dropConnections()
    this.#isSilenced = false
    await this.listen(this.#port)
    await blackHole.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    this.#daemon?.stop()
    this.#daemon = null
    this.#switched?.dispose()
    this.#units?.dispose()
    await this.#blackHole?.close()
    await this.die()
    this.#dropConnections()
    if (!this.#options.encoder) await this.#encoder.close()
  }

  #startDaemon(firstLookMs: number): Daemon | null {
    if (this.#isDisposed) return null
    return new Daemon({
      ...this.#options,
      seen: this.#switched ?? this.machine,
      units: this.#units,
      encoder: this.#encoder,
      faults: this.faults,
      firstLookMs,
      wallMs: () => Date.now() + this.#clockSkewMs,
      health: () => this.#health,
      isSilenced: () => this.#isSilenced,
      headers: NGINX_HEADERS,
    })
  }

  #configureServer(): void {
    const server = this.#server
    server.keepAliveTimeout = this.#options.keepAliveMs ?? 10_000
    Object.assign(server, { keepAliveTimeoutBuffer: 0 })
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    server.on('secureConnection', (socket) => {
      this.#secureSockets.add(socket)
      socket.on('close', () => this.#secureSockets.delete(socket))
      if (this.faults.take('cutOnConnect', { method: '', path: '' })) socket.destroy()
    })
    this.takeFrom(server)
  }

  /** Answers what reaches `server` too: kvmd itself listens without TLS, behind a real nginx. */
  takeFrom(server: PlainServer): void {
    server.on('request', (request, response) => {
      // A client that hangs up while its request is read or answered is no news.
      this.#onRequest(request, response).catch(() => response.destroy())
    })
    server.on('upgrade', (request, socket, head) => void this.#onUpgrade(request, socket as Socket, head))
  }

  #dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #onRequest(message: IncomingMessage, response: ServerResponse): Promise<void> {
    // A request may already be parsed when its connection is cut on purpose: it must have no effect.
    if (this.#isSilenced || message.socket.destroyed) return
    const target = new URL(message.url ?? '/', 'https://pikvm')
    const record = this.#record(message, target)
    const slow = this.faults.take('slow', record)
    if (slow) await wallSleep(slow.delayMs)
    if (this.faults.take('cutBeforeEffect', record)) return void message.socket.destroy()
    const body = await readBody(message, takesBigBody(target.pathname) ? Infinity : BODY_LIMIT_BYTES)
    if (!body) return this.#finish(response, record, nginxPage(413))
    const request = requestOf(message, target, body)
    const daemon = this.#daemon
    if (daemon && this.#wantsStream(request)) {
      record.status = 200
      return daemon.mjpeg.add(response, request.query)
    }
    const { reply, credential } = await answer(daemon, request)
    record.credential = credential
    if (this.faults.take('replyLost', record)) return void message.socket.destroy()
    this.#finish(response, record, reply)
  }

  #record(message: IncomingMessage, target: URL): RequestRecord {
    const record: RequestRecord = {
      method: message.method ?? 'GET',
      path: target.pathname,
      query: target.search.slice(1),
      atMs: this.machine.clock.nowMs(),
      credential: null,
      status: null,
    }
    this.requests.push(record)
    if (this.requests.length > REQUEST_LOG_LENGTH) this.requests.shift()
    return record
  }

  #finish(response: ServerResponse, record: RequestRecord, reply: Reply): void {
    if (this.#isSilenced || response.destroyed) return
    record.status = reply.status
    const huge = this.faults.take('hugeBody', record)
    if (huge) return sendHugeBody(response, huge.bytes ?? 10_000_000_000)
    const garbage = this.faults.take('garbageJson', record)
    const body = garbage ? Buffer.from('{"ok": true, "result": {"leds": {"pow') : reply.body
    response.writeHead(reply.status, {
      ...NGINX_HEADERS,
      ...reply.headers,
      ...(reply.status === 204 ? {} : { 'Content-Length': body.length }),
      Connection: 'keep-alive',
    })
    response.end(record.method === 'HEAD' ? undefined : body)
  }

  async #onUpgrade(message: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    if (this.#isSilenced) return
    socket.on('error', () => socket.destroy())
    const target = new URL(message.url ?? '/', 'https://pikvm')
    const record = this.#record(message, target)
    const slow = this.faults.take('slow', record)
    if (slow) await wallSleep(slow.delayMs)
    if (this.faults.take('cutBeforeEffect', record)) return void socket.destroy()
    const refusal = upgradeRefusal(this.#daemon, target, message.headers)
    if (refusal) {
      record.status = refusal.status
      return refuseUpgrade(socket, refusal)
    }
    record.status = 101
    const stream = validBool(target.searchParams.get('stream'), true)
    const daemon = this.#daemon
    const isMedia = locationOf(target.pathname).name === 'media'
    this.#wss.handleUpgrade(message, socket, head, (ws) => {
      if (!daemon) ws.terminate()
      else if (isMedia) daemon.media.add(ws, target.searchParams.get('video') ?? '')
      else daemon.hub.add(ws, stream)
    })
  }

  #wantsStream({ method, path, headers }: KvmdRequest): boolean {
    const location = locationOf(path)
    if (method !== 'GET' || location.name !== 'streamer' || location.path !== '/stream') return false
    return authRequest(this.kvmd, headers) === 200 && this.kvmd?.streamer.isRunning === true
  }
}
