import { WebSocket } from 'ws'

type Reply = { id: number; type: string; result?: unknown; error?: string; message?: string }
const commandTimeoutMs = 60_000

/** Commands of WebDriver BiDi over its socket; a browser that goes away or does not answer fails them. */
export class BidiLink {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (reply: Reply | Error) => void>()
  #count = 0

  static async open(url: string): Promise<BidiLink> {
    const socket = new WebSocket(url)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return new BidiLink(socket)
  }

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      const reply = JSON.parse(data.toString()) as Reply
      this.#waiting.get(reply.id)?.(reply)
    })
    socket.on('close', () => {
      for (const answer of this.#waiting.values()) answer(new Error('the browser went away'))
    })
  }

  /** Throws with the browser's own words when it refuses, and after 60 s without an answer. */
  async call<T>(method: string, params: object = {}): Promise<T> {
    const id = (this.#count += 1)
    const answered = new Promise<Reply | Error>((resolve) => this.#waiting.set(id, resolve))
    const timer = setTimeout(
      () => this.#waiting.get(id)?.(new Error(`${method}: no answer`)),
      commandTimeoutMs,
    )
    this.#socket.send(JSON.stringify({ id, method, params }))
    const reply = await answered
    clearTimeout(timer)
    this.#waiting.delete(id)
    if (reply instanceof Error) throw reply
    if (reply.type === 'error') throw new Error(`${method}: ${reply.error}: ${reply.message}`)
    return reply.result as T
  }

  close(): void {
    this.#socket.close()
  }
}
