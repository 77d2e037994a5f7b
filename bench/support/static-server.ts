import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

export type StaticServer = { port: number; close(): Promise<void> }

/**
 * The reference page's server: HTTPS on loopback, files compressed beforehand, hashed names cached for good, and not
 * one header more than that needs.
 */
export async function startStaticServer(
  dir: string,
  tls: { cert: string; key: string },
): Promise<StaticServer> {
  const server = createServer({ ...tls, minVersion: 'TLSv1.2' }, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'https://localhost')
    const file = join(dir, pathname === '/' ? 'index.html' : pathname)
    if (!existsSync(`${file}.br`)) return void response.writeHead(404).end()
    readFile(`${file}.br`).then(
      (body) =>
        response
          .writeHead(200, {
            'content-type': types[extname(file)] ?? 'application/octet-stream',
            'content-encoding': 'br',
            'content-length': body.length,
            'cache-control': pathname.startsWith('/assets/')
              ? 'public, max-age=31536000, immutable'
              : 'no-cache',
          })
          .end(body),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
