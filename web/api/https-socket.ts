import { FrameReader, type Frame } from '../../server/contract/stream-frames.ts'
import type { StreamBatch } from '../../server/contract/stream.ts'
import type { PageSocket } from './page-socket.ts'

/** What was sent must have arrived by then: a key must never wait for a link that comes back some time. */
const deliverWithinMs = 5_000
const againAfterMs = 250
const mostBatchCharacters = 60_000
const mostBatchMessages = 200

type Upward = StreamBatch['messages'][number]

/**
 * A socket over plain https, for where websockets do not get through: one request whose answer never ends brings what
 * the server says, further ones carry what the page says, one at a time, so that the order holds. Each message carries
 * its place, so a request whose answer was lost is sent again and still counts once. Used like a `WebSocket`.
 */
export class HttpsSocket extends EventTarget implements PageSocket {
  readyState: number = WebSocket.CONNECTING
  binaryType: BinaryType = 'arraybuffer'
  readonly #abort = new AbortController()
  readonly #decoder = new TextDecoder()
  #id = ''
  #waiting: Upward[] = []
  #arrived = 0
  #isSending = false

  constructor(path: string) {
    super()
    void this.#read(path)
  }

  send(message: string): void {
    this.#say(message)
  }

  close(): void {
    this.#end()
  }

  async #read(path: string): Promise<void> {
    try {
      const answer = await this.#post('/api/streams', { path }, this.#abort.signal)
      const type = answer.headers.get('content-type')
      if (!answer.ok || answer.body === null || type !== 'application/octet-stream') return this.#end()
      const frames = new FrameReader()
      const reader = answer.body.getReader()
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return this.#end()
        for (const frame of frames.take(value)) this.#take(frame)
      }
    } catch {
      // Cut, aborted, or not our stream: the socket is over, as after a websocket's error.
      this.#end()
    }
  }

  #take({ kind, payload }: Frame): void {
    switch (kind) {
      case 'hello':
        this.#id = this.#decoder.decode(payload)
        this.readyState = WebSocket.OPEN
        this.dispatchEvent(new Event('open'))
        return
      case 'text':
        this.dispatchEvent(new MessageEvent('message', { data: this.#decoder.decode(payload) }))
        return
      case 'binary':
        this.dispatchEvent(new MessageEvent('message', { data: payload.buffer }))
        return
      case 'ping':
        return this.#say(Number(this.#decoder.decode(payload)))
      case 'close':
        return this.#end()
      case 'filler':
    }
  }

  #say(message: Upward): void {
    if (this.readyState !== WebSocket.OPEN) return
    this.#waiting.push(message)
    if (!this.#isSending) void this.#sendWaiting()
  }

  async #sendWaiting(): Promise<void> {
    this.#isSending = true
    // What is said in the same moment travels together.
    await Promise.resolve()
    while (this.#waiting.length > 0 && this.readyState === WebSocket.OPEN) {
      const messages = firstBatch(this.#waiting)
      if (!(await this.#deliver({ from: this.#arrived + 1, messages }))) return this.#end()
      this.#arrived += messages.length
      this.#waiting.splice(0, messages.length)
    }
    this.#isSending = false
  }

  /** Sends until an answer says that it arrived; false when the stream is over or it takes too long. */
  async #deliver(batch: StreamBatch): Promise<boolean> {
    const deadline = performance.now() + deliverWithinMs
    for (let leftMs = deliverWithinMs; leftMs > 0; leftMs = deadline - performance.now()) {
      const outcome = await this.#try(batch, leftMs)
      if (outcome !== 'unknown') return outcome === 'arrived'
      await new Promise((resolve) => setTimeout(resolve, againAfterMs))
      if (this.readyState !== WebSocket.OPEN) return false
    }
    return false
  }

  async #try(batch: StreamBatch, withinMs: number): Promise<'arrived' | 'over' | 'unknown'> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), withinMs)
    try {
      const answer = await this.#post(`/api/streams/${this.#id}`, batch, late.signal)
      // Our own server's no is final; a proxy that stumbled is asked again.
      if (!answer.ok) return answer.status >= 500 ? 'unknown' : 'over'
      return 'arrived'
    } catch {
      // No answer: it may have arrived or not, and may be sent again either way.
      return 'unknown'
    } finally {
      clearTimeout(timer)
    }
  }

  #post(url: string, body: object, signal: AbortSignal): Promise<Response> {
    return fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      // A redirect is never ours: it leads to a proxy's own page.
      redirect: 'manual',
      cache: 'no-store',
      signal,
    })
  }

  #end(): void {
    if (this.readyState === WebSocket.CLOSED) return
    this.readyState = WebSocket.CLOSED
    this.#waiting = []
    this.#abort.abort()
    this.dispatchEvent(new Event('close'))
  }
}

/** As many of the waiting messages as one request takes, at least one. */
function firstBatch(waiting: readonly Upward[]): Upward[] {
  let characters = 0
  const end = waiting.findIndex((message, index) => {
    characters += String(message).length
    return index > 0 && (characters > mostBatchCharacters || index >= mostBatchMessages)
  })
  return waiting.slice(0, end === -1 ? waiting.length : end)
}
