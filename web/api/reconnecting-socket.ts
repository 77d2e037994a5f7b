import { openWebSocket, type PageSocket } from './page-socket.ts'

/** `connecting`: never open yet or trying again; `lost`: the last attempt failed and the next one waits. */
export type SocketLink = 'connecting' | 'open' | 'lost'

export type SocketHandlers = {
  /** Open (again): send what must be replayed. */
  opened(): void
  /** A text message, parsed; pongs are kept back. */
  message(message: unknown): void
  binary(data: ArrayBuffer): void
  link(state: SocketLink): void
  /** An open link may be dead: what is sent now may go nowhere, until `false` or the next `opened`. */
  doubt?(isDoubtful: boolean): void
  /** A measured round trip. `serverTime` was read by the server between `sentAt` and `sentAt + roundTripMs`. */
  pong(pong: { sentAt: number; roundTripMs: number; serverTime: number }): void
}

/** Opens a line to a path of our server; `early` is one to the same path that is opening or open. */
export type OpenLine = (path: string, early: WebSocket | null) => PageSocket

/** A socket that is connecting or open, and what came over it before anybody listened. */
export type EarlySocket = { socket: WebSocket; messages: readonly unknown[] }

type SocketOptions = { open?: OpenLine; takeEarly?: () => EarlySocket | null }
type Doubt = { since: number; ping: number | null }

const pingEveryMs = 2_000
/** A hidden page's phone sleeps. */
const pingHiddenEveryMs = 15_000
/** Silence of a page that was visible throughout means a dead link. */
const silentAfterMs = 5_000
const longestSilenceMs = 20_000
/** How long the old socket may still speak up while another one is being opened beside it. */
const replacedWithinMs = 3_000
/** Heard this lately, a socket needs no proof when the window gets the focus. */
const surelyAliveMs = 2_000
/** A clock that jumps this far between two looks stood still meanwhile. */
const frozenAfterMs = 3_500
const openWithinMs = 12_000
const longestWaitMs = 15_000

/** How long to wait before attempt `n` (0, 1, 2…): doubling from 0.5 s to 15 s, the second half of it random. */
export function reconnectDelayMs(n: number, random: () => number): number {
  const full = Math.min(longestWaitMs, 500 * 2 ** n)
  return full / 2 + (full / 2) * random()
}

/**
 * A websocket to our own server that comes back by itself. A phone that was locked leaves sockets that look open and
 * are dead, and nothing tells of it: whenever the page is shown again, the network returns or the page has stood still,
 * another socket is opened beside the old one at once. The old one stays if it answers a ping first; otherwise the new
 * one takes its place when it is open, and the link never counts as lost between. The same happens after 5 s of
 * silence, counted only while the page is visible; where a slow link made that too short, the next wait is longer.
 */
export class ReconnectingSocket {
  #path: string
  #handlers: SocketHandlers
  #open: OpenLine
  #takeEarly: () => EarlySocket | null
  #socket: PageSocket | null = null
  /** The one that is being opened, alone or beside `#socket`. */
  #next: { socket: PageSocket; startedAt: number } | null = null
  /** Why the old socket must prove itself: since when, and by the answer to which ping. */
  #doubt: Doubt | null = null
  #attempt = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #watchTimer: ReturnType<typeof setInterval> | undefined
  #silentAfterMs = silentAfterMs
  /** Silence counts from here: the last word, or the last time the page came into view. */
  #quietSince = 0
  #heardAt = 0
  #pingedAt = 0
  #watchedAt = 0
  #stopped = true
  #wakeListener = (event: Event) => this.#wake(event.type)

  /** `takeEarly`: a socket to the same path that was opened before, or null. */
  constructor(
    path: string,
    handlers: SocketHandlers,
    { open = (at, early) => early ?? openWebSocket(at), takeEarly = () => null }: SocketOptions = {},
  ) {
    this.#open = open
    this.#takeEarly = takeEarly
    this.#path = path
    this.#handlers = handlers
  }

  /** Starts, or does nothing when it runs. */
  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    for (const [target, name] of wakeEvents()) target.addEventListener(name, this.#wakeListener)
    this.#watchedAt = Date.now()
    this.#watchTimer = setInterval(() => this.#watch(), 1000)
    this.#connect()
  }

