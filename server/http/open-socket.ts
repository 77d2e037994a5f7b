import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { can } from '../access/can.ts'
import type { LiveSession } from '../access/sessions.ts'
import type { BrowserSocket, SocketRoute } from './route.ts'
import type { Held } from './session-watch.ts'

/** Close codes of our own: the session is over; the right to this socket is gone. */
const closeCodes = { signedOut: 4401, forbidden: 4403, serverStopping: 1001 } as const
/** A peer that does not finish the closing handshake is cut after this. */
const closeGraceMs = 500

export type Upgraded = {
  socket: BrowserSocket
  isStream?: boolean
  request: IncomingMessage
  route: SocketRoute
  params: Record<string, string>
  session: LiveSession
  /** Called whenever the browser gave a ping of ours back. */
  echoed?(session: LiveSession): void
}

/** One websocket or stream from its opening to its end, for the session that opened it. */
export class OpenSocket implements Held {
  readonly access: Held['access']
  readonly params: Record<string, string>
  session: LiveSession
  readonly #socket: BrowserSocket
  readonly #abort = new AbortController()
  /** What a ping carries: only who received it can give it back. */
  readonly #mark = randomBytes(9).toString('base64url')
  #isAlive = true

  constructor(
    { socket, isStream = false, request, route, params, session, echoed }: Upgraded,
    log: FastifyBaseLogger,
  ) {
    this.access = route.access
    this.params = params
    this.session = session
    this.#socket = socket
    socket.on('pong', (data) => {
      this.#isAlive = true
      if (data.toString() === this.#mark) echoed?.(this.session)
    })
    socket.on('message', () => (this.#isAlive = true))
    // The close event follows and says what there is to say.
    socket.on('error', (error) => log.debug({ err: error, url: request.url }, 'websocket error'))
    socket.on('close', () => this.#abort.abort('closed'))
    route.open({
      socket,
      isStream,
      request,
      principal: session.principal,
      params,
      signal: this.#abort.signal,
      may: (capability, resource) =>
        !this.#abort.signal.aborted && can(this.session.principal, capability, resource),
    })
    socket.ping(this.#mark)
  }

  onClose(listener: () => void): void {
    this.#socket.once('close', listener)
  }

  /** Asks the browser for a sign of life; one that gave none since it was asked last is cut. */
  ping(): void {
    if (!this.#isAlive) return this.#socket.terminate()
    this.#isAlive = false
    this.#socket.ping(this.#mark)
  }

  end(why: keyof typeof closeCodes): void {
    this.#abort.abort(why)
    this.#socket.close(closeCodes[why], why)
    setTimeout(() => this.#socket.terminate(), closeGraceMs).unref()
  }
}
