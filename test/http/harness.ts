import { request as httpRequest } from 'node:http'
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  RequestOptions as HttpOptions,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { fastify } from 'fastify'
import type { FastifyBaseLogger } from 'fastify'
import { WebSocket } from 'ws'
import { createAccess } from '../../server/access/access.ts'
import type { Access } from '../../server/access/access.ts'
import type { DataProblem } from '../../server/access/open-data.ts'
import type { Role } from '../../server/contract/access.ts'
import type { PlainHttp } from '../../server/config.ts'
import type { GuestLevel, NewGuestLink } from '../../server/contract/guest.ts'
import type { Device } from '../../server/contract/inventory.ts'
import { newToken } from '../../server/access/token.ts'
import { guestRoutes } from '../../server/http/routes/guests.ts'
import { accessRoutes } from '../../server/http/access-routes.ts'
import { createHttpServer } from '../../server/http/http-server.ts'
import type { Route, SocketRoute } from '../../server/http/route.ts'
import { openStore } from '../../server/store/store.ts'
import type { Store } from '../../server/store/store.ts'

export const adminPassword = 'correct horse battery'

export type Answer = {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The parsed body, or undefined. */
  json: unknown
  /** `error.code` of a refusal. */
  code: string | undefined
}
export type RequestOptions = {
  body?: unknown
  /** Sent as it is, instead of `body`. */
  raw?: string
  headers?: Record<string, string | undefined>
}

/** Every name leads to this machine. */
const loopback: LookupFunction = (_name, { all }, found) =>
  all === true ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4)

/** A browser: keeps cookies, sends Origin with what changes something. */
export class Client {
  readonly cookies = new Map<string, string>()
  readonly base: string
  readonly origin: string
  /** How its connections are made. */
  readonly reach: { socketPath?: string; ca?: string; lookup?: LookupFunction }

  constructor(base: string, origin = base, reach: { socketPath?: string; ca?: string } = {}) {
    this.base = base
    this.origin = origin
    this.reach = base.startsWith('https:') ? { ...reach, lookup: loopback } : reach
  }

