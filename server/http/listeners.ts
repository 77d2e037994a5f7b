import { chmodSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server as TlsServer } from 'node:https'
import type { ListenOptions } from 'node:net'
import type { TlsFiles } from '../access/certificates/identity.ts'
import type { PlainHttp } from '../config.ts'
import { createServer as createPlainServer } from '../lean-http.ts'
import { removeStaleSocket } from '../stale-socket.ts'

/** Slow senders are cut so that they cannot hold connections for free. */
const limits = {
  headersTimeout: 10_000,
  // How often the two above and below are looked at; 30 s by default.
  connectionsCheckingInterval: 5_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
}

/** An HTTPS server that is not listening yet; `setSecureContext` changes its certificate while it runs. */
export function tlsServer(files: TlsFiles, routing: RequestListener): TlsServer {
  return createTlsServer({ ...limits, handshakeTimeout: 10_000, ...files, minVersion: 'TLSv1.2' }, routing)
}

export function plainServer(routing: RequestListener): Server {
  return createPlainServer(limits, routing)
}

/** Binds HTTPS. `::` falls back to `0.0.0.0` on machines without IPv6. Returns the port. */
export async function listenTls(server: Server, host: string, port: number): Promise<number> {
  try {
    await listen(server, { host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error
    await listen(server, { host: '0.0.0.0', port })
  }
  return portOf(server)
}

/** Binds plain HTTP on loopback or a Unix socket (mode 0660). Returns where, for people: an URL or `unix:/path`. */
export async function listenPlain(server: Server, where: PlainHttp): Promise<string> {
  if (where.kind === 'tcp') {
    await listen(server, { host: where.host, port: where.port })
    const host = where.host.includes(':') ? `[${where.host}]` : where.host
    return `http://${host}:${portOf(server)}`
  }
  await removeStaleSocket(where.path)
  await listen(server, { path: where.path })
  chmodSync(where.path, 0o660)
  return `unix:${where.path}`
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}
