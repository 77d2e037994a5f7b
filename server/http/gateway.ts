import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { FastifyBaseLogger } from 'fastify'
import type { AllowedHosts } from '../access/allowed-hosts.ts'
import { can } from '../access/can.ts'
import type { LiveSession, Sessions } from '../access/sessions.ts'
import { AppError, isAppError } from '../errors.ts'
import { authorise } from './authorise.ts'
import { readCookie } from './cookies.ts'
import { errorBody, statusOf, toAppError } from './error-reply.ts'
import { checkHost, checkOrigin } from './host-origin.ts'
import { describePeer } from './peer.ts'
import type { ProxyList } from './peer.ts'
import type { SocketRoute } from './route.ts'
import { matchSocket } from './socket-path.ts'

/** Close codes of our own: the session is over; the right to this socket is gone. */
const closeSignedOut = 4401
const closeForbidden = 4403
const closeGoingAway = 1001

/** Sessions of open sockets are asked for again this often, for what changes beside us (expiry, the command line). */
const recheckMs = 1000
const pingMs = 15_000
/** A peer that does not finish the closing handshake is cut after this. */
const closeGraceMs = 500
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
  log: FastifyBaseLogger
}
type Entry = { route: SocketRoute; server: WebSocketServer }
type Open = {
  socket: WebSocket
  route: SocketRoute
  params: Record<string, string>
  session: LiveSession
  abort: AbortController
  isAlive: boolean
}

/**
 * Websockets. An upgrade passes Host, Origin, session and rights before its 101; afterwards the session is watched: when
 * it ends its sockets close within 2 s, when rights change `may` answers anew at once.
 */
export function createGateway(options: GatewayOptions) {
  const { sessions, log } = options
  const entries: Entry[] = options.sockets.map((route) => ({
    route,
    server: new WebSocketServer({
      noServer: true,
      perMessageDeflate: route.isCompressed === true ? deflate : false,
      maxPayload: route.maxPayloadBytes,
      clientTracking: false,
    }),
  }))
  const open = new Set<Open>()
  let isChecking = false
  let isStopping = false

  const recheckTimer = setInterval(() => void recheck(), recheckMs).unref()
  const pingTimer = setInterval(pingAll, pingMs).unref()
  const unsubscribe = sessions.onChange(() => void recheck())

  /** Throws AppError when the upgrade must be refused. */
  async function admit(request: IncomingMessage) {
    const peer = describePeer(request, options.proxies)
    await checkHost(peer, options.hosts)
    checkOrigin(request, peer)
    const match = matchSocket(entries, request.url ?? '')
    if (match === null) throw new AppError('request/notFound', 'There is no socket at this address.')
    const session = await sessions.authenticate(readCookie(request, 'sid', peer.isSecure))
    authorise(match.entry.route.access, session?.principal ?? null, match.params)
    if (session === null || isStopping) throw new AppError('server/unavailable', 'Crashcart is stopping.')
    if (countOf(session.principal.sessionId) >= maxSocketsPerSession) {
      throw new AppError('access/slowDown', 'This session has too many sockets open. Close some pages.')
    }
    await sessions.noteUse(session)
    return { ...match, session }
  }

  function countOf(sessionId: string): number {
    return [...open].filter(({ session }) => session.principal.sessionId === sessionId).length
  }

  async function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    // Until ws takes over nobody else listens; an unheard error would end the process.
    const ignoreError = (): void => void stream.destroy()
    stream.on('error', ignoreError)
    try {
      const { entry, params, session } = await admit(request)
      stream.off('error', ignoreError)
      if (stream.destroyed) return
      entry.server.handleUpgrade(request, stream, head, (socket) =>
        begin(socket, request, entry.route, params, session),
      )
    } catch (raw) {
      const error = toAppError(raw)
      const at = { code: error.code, url: request.url, ...error.details }
      if (isAppError(raw)) log.warn(at, 'upgrade refused')
      else log.error({ err: raw, ...at }, 'upgrade failed')
      refuse(stream, error)
    }
  }

  function begin(
    socket: WebSocket,
    request: IncomingMessage,
    route: SocketRoute,
    params: Record<string, string>,
    session: LiveSession,
  ): void {
    const opened: Open = { socket, route, params, session, abort: new AbortController(), isAlive: true }
    open.add(opened)
    socket.on('pong', () => (opened.isAlive = true))
    socket.on('message', () => (opened.isAlive = true))
    // The close event follows and says what there is to say.
    socket.on('error', (error) => log.debug({ err: error, url: request.url }, 'websocket error'))
    socket.on('close', () => {
      open.delete(opened)
      opened.abort.abort('closed')
    })
    route.open({
      socket,
      request,
      principal: session.principal,
      params,
      signal: opened.abort.signal,
      may: (capability, resource) =>
        !opened.abort.signal.aborted && can(opened.session.principal, capability, resource),
    })
  }

  async function recheck(): Promise<void> {
    if (open.size === 0 || isChecking) return
    isChecking = true
    try {
      const ids = new Set([...open].map(({ session }) => session.principal.sessionId))
      const live = await sessions.live([...ids])
      for (const opened of open) {
        // Opened while we asked: the next round has it.
        if (!ids.has(opened.session.principal.sessionId)) continue
        review(opened, live.get(opened.session.principal.sessionId))
      }
      for (const session of live.values()) await sessions.noteUse(session)
    } catch (error) {
      // The database cannot be asked now. Consoles that are open stay: they may be what repairs it.
      log.warn({ err: error }, 'sessions of open sockets could not be checked')
    } finally {
      isChecking = false
    }
  }

  function review(opened: Open, session: LiveSession | undefined): void {
    if (session === undefined) {
      end(opened, closeSignedOut, 'signedOut')
      return
    }
    opened.session = session
    try {
      authorise(opened.route.access, session.principal, opened.params)
    } catch {
      // Refused: the same right that opened this socket is gone.
      end(opened, closeForbidden, 'forbidden')
    }
  }

  function end({ socket, abort }: Open, code: number, reason: string): void {
    abort.abort(reason)
    socket.close(code, reason)
    setTimeout(() => socket.terminate(), closeGraceMs).unref()
  }

  function pingAll(): void {
    for (const opened of open) {
      if (!opened.isAlive) {
        opened.socket.terminate()
        continue
      }
      opened.isAlive = false
      opened.socket.ping()
    }
  }

  return {
    /** Takes the upgrades of one server. */
    attach(server: Server): void {
      server.on('upgrade', (request, stream, head) => void upgrade(request, stream, head))
    },

    openSockets(): number {
      return open.size
    },

    /** Says goodbye to everybody; resolves when all sockets are closed, at most a second later. */
    async close(): Promise<void> {
      isStopping = true
      clearInterval(recheckTimer)
      clearInterval(pingTimer)
      unsubscribe()
      const closed = [...open].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)))
      for (const opened of open) end(opened, closeGoingAway, 'serverStopping')
      await Promise.all(closed)
    },
  }
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
