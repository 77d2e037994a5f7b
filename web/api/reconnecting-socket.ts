/** `connecting`: never open yet or trying again; `lost`: the last attempt failed and the next one waits. */
export type SocketLink = 'connecting' | 'open' | 'lost'

export type SocketHandlers = {
  /** Open (again): send what must be replayed. */
  opened(): void
  /** A text message, parsed; pongs are kept back. */
  message(message: unknown): void
  binary(data: ArrayBuffer): void
  link(state: SocketLink): void
  /** A measured round trip. `serverTime` was read by the server between `sentAt` and `sentAt + roundTripMs`. */
  pong(pong: { sentAt: number; roundTripMs: number; serverTime: number }): void
}

/** A socket that is connecting or open, and what came over it before anybody listened. */
export type EarlySocket = { socket: WebSocket; messages: readonly unknown[] }

const pingEveryMs = 5_000
const silentAfterMs = 12_000
const wakeAnswerMs = 4_000
const openWithinMs = 12_000
const longestWaitMs = 15_000

/** How long to wait before attempt `n` (0, 1, 2…): doubling from 0.5 s to 15 s, the second half of it random. */
export function reconnectDelayMs(n: number, random: () => number): number {
  const full = Math.min(longestWaitMs, 500 * 2 ** n)
  return full / 2 + (full / 2) * random()
}

/**
 * A websocket to our own server that comes back by itself: at once when the page is shown again or the network
 * returns, otherwise with growing, jittered waits. A phone that was locked leaves sockets that look open and are dead:
 * each is pinged, and closed when nothing was heard for 12 s (4 s after waking up).
 */
export class ReconnectingSocket {
  #url: string
  #handlers: SocketHandlers
  #takeEarly: () => EarlySocket | null
  #socket: WebSocket | null = null
  #attempt = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #watchTimer: ReturnType<typeof setInterval> | undefined
  #heardAt = 0
  #startedAt = 0
  #pingedAt = 0
  #wokenAt = 0
  #stopped = true
  #wakeListener = () => this.#wake()

  /** `takeEarly`: a socket to the same path that was opened before, or null. */
  constructor(path: string, handlers: SocketHandlers, takeEarly: () => EarlySocket | null = () => null) {
    this.#takeEarly = takeEarly
    this.#url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`
    this.#handlers = handlers
  }

  /** Starts, or does nothing when it runs. */
  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    for (const [target, name] of wakeEvents()) target.addEventListener(name, this.#wakeListener)
    this.#watchTimer = setInterval(() => this.#watch(), 1000)
    this.#connect()
  }

  /** Closes for good; `start` begins anew. */
  stop(): void {
    this.#stopped = true
    for (const [target, name] of wakeEvents()) target.removeEventListener(name, this.#wakeListener)
    clearInterval(this.#watchTimer)
    clearTimeout(this.#retryTimer)
    this.#drop()
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN
  }

  /** Sends now or not at all: nothing is queued for later. True when it was handed to the network. */
  send(message: object): boolean {
    if (!this.isOpen) return false
    this.#socket?.send(JSON.stringify(message))
    return true
  }

  #connect(): void {
    clearTimeout(this.#retryTimer)
    this.#drop()
    this.#startedAt = Date.now()
    this.#handlers.link('connecting')
    const early = this.#takeEarly()
    const socket = early?.socket ?? new WebSocket(this.#url)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.addEventListener('open', () => this.#opened(socket))
    socket.addEventListener('message', (event) => this.#received(socket, event.data))
    socket.addEventListener('close', () => this.#closed(socket))
    if (socket.readyState === WebSocket.OPEN) this.#opened(socket)
    for (const data of early?.messages ?? []) this.#received(socket, data)
  }

  #opened(socket: WebSocket): void {
    if (socket !== this.#socket) return
    this.#attempt = 0
    this.#heardAt = Date.now()
    this.#pingedAt = 0
    this.#handlers.link('open')
    this.#handlers.opened()
    this.#ping()
  }

  #received(socket: WebSocket, data: unknown): void {
    if (socket !== this.#socket) return
    this.#heardAt = Date.now()
    this.#wokenAt = 0
    if (data instanceof ArrayBuffer) return this.#handlers.binary(data)
    const message: unknown = JSON.parse(String(data))
    if (isPong(message)) {
      const roundTripMs = performance.now() - message.t
      this.#handlers.pong({ sentAt: Date.now() - roundTripMs, roundTripMs, serverTime: message.serverTime })
    } else this.#handlers.message(message)
  }

  #closed(socket: WebSocket): void {
    if (socket !== this.#socket || this.#stopped) return
    this.#socket = null
    this.#handlers.link('lost')
    this.#retryTimer = setTimeout(() => this.#connect(), reconnectDelayMs(this.#attempt, Math.random))
    this.#attempt += 1
  }

  /** Gives up on the socket at hand without waiting for its close event, which a dead link delays by minutes. */
  #drop(): void {
    const socket = this.#socket
    this.#socket = null
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close()
  }

  #ping(): void {
    this.#pingedAt = Date.now()
    this.send({ type: 'ping', t: performance.now() })
  }

  #watch(): void {
    const now = Date.now()
    const socket = this.#socket
    if (!socket) return
    if (socket.readyState === WebSocket.CONNECTING) {
      if (now - this.#startedAt > openWithinMs) this.#giveUp(socket)
      return
    }
    const sleptAndSilent = this.#wokenAt > 0 && now - this.#wokenAt > wakeAnswerMs
    if (now - this.#heardAt > silentAfterMs || sleptAndSilent) return this.#giveUp(socket)
    if (now - this.#pingedAt >= pingEveryMs) this.#ping()
  }

  #giveUp(socket: WebSocket): void {
    this.#wokenAt = 0
    socket.close()
    this.#closed(socket)
  }

  #wake(): void {
    if (this.#stopped || document.visibilityState === 'hidden') return
    if (!this.#socket) {
      this.#attempt = 0
      return this.#connect()
    }
    if (!this.isOpen) return
    this.#wokenAt = Date.now()
    // Time stood still while the page slept: its silence counts from now.
    this.#heardAt = this.#wokenAt
    this.#ping()
  }
}

function wakeEvents(): [EventTarget, string][] {
  return [
    [window, 'pageshow'],
    [window, 'online'],
    [window, 'focus'],
    [document, 'visibilitychange'],
  ]
}

function isPong(message: unknown): message is { type: 'pong'; t: number; serverTime: number } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'pong'
}
