import { request } from 'node:https'
import { WebSocket } from 'ws'

export type ApiAnswer = { status: number; body: unknown }

/** A browser without a page: keeps cookies, sends the Origin that a page of this server would send. */
export class ApiClient {
  readonly #port: number
  readonly #host: string
  readonly #cookies = new Map<string, string>()

  constructor(port: number, host = 'localhost') {
    this.#port = port
    this.#host = host
  }

  /** The same browser, after the server got another port. */
  at(port: number): ApiClient {
    const moved = new ApiClient(port, this.#host)
    for (const [name, value] of this.#cookies) moved.#cookies.set(name, value)
    return moved
  }

  get origin(): string {
    return `https://${this.#host}:${this.#port}`
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Sends one request and resolves with its status and JSON body (undefined when there is none). */
  call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const call = request(
        {
          port: this.#port,
          host: '127.0.0.1',
          method,
          path,
          rejectUnauthorized: false,
          headers: this.#headers(text),
        },
        (answer) => {
          for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line)
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('error', reject)
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body: parse(Buffer.concat(chunks)) }),
          )
        },
      )
      call.on('error', reject)
      call.end(text)
    })
  }

  /** As `call`, but throws unless the answer is 2xx. */
  async ok<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body)
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body as T
  }

  /** Opens a websocket as this signed-in browser. */
  socket(path: string, origin = this.origin): WebSocket {
    return new WebSocket(`wss://127.0.0.1:${this.#port}${path}`, {
      rejectUnauthorized: false,
      perMessageDeflate: false,
      origin,
      headers: { host: `${this.#host}:${this.#port}`, cookie: this.cookie },
    })
  }

  #headers(text: string | undefined): Record<string, string> {
    return {
      host: `${this.#host}:${this.#port}`,
      origin: this.origin,
      ...(this.#cookies.size === 0 ? {} : { cookie: this.cookie }),
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
    }
  }

  #keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (name !== undefined && value !== undefined) this.#cookies.set(name, value)
  }
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(bytes.toString())
  } catch {
    // Pages and pictures are not JSON; the text itself is the useful answer.
    return bytes.toString()
  }
}
