import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { frameHead, type FrameKind } from '../contract/stream-frames.ts'
import type { StreamBatch } from '../contract/stream.ts'
import type { BrowserSocket } from './route.ts'

/** Browsers and proxies may keep the first bytes of an answer back until there are enough of them. */
const fillerBytes = 2048
const connecting = 0
const open = 1
const closing = 2
const closed = 3
/** How a websocket says that it broke. */
const abnormal = 1006
/** Of pings without an answer no more are kept. */
const mostPings = 64

/**
 * A browser's socket where no websocket gets through: down as frames in one answer that does not end, up as requests
 * (`receive`). To whoever handles it, it is a websocket. It is open once `begin` has written the head.
 */
export class StreamSocket extends EventEmitter implements BrowserSocket {
  readonly OPEN = open
  readonly #response: ServerResponse
  readonly #maxPayloadBytes: number
  readonly #pings = new Map<number, string>()
  #state: number = connecting
  #pingCount = 0
  #received = 0
  #closed = { code: abnormal, reason: '' }

  constructor(response: ServerResponse, maxPayloadBytes: number) {
    super()
    this.#response = response
    this.#maxPayloadBytes = maxPayloadBytes
    response.on('close', () => this.#gone())
    // `close` follows.
    response.on('error', () => response.destroy())
  }

  get readyState(): number {
    return this.#state
  }

  get bufferedAmount(): number {
    return this.#response.writableLength
  }

  /** Tells the browser the stream's id, and opens. */
  begin(id: string): void {
    this.#response.writeHead(200, {
      ...this.#response.getHeaders(),
      'content-type': 'application/octet-stream',
      // No proxy may keep it back, pack it or store it.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      // It ends with the stream: a server that stops need not wait for it.
      connection: 'close',
    })
    this.#write('filler', Buffer.alloc(fillerBytes))
    this.#write('hello', Buffer.from(id))
    this.#state = open
  }

  /**
   * Takes what the browser sent, each message once and in order. False: it is not what follows, which a browser of ours
   * never sends.
   */
  receive({ from, messages }: StreamBatch): boolean {
    if (from > this.#received + 1) return false
    for (const message of messages.slice(this.#received + 1 - from)) {
      if (this.#state !== open) return true
      this.#received += 1
      if (typeof message === 'number') this.#ponged(message)
      else if (Buffer.byteLength(message) > this.#maxPayloadBytes) this.close(1009, 'message too large')
      else this.emit('message', Buffer.from(message), false)
    }
    return true
  }

  send(data: string | Uint8Array): void {
    if (this.#state !== open) return
    this.#write(typeof data === 'string' ? 'text' : 'binary', Buffer.from(data))
  }

  ping(data = ''): void {
    if (this.#state !== open) return
    this.#pingCount += 1
    this.#pings.set(this.#pingCount, data)
    this.#pings.delete(this.#pingCount - mostPings)
    this.#write('ping', Buffer.from(String(this.#pingCount)))
  }

  close(code = 1000, reason = ''): void {
    if (this.#state !== open) return
    this.#state = closing
    this.#closed = { code, reason }
    this.#write('close', Buffer.from(JSON.stringify(this.#closed)))
    this.#response.end()
  }

  terminate(): void {
    this.#response.destroy()
  }

  /** An answer vouches for all pings before it, as on a websocket. */
  #ponged(count: number): void {
    const data = this.#pings.get(count)
    if (data === undefined) return
    for (const known of this.#pings.keys()) if (known <= count) this.#pings.delete(known)
    this.emit('pong', Buffer.from(data))
  }

  #write(kind: FrameKind, payload: Buffer): void {
    this.#response.write(Buffer.concat([frameHead(kind, payload.length), payload]))
  }

  #gone(): void {
    if (this.#state === closed) return
    this.#state = closed
    this.emit('close', this.#closed.code, Buffer.from(this.#closed.reason))
  }
}
