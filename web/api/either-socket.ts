import type { PageSocket } from './page-socket.ts'

/** A websocket that hangs this long is joined by a stream; on the worst links it opens sooner. */
const patienceMs = 2_500
/** A stream that is open waits this long for a websocket that has not failed yet: that is the better one. */
const preferenceMs = 500

export type EitherParts = {
  socket: WebSocket
  /** The last websocket of this page was refused: both are tried at once. */
  isDoubtful: boolean
  /** Does our server answer over https, to somebody who is signed in? */
  httpsAnswers(): Promise<boolean>
  makeStream(): Promise<PageSocket>
  /** Called when it is known whether websockets get through where https does. */
  verdict(doWork: boolean): void
}

/**
 * A websocket, or a stream over https where https works and the websocket does not: whichever serves first, used like
 * one socket. It closes when both have failed, or the one that was chosen.
 */
export class EitherSocket extends EventTarget implements PageSocket {
  readonly #parts: EitherParts
  readonly #early: unknown[] = []
  readonly #timers: ReturnType<typeof setTimeout>[] = []
  #chosen: PageSocket | null = null
  #stream: PageSocket | null = null
  /** `coming`: asked for; `gone`: it cannot be had, or has ended. */
  #streamIs: 'unasked' | 'coming' | 'there' | 'gone' = 'unasked'
  #isOver = false

  constructor(parts: EitherParts) {
    super()
    this.#parts = parts
    const { socket } = parts
    socket.addEventListener('open', () => this.#socketOpened())
    socket.addEventListener('message', ({ data }) => this.#received(socket, data))
    socket.addEventListener('close', () => this.#socketClosed())
    this.#later(parts.isDoubtful ? 0 : patienceMs, () => void this.#addStream())
  }

  get readyState(): number {
    if (this.#isOver) return WebSocket.CLOSED
    return this.#chosen?.readyState ?? WebSocket.CONNECTING
  }

  send(message: string): void {
    this.#chosen?.send(message)
  }

  close(): void {
    this.#end()
  }

  #socketOpened(): void {
    this.#parts.verdict(true)
    // Too late: what began over https goes on there until it breaks.
    if (this.#chosen !== null || this.#isOver) return this.#parts.socket.close()
    this.#choose(this.#parts.socket)
    this.#stream?.close()
  }

  #socketClosed(): void {
    if (this.#chosen === this.#parts.socket) return this.#end()
    if (this.#isOver) return
    if (this.#streamIs === 'unasked') void this.#addStream()
    else if (this.#streamIs === 'gone') this.#end()
    else if (this.#stream?.readyState === WebSocket.OPEN) this.#chooseStream()
  }

  async #addStream(): Promise<void> {
    if (this.#streamIs !== 'unasked' || this.#chosen !== null || this.#isOver) return
    this.#streamIs = 'coming'
    const stream = (await this.#parts.httpsAnswers()) ? await this.#makeStream() : null
    if (stream === null) return this.#streamFailed()
    if (this.#isOver || this.#chosen !== null) return stream.close()
    this.#stream = stream
    this.#streamIs = 'there'
    stream.addEventListener('open', () => this.#streamOpened())
    stream.addEventListener('message', (event) => this.#received(stream, (event as MessageEvent).data))
    stream.addEventListener('close', () => this.#streamClosed(stream))
  }

  async #makeStream(): Promise<PageSocket | null> {
    // Websockets are refused as soon as https answers where they have failed, whatever becomes of the stream.
    if (this.#hasSocketFailed) this.#parts.verdict(false)
    // The code of streams may not come either.
    return this.#parts.makeStream().catch(() => null)
  }

  get #hasSocketFailed(): boolean {
    return this.#parts.socket.readyState > WebSocket.OPEN
  }

  #streamOpened(): void {
    if (this.#hasSocketFailed) this.#chooseStream()
    else this.#later(preferenceMs, () => this.#chooseStream())
  }

  #chooseStream(): void {
    const stream = this.#stream
    if (stream === null || this.#chosen !== null || this.#isOver) return
    this.#parts.verdict(false)
    this.#choose(stream)
  }

  #streamClosed(stream: PageSocket): void {
    if (this.#chosen === stream) this.#end()
    else this.#streamFailed()
  }

  /** It is over unless the websocket still may open, or is open. */
  #streamFailed(): void {
    this.#streamIs = 'gone'
    this.#stream = null
    if (this.#chosen === null && this.#hasSocketFailed) this.#end()
  }

  #choose(socket: PageSocket): void {
    this.#chosen = socket
    this.dispatchEvent(new Event('open'))
    const early = this.#early.splice(0)
    if (socket === this.#stream) for (const data of early) this.#pass(data)
  }

  #received(socket: PageSocket, data: unknown): void {
    if (socket === this.#chosen) this.#pass(data)
    else if (socket === this.#stream && this.#chosen === null) this.#early.push(data)
  }

  #pass(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  #later(delayMs: number, task: () => void): void {
    this.#timers.push(setTimeout(task, delayMs))
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#parts.socket.close()
    this.#stream?.close()
    this.dispatchEvent(new Event('close'))
  }
}