  /** Closes for good; `start` begins anew. */
  stop(): void {
    this.#stopped = true
    for (const [target, name] of wakeEvents()) target.removeEventListener(name, this.#wakeListener)
    clearInterval(this.#watchTimer)
    clearTimeout(this.#retryTimer)
    const sockets = [this.#socket, this.#next?.socket]
    this.#socket = null
    this.#next = null
    this.#doubt = null
    for (const socket of sockets) if (socket) close(socket)
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
    if (this.#socket === null) this.#handlers.link('connecting')
    const early = this.#takeEarly()
    const socket = this.#open(this.#path, early?.socket ?? null)
    this.#next = { socket, startedAt: Date.now() }
    socket.addEventListener('open', () => this.#opened(socket))
    socket.addEventListener('message', (event) => this.#received(socket, (event as MessageEvent).data))
    socket.addEventListener('close', () => this.#closed(socket))
    if (socket.readyState === WebSocket.OPEN) this.#opened(socket)
    for (const data of early?.messages ?? []) this.#received(socket, data)
  }

  #opened(socket: PageSocket): void {
    if (socket !== this.#next?.socket) return
    const old = this.#socket
    this.#socket = socket
    this.#next = null
    this.#setDoubt(null)
    this.#attempt = 0
    this.#heardAt = this.#quietSince = Date.now()
    if (old) close(old)
    this.#handlers.link('open')
    this.#handlers.opened()
    this.#ping()
  }

  #received(socket: PageSocket, data: unknown): void {
    if (socket !== this.#socket) return
    this.#heardAt = this.#quietSince = Date.now()
    // What a frozen page left unread proves nothing: after waking up only the answer to a new ping does.
    if (this.#doubt?.ping === null) this.#trust()
    if (data instanceof ArrayBuffer) return this.#handlers.binary(data)
    const message: unknown = JSON.parse(String(data))
    if (isPong(message)) this.#ponged(message)
    else this.#handlers.message(message)
  }

  #ponged({ t, serverTime }: { t: number; serverTime: number }): void {
    const roundTripMs = performance.now() - t
    if (this.#doubt !== null && this.#doubt.ping === t) this.#trust()
    if (roundTripMs < silentAfterMs / 2) this.#silentAfterMs = silentAfterMs
    this.#handlers.pong({ sentAt: Date.now() - roundTripMs, roundTripMs, serverTime })
  }

  #setDoubt(doubt: Doubt | null): void {
    const was = this.#doubt !== null
    this.#doubt = doubt
    if (was !== (doubt !== null)) this.#handlers.doubt?.(doubt !== null)
  }

  /** The old socket lives after all; the one beside it is not needed. */
  #trust(): void {
    this.#setDoubt(null)
    const beside = this.#next?.socket
    this.#next = null
    if (beside) close(beside)
  }

  #closed(socket: PageSocket): void {
    if (this.#stopped) return
    if (socket === this.#next?.socket) {
      this.#next = null
      // With an old socket left, the next look decides whether to try again.
      if (this.#socket === null) this.#retryLater()
    } else if (socket === this.#socket) {
      this.#socket = null
      this.#setDoubt(null)
      if (this.#next === null) this.#retryLater()
      else this.#handlers.link('lost')
    }
  }

  #retryLater(): void {
    this.#handlers.link('lost')
    this.#retryTimer = setTimeout(() => this.#connect(), reconnectDelayMs(this.#attempt, Math.random))
    this.#attempt += 1
  }

  /** Returns what the answer will carry. */
  #ping(): number {
    const t = performance.now()
    this.#pingedAt = Date.now()
    this.send({ type: 'ping', t })
    return t
  }

  #watch(): void {
    const now = Date.now()
    const hasStoodStill = now - this.#watchedAt > frozenAfterMs
    this.#watchedAt = now
    if (hasStoodStill) this.#wake('resume')
    if (document.visibilityState === 'hidden') this.#quietSince = now
    const next = this.#next
    if (next !== null && now - next.startedAt > openWithinMs) {
      close(next.socket)
      this.#closed(next.socket)
    }
    if (this.#socket !== null) this.#watchOpen(this.#socket, now)
  }

  #watchOpen(socket: PageSocket, now: number): void {
    if (this.#doubt === null && now - this.#quietSince > this.#silentAfterMs) {
      this.#silentAfterMs = Math.min(longestSilenceMs, this.#silentAfterMs * 2)
      this.#setDoubt({ since: now, ping: null })
    }
    if (this.#doubt === null) {
      const everyMs = document.visibilityState === 'hidden' ? pingHiddenEveryMs : pingEveryMs
      if (now - this.#pingedAt >= everyMs) this.#ping()
      return
    }
    if (this.#next === null) this.#connect()
    if (now - this.#doubt.since < replacedWithinMs) return
    close(socket)
    this.#closed(socket)
  }

  /** The page is in view again, or the network is: what looks open may be dead. */
  #wake(type: string): void {
    if (this.#stopped || document.visibilityState === 'hidden') return
    const now = Date.now()
    this.#watchedAt = now
    if (this.#socket === null) return this.#connectNow(now)
    const isSure = now - this.#heardAt < surelyAliveMs && (type === 'focus' || type === 'pageshow')
    if (isSure) return
    // Time stood still while the page slept: its silence counts from now.
    this.#quietSince = now
    this.#setDoubt({ since: now, ping: this.#ping() })
    if (this.#next === null) this.#connect()
  }

  /** Instead of waiting for the next attempt, or for one that began before the page slept. */
  #connectNow(now: number): void {
    this.#attempt = 0
    const next = this.#next
    if (next !== null && now - next.startedAt < surelyAliveMs) return
    this.#next = null
    if (next) close(next.socket)
    this.#connect()
  }
}

/** Without waiting for its close event, which a dead link delays by minutes. */
function close(socket: PageSocket): void {
  if (socket.readyState <= WebSocket.OPEN) socket.close()
}

function wakeEvents(): [EventTarget, string][] {
  return [
    [window, 'pageshow'],
    [window, 'online'],
    [window, 'focus'],
    [document, 'visibilitychange'],
    [document, 'resume'],
  ]
}

function isPong(message: unknown): message is { type: 'pong'; t: number; serverTime: number } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'pong'
}
