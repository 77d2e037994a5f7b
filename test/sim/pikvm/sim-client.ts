import { request } from 'node:https'
import { WebSocket, type ClientOptions } from 'ws'
import type { SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'

/** A whole HTTP answer. */
export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** What to send; credentials by header are the default. */
export interface Ask {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer | null
}

/** The header credentials of the stock user. */
export const ADMIN = { 'X-KVMD-User': 'admin', 'X-KVMD-Passwd': 'admin' } as const

/** Sends one request on a connection of its own and reads the whole answer. */
export function ask(pikvm: SimPikvm, path: string, options: Ask = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const outgoing = request(
    {
      host: pikvm.host,
      port: pikvm.port,
      path,
      method: options.method ?? 'GET',
      headers: options.headers ?? ADMIN,
      rejectUnauthorized: false,
      agent: false,
    },
    (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks),
        }),
      )
    },
  )
  outgoing.on('error', reject)
  outgoing.end(options.body ?? undefined)
  return promise
}

/** The `result` of a JSON answer. */
export function resultOf(answer: Answer): unknown {
  const parsed: unknown = JSON.parse(answer.body.toString('utf8'))
  return typeof parsed === 'object' && parsed !== null && 'result' in parsed ? parsed.result : undefined
}

/** One event of the control websocket. */
export interface KvmdEvent {
  event_type: string
  event: Record<string, unknown>
}

/** A control websocket that keeps what it received. */
export class SimSocket {
  readonly events: KvmdEvent[] = []
  readonly binary: Buffer[] = []
  readonly ws: WebSocket
  closeCode: number | null = null

  constructor(pikvm: SimPikvm, path: string, options: ClientOptions = {}) {
    this.ws = new WebSocket(`wss://${pikvm.host}:${pikvm.port}${path}`, {
      rejectUnauthorized: false,
      headers: ADMIN,
      perMessageDeflate: false,
      ...options,
    })
    this.ws.on('message', (data, isBinary) => {
      if (isBinary) this.binary.push(data as Buffer)
      else this.events.push(JSON.parse(String(data)) as KvmdEvent)
    })
    this.ws.on('close', (code) => {
      this.closeCode = code
    })
    this.ws.on('error', () => undefined)
  }

  names(): string[] {
    return this.events.map((event) => event.event_type)
  }

  last(type: string): Record<string, unknown> | undefined {
    return this.events.findLast((event) => event.event_type === type)?.event
  }
}

/** Waits until `check` gives something, at most `deadlineMs`. */
export async function until<T>(
  check: () => T | undefined | null | false,
  what: string,
  deadlineMs = 5000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const value = check()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