  /** One request as it is, without cookies or Origin. */
  send(path: string, options: HttpOptions, answered: (answer: IncomingMessage) => void): ClientRequest {
    const make = this.base.startsWith('https:') ? httpsRequest : httpRequest
    return make(`${this.base}${path}`, { ...options, ...this.reach }, answered)
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const payload = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
    const headers: Record<string, string | undefined> = {
      cookie: this.cookieHeader || undefined,
      origin: method === 'GET' ? undefined : this.origin,
      'content-type': options.body === undefined ? undefined : 'application/json',
      ...options.headers,
    }
    for (const [name, value] of Object.entries(headers)) if (value === undefined) delete headers[name]
    return new Promise((resolve, reject) => {
      const sent = this.send(path, { method, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          this.#keepCookies(response.headers['set-cookie'] ?? [])
          resolve(answer(response.statusCode ?? 0, response.headers, text))
        })
      })
      sent.on('error', reject)
      sent.end(payload)
    })
  }

  get = (path: string, options?: RequestOptions): Promise<Answer> => this.request('GET', path, options)
  post = (path: string, body?: unknown, options?: RequestOptions): Promise<Answer> =>
    this.request('POST', path, { ...options, body })

  signIn(name: string, password: string, trust = false): Promise<Answer> {
    return this.post('/api/session', { name, password, trust })
  }

  /** Tries to open a websocket: the open socket, or the status of the refusal. */
  upgrade(
    path: string,
    headers: Record<string, string | undefined> = {},
    /** Hears also what arrives together with the 101. */
    onMessage: (text: string) => void = () => undefined,
  ): Promise<WebSocket | number> {
    const all: Record<string, string | undefined> = {
      cookie: this.cookieHeader || undefined,
      origin: this.origin,
      ...headers,
    }
    for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name]
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${this.base.replace('http', 'ws')}${path}`, {
        headers: all as Record<string, string>,
        perMessageDeflate: false,
        ...this.reach,
      })
      socket.on('message', (data) => onMessage(String(data)))
      socket.on('open', () => resolve(socket))
      socket.on('unexpected-response', (request, response) => {
        response.resume()
        request.destroy()
        resolve(response.statusCode ?? 0)
      })
      socket.on('error', reject)
    })
  }

  #keepCookies(lines: string[]): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';')
      const [name = '', value = ''] = pair.split('=')
      if (/max-age=0/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }
}

function answer(status: number, headers: IncomingHttpHeaders, text: string): Answer {
  const isJson = (headers['content-type'] ?? '').startsWith('application/json')
  const json: unknown = isJson ? JSON.parse(text) : undefined
  return {
    status,
    headers,
    text,
    json,
    code: (json as { error?: { code?: string } } | undefined)?.error?.code,
  }
}

export type TestServer = {
  store: Store
  access: Access
  /** Milliseconds that the server takes for now; tests move it. */
  clock: { now: number }
  base: string
  httpsPort: number
  setupCode: string | null
  browser(origin?: string): Client
  /** Somebody with a role, signed in on a new browser. The first one must be made by `setUp`. */
  signedIn(role: Role, grants?: Record<string, ('view' | 'input' | 'power')[]>): Promise<Client>
  /** Somebody who joined by a guest link, on a new browser. Null: of all machines. */
  guest(level: GuestLevel, deviceId: string | null, name?: string): Promise<Client>
  /** Makes the admin by the setup code and returns their browser. */
  setUp(): Promise<Client>
  close(): Promise<void>
}

/** A whole server on loopback with a database in memory: plain HTTP for the tests, HTTPS with `tls` if given. */
export async function startTestServer(
  options: {
    routes?: Route[]
    sockets?: SocketRoute[]
    problem?: DataProblem
    names?: string[]
    http?: PlainHttp
    trustedProxies?: string[]
    staticDir?: string
    tls?: { cert: string; key: string }
    caPem?: string
    /** Database file; in memory when not given. */
    file?: string
  } = {},
): Promise<TestServer> {
  const clock = { now: Date.UTC(2026, 0, 1) }
  const store = await openStore(options.file ?? ':memory:', true)
  const access = createAccess({
    store,
    problem: options.problem ?? null,
    config: { names: options.names ?? [] },
    now: () => clock.now,
    ownNames: () => ['rack.local', '192.0.2.10'],
  })
  const tls = { current: () => options.tls ?? { cert: '', key: '' }, onChange: () => () => undefined }
  const server = await createHttpServer({
    routes: [
      ...accessRoutes(access, { caPem: () => options.caPem ?? null }, { host: '127.0.0.1' }),
      ...guestRoutes(access, {
        device: (id) => (id === 'gone' ? undefined : ({ name: `name of ${id}` } as Device)),
      }),
      ...(options.routes ?? []),
    ],
    sockets: options.sockets ?? [],
    access,
    config: {
      host: '127.0.0.1',
      port: 0,
      http: options.http ?? { kind: 'tcp', host: '127.0.0.1', port: 0 },
      trustedProxies: options.trustedProxies ?? [],
    },
    log: silentLog(),
    staticDir: options.staticDir ?? null,
    tls,
  })
  await server.listen()
  const setupCode = await access.setup.issueCode()
  const { plain, httpsPort } = server.addresses()
  const base = plain?.startsWith('http') ? plain : 'http://localhost'
  const browser = (origin?: string): Client => new Client(base, origin)
  let admin: Client | null = null
  let people = 0

  async function setUp(): Promise<Client> {
    admin = browser()
    const body = { code: setupCode ?? '', name: 'Ada', password: adminPassword, trust: true }
    const { status, text } = await admin.post('/api/setup', body)
    if (status !== 200) throw new Error(`setup: ${status} ${text}`)
    return admin
  }

  return {
    store,
    access,
    clock,
    base,
    httpsPort,
    setupCode,
    browser,
    setUp,
    async signedIn(role, grants = {}) {
      admin ??= await setUp()
      const name = `${role}${++people}`
      const made = await admin.post('/api/users', { name, password: adminPassword, role })
      const { id } = made.json as { id: string }
      for (const [deviceId, capabilities] of Object.entries(grants)) {
        await admin.request('PUT', `/api/users/${id}/grants`, { body: { deviceId, capabilities } })
      }
      const client = browser()
      const { status, text } = await client.signIn(name, adminPassword)
      if (status !== 200) throw new Error(`sign-in of ${name}: ${status} ${text}`)
      return client
    },
    async guest(level, deviceId, name = 'Mia') {
      admin ??= await setUp()
      const made = await admin.post('/api/guest-links', { level, deviceId })
      const { token } = made.json as NewGuestLink
      const client = browser()
      const { status, text } = await client.post('/api/guest/join', { token, name, claim: newToken() })
      if (status !== 200) throw new Error(`joining: ${status} ${text}`)
      return client
    },
    async close() {
      await server.close()
      await store.close()
    },
  }
}

/** A log that nobody reads. */
export function silentLog(): FastifyBaseLogger {
  return fastify({ logger: false }).log
}

/** Resolves when the socket closes, with the code; call it before whatever closes it. */
export function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once('close', (code) => resolve(code))
  })
}
