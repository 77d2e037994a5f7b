import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { FastifyBaseLogger } from 'fastify'
import type { AllowedHosts } from '../access/allowed-hosts.ts'
import type { LiveSession, Sessions } from '../access/sessions.ts'
import type { StreamBatch } from '../contract/stream.ts'
import { AppError, isAppError } from '../errors.ts'
import { authorise } from './authorise.ts'
import { readCookie } from './cookies.ts'
import { errorBody, statusOf, toAppError } from './error-reply.ts'
import { checkHost, checkOrigin } from './host-origin.ts'
import { OpenSocket, type Upgraded } from './open-socket.ts'
import { describePeer } from './peer.ts'
import type { Peer, ProxyList } from './peer.ts'
import type { SocketRoute } from './route.ts'
import type { StreamDesk } from './routes/streams.ts'
import { SessionWatch } from './session-watch.ts'
import { matchSocket, type SocketMatch } from './socket-path.ts'
import { StreamSocket } from './stream-socket.ts'

/** Under the idle limits of the usual proxies (nginx 60 s, Cloudflare 100 s); two without an answer end the socket. */
const pingMs = 20_000
const maxSocketsPerSession = 32

/** No memory is kept from message to message, and a small window, since many sockets stay open for days. */
const deflate = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 13,
  threshold: 1024,
  zlibDeflateOptions: { level: 6, memLevel: 6 },
} as const

export type GatewayOptions = {
  sockets: readonly SocketRoute[]
  sessions: Sessions
  hosts: AllowedHosts
  proxies: ProxyList
  /** Somebody with a session spoke on this connection. */
  onSignedIn?(socket: Socket): void
  /** What was sent to this browser came back: the name under which it is here leads to us, both ways. */
  onReached?(reached: ReachedBy): void
  log: FastifyBaseLogger
}
type Entry = { route: SocketRoute; server: WebSocketServer }
type Admitted = SocketMatch<Entry> & { session: LiveSession; peer: Peer }
export type ReachedBy = { peer: Peer; isStream: boolean; session: LiveSession; userAgent: string }

/**
 * Websockets, and streams over plain https for browsers to which those do not get through. Either passes Host, Origin,
 * session and rights before it opens; afterwards the session is watched: when it ends its sockets close within 2 s, when
 * rights change `may` answers anew at once.
 */
export class Gateway implements StreamDesk {
  readonly #options: GatewayOptions
  readonly #entries: Entry[]
  readonly #open = new Set<OpenSocket>()
  readonly #streams = new Map<string, { socket: StreamSocket; sessionId: string }>()
  readonly #watch: SessionWatch
  readonly #pingTimer: NodeJS.Timeout
  #isStopping = false

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#entries = options.sockets.map((route) => ({ route, server: socketServer(route) }))
    this.#watch = new SessionWatch(options.sessions, options.log)
    this.#pingTimer = setInterval(() => {
      for (const opened of this.#open) opened.ping()
    }, pingMs).unref()
  }

  /** Takes the upgrades of one server. */
  attach(server: Server): void {
    server.on('upgrade', (request, stream, head) => void this.#upgrade(request, stream, head))
  }

  async openStream(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    take: () => void,
  ): Promise<void> {
    const admitted = await this.#admit(request, path)
    take()
    if (response.destroyed) return
    const { route } = admitted.entry
    const socket = new StreamSocket(response, route.maxPayloadBytes)
    const id = randomBytes(16).toString('base64url')
    this.#streams.set(id, { socket, sessionId: admitted.session.principal.sessionId })
    socket.on('close', () => this.#streams.delete(id))
    socket.begin(id)
    this.#begin({ ...admitted, socket, isStream: true, request, route })
  }

  receive(streamId: string, sessionId: string, batch: StreamBatch): void {
    const stream = this.#streams.get(streamId)
    if (stream?.sessionId !== sessionId || !stream.socket.receive(batch)) {
      throw new AppError('request/notFound', 'This stream is over.')
    }
  }

  /** Says goodbye to everybody; resolves when all sockets are closed, at most a second later. */
  async close(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#pingTimer)
    this.#watch.close()
    const closed = [...this.#open].map((opened) => new Promise<void>((resolve) => opened.onClose(resolve)))
    for (const opened of this.#open) opened.end('serverStopping')
    await Promise.all(closed)
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    // Until ws takes over nobody else listens; an unheard error would end the process.
    const ignoreError = (): void => void stream.destroy()
    stream.on('error', ignoreError)
    try {
      const admitted = await this.#admit(request, request.url ?? '')
      stream.off('error', ignoreError)
      if (stream.destroyed) return
      const { server, route } = admitted.entry
      server.handleUpgrade(request, stream, head, (socket) =>
        this.#begin({ ...admitted, socket, isStream: false, request, route }),
      )
    } catch (raw) {
      this.#tellRefusal(raw, request)
      refuse(stream, toAppError(raw))
    }
  }

  /** Throws AppError when the socket must be refused. */
  async #admit(request: IncomingMessage, path: string): Promise<Admitted> {
    const { proxies, hosts, sessions } = this.#options
    const peer = describePeer(request, proxies)
    await checkHost(peer, hosts)
    checkOrigin(request, peer)
    const match = matchSocket(this.#entries, path)
    if (match === null) throw new AppError('request/notFound', 'There is no socket at this address.')
    const session = await sessions.authenticate(readCookie(request, 'sid', peer.isSecure))
    if (session !== null) this.#options.onSignedIn?.(request.socket)
    authorise(match.entry.route.access, session?.principal ?? null, match.params)
    if (session === null || this.#isStopping)
      throw new AppError('server/unavailable', 'Crashcart is stopping.')
    if (this.#watch.countOf(session.principal.sessionId) >= maxSocketsPerSession) {
      throw new AppError('access/slowDown', 'This session has too many sockets open. Close some pages.')
    }
    await sessions.noteUse(session)
    return { ...match, session, peer }
  }

  #begin(upgraded: Upgraded & { peer: Peer; isStream: boolean }): void {
    const { peer, isStream, request } = upgraded
    const userAgent = request.headers['user-agent'] ?? ''
    const echoed = (session: LiveSession): void =>
      this.#options.onReached?.({ peer, isStream, session, userAgent })
    this.#keep(new OpenSocket({ ...upgraded, echoed }, this.#options.log))
  }

  #keep(opened: OpenSocket): void {
    this.#open.add(opened)
    this.#watch.add(opened)
    opened.onClose(() => {
      this.#open.delete(opened)
      this.#watch.remove(opened)
    })
  }

  #tellRefusal(raw: unknown, request: IncomingMessage): void {
    const { code, details } = toAppError(raw)
    const at = { code, url: request.url, ...details }
    if (isAppError(raw)) this.#options.log.warn(at, 'upgrade refused')
    else this.#options.log.error({ err: raw, ...at }, 'upgrade failed')
  }
}

function socketServer(route: SocketRoute): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    perMessageDeflate: route.isCompressed === true ? deflate : false,
    maxPayload: route.maxPayloadBytes,
    clientTracking: false,
  })
}

function refuse(stream: Duplex, error: AppError): void {
  const status = statusOf(error.code)
  const body = JSON.stringify(errorBody(error))
  stream.on('error', () => stream.destroy())
  stream.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\n\r\n${body}`,
  )
}
