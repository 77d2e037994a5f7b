import { EventEmitter } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { FrameReader, type Frame } from '../../server/contract/stream-frames.ts'
import type { StreamBatch } from '../../server/contract/stream.ts'
import type { Client } from './harness.ts'

/** A browser's stream over plain https, as a program of its own: emits `message`, `ping` and `close` (code). */
export class StreamClient extends EventEmitter {
  id = ''
  /** Pings so far, as numbers to say back; the first come together with the hello. */
  readonly pings: number[] = []
  readonly head: IncomingMessage['headers']
  readonly #client: Client
  readonly #request: ClientRequest
  #sent = 0
  #code = 1006

  private constructor(client: Client, sent: ClientRequest, answer: IncomingMessage) {
    super()
    this.#client = client
    this.#request = sent
    this.head = answer.headers
    const frames = new FrameReader()
    answer.on('data', (piece: Buffer) => {
      for (const frame of frames.take(piece)) this.#take(frame)
    })
    answer.on('close', () => this.emit('close', this.#code))
    // `close` follows.
    answer.on('error', () => undefined)
  }

  /** Opens the socket of `path`: the stream once it has said hello, or the status of the refusal. */
  static open(
    client: Client,
    path: string,
    headers: Record<string, string | undefined> = {},
    onMessage: (data: Buffer, isBinary: boolean) => void = () => undefined,
  ): Promise<StreamClient | number> {
    const all: Record<string, string | undefined> = {
      cookie: client.cookieHeader || undefined,
      origin: client.origin,
      'content-type': 'application/json',
      ...headers,
    }
    for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name]
    return new Promise((resolve, reject) => {
      const sent = client.send('/api/streams', { method: 'POST', headers: all }, (answer) => {
        if (answer.statusCode !== 200) {
          answer.resume()
          return resolve(answer.statusCode ?? 0)
        }
        const stream = new StreamClient(client, sent, answer)
        stream.on('message', onMessage)
        stream.once('hello', () => resolve(stream))
      })
      sent.on('error', reject)
      sent.end(JSON.stringify({ path }))
    })
  }

  /** Says this, after what was said before; resolves with the status of the answer. */
  async say(...messages: StreamBatch['messages']): Promise<number> {
    const status = await this.sayFrom(this.#sent + 1, ...messages)
    this.#sent += messages.length
    return status
  }

  async sayFrom(from: number, ...messages: StreamBatch['messages']): Promise<number> {
    return (await this.#client.post(`/api/streams/${this.id}`, { from, messages })).status
  }

  /** The connection breaks. */
  cut(): void {
    this.#request.destroy()
  }

  #take({ kind, payload }: Frame): void {
    const data = Buffer.from(payload)
    if (kind === 'hello') {
      this.id = data.toString()
      this.emit('hello')
    } else if (kind === 'close') this.#code = (JSON.parse(data.toString()) as { code: number }).code
    else if (kind === 'ping') {
      this.pings.push(Number(data.toString()))
      this.emit('ping', this.pings.at(-1))
    } else if (kind !== 'filler') this.emit('message', data, kind === 'binary')
  }
}
