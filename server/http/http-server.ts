import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import type { AllowedHosts } from '../access/allowed-hosts.ts'
import type { TlsIdentity } from '../access/certificates/identity.ts'
import type { ReachedNames } from '../access/reached-names.ts'
import type { Sessions } from '../access/sessions.ts'
import type { PlainHttp } from '../config.ts'
import { createApp } from './app.ts'
import { Gateway, type ReachedBy } from './gateway.ts'
import { listenPlain, listenTls, plainServer, tlsServer } from './listeners.ts'
import { createProxyList } from './peer.ts'
import type { Route, SocketRoute } from './route.ts'
import { streamRoutes } from './routes/streams.ts'
import { StrangerLimits } from './stranger-limits.ts'

export type HttpServerOptions = {
  routes: readonly Route[]
  sockets: readonly SocketRoute[]
  access: { sessions: Sessions; hosts: AllowedHosts; reached: ReachedNames }
  config: { host: string; port: number; http: PlainHttp | null; trustedProxies: readonly string[] }
  log: FastifyBaseLogger
  /** Built page; null = none. */
  staticDir: string | null
  /** The certificate now, and a call whenever there is a new one. */
  tls: Pick<TlsIdentity, 'current' | 'onChange'>
}

export type HttpServer = {
  /** All routes that are served. */
  routes: readonly Route[]
  /** Binds everything; rejects with Node's error (EADDRINUSE…) when one cannot be bound. */
  listen(): Promise<void>
  /** Stops accepting, closes sockets, lets running requests end for up to 3 s. */
  close(): Promise<void>
  /** Once listening: the port of HTTPS, and where plain HTTP is (`http://127.0.0.1:1`, `unix:/path`). */
  addresses(): { httpsPort: number; plain: string | null }
}

const closeWithinMs = 3000

/** All of HTTP: one app and one gateway behind HTTPS and, when asked for, plain HTTP for a proxy. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, log, tls } = options
  const proxies = createProxyList(config.trustedProxies)
  const strangers = new StrangerLimits((address) => proxies.trusts(address))
  const shared = {
    onSignedIn: (socket: Socket) => strangers.trust(socket),
    sessions: options.access.sessions,
    hosts: options.access.hosts,
    proxies,
    log,
  }
  const gateway = new Gateway({
    ...shared,
    sockets: options.sockets,
    onReached: (by) => noteReached(options.access.reached, by),
  })
  const routes = [...options.routes, ...streamRoutes(gateway)]
  const app = await createApp({ ...shared, routes, staticDir: options.staticDir })
  const secure = tlsServer(tls.current(), app.routing)
  const plain = config.http === null ? null : plainServer(app.routing)
  const servers: Server[] = plain === null ? [secure] : [secure, plain]
  for (const server of servers) {
    strangers.attach(server)
    gateway.attach(server)
  }
  const unsubscribe = tls.onChange(() => secure.setSecureContext({ ...tls.current(), minVersion: 'TLSv1.2' }))
  const bound = { httpsPort: 0, plain: null as string | null }

  return {
    routes,
    async listen() {
      bound.httpsPort = await listenTls(secure, config.host, config.port)
      if (plain !== null && config.http !== null) bound.plain = await listenPlain(plain, config.http)
    },
    async close() {
      unsubscribe()
      const closed = servers.map(closeServer)
      await gateway.close()
      await Promise.all(closed)
      await app.close()
    },
    addresses: () => ({ ...bound }),
  }
}

/** Guests have no account: a name is reached when its owners can sign in there. */
function noteReached(names: ReachedNames, { peer, isStream, session, userAgent }: ReachedBy): void {
  const { name: by, guest } = session.principal
  if (peer.authority === null || guest !== undefined) return
  void names.note(peer.authority.name, isStream ? 'plain' : 'live', { by, userAgent, address: peer.address })
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), closeWithinMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
