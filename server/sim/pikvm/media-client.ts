/** Frames that wait for a slow client, as in kvmd. */
const QUEUE_LENGTH = 32

/** Unsent bytes at which a client counts as slow: what aiohttp takes before it makes a sender wait. */
const HIGH_WATER_BYTES = 64 * 1024

/** What the queue needs of a websocket. */
type SlowSocket = Readonly<Record<'OPEN' | 'readyState' | 'bufferedAmount', number>> & {
  send(message: Buffer, onSent: () => void): void
}

/** A frame on its way to a client. */
export interface MediaFrame {
  isKey: boolean
  message: Buffer
}

/** One client's H.264 queue: nothing before a key frame, and all of it thrown away when it overflows. */
export class MediaQueue {
  readonly #socket: SlowSocket
  #waiting: MediaFrame[] = []
  #hasKey = false

  constructor(socket: SlowSocket) {
    this.#socket = socket
  }

  /** False when the queue was full: it is then empty, this frame is lost too, and a key frame is needed. */
  put(frame: MediaFrame): boolean {
    if (this.#waiting.length >= QUEUE_LENGTH) {
      this.#waiting = []
      return false
    }
    this.#waiting.push(frame)
    this.#pump()
    return true
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#socket.bufferedAmount <= HIGH_WATER_BYTES) {
      const frame = this.#waiting.shift()
      this.#hasKey ||= frame?.isKey === true
      if (!frame || !this.#hasKey || this.#socket.readyState !== this.#socket.OPEN) continue
      this.#socket.send(frame.message, () => this.#pump())
    }
  }
}
