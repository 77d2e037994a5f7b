import { existsSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { issueCa, issueLeaf } from '../../server/access/certificates/issue.ts'
import { scopeFor } from '../../server/access/certificates/name-constraints.ts'
import type { SocketRoute } from '../../server/http/route.ts'
import { adminPassword, Client, startTestServer, type TestServer } from '../http/harness.ts'
import { StreamClient } from '../http/stream-client.ts'
import { until } from '../peers/ipmi/child.ts'
import { startCaddy } from '../peers/proxies/caddy.ts'
import { startNginx } from '../peers/proxies/nginx.ts'
import type { Proxy } from '../peers/proxies/proxy.ts'
import { guideBlock } from '../support/guide-block.ts'

const name = 'rack.example.net'
const echo: SocketRoute = {
  url: '/api/live',
  access: 'signedIn',
  maxPayloadBytes: 1000,
  messages: {},
  open: ({ socket }) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)),
}

let server: TestServer
let ca: { cert: string; key: string }
let certificate: { cert: string; key: string }
let proxy: Proxy | null = null

beforeAll(async () => {
  server = await startTestServer({ names: [name], trustedProxies: ['127.0.0.1'], sockets: [echo] })
  await server.setUp()
  ca = await issueCa('test', scopeFor([name]), Date.now())
  certificate = await issueLeaf(ca, [name], Date.now())
})
afterEach(async () => {
  await proxy?.stop()
  proxy = null
})
afterAll(() => server.close())

const targetPort = (): number => Number(new URL(server.base).port)

/** A browser that opened the page under the outside name, once the proxy answers. */
async function browserAt(running: Proxy, caPem: () => string): Promise<Client> {
  proxy = running
  const answers = async (): Promise<boolean> => {
    try {
      const client = new Client(`https://${name}:${running.port}`, undefined, { ca: caPem() })
      return (await client.get('/healthz')).status === 200
    } catch {
      // Not yet: the certificate or the port is still being made.
      return false
    }
  }
  await until(`the proxy: ${running.output()}`, answers)
  return new Client(`https://${name}:${running.port}`, undefined, { ca: caPem() })
}

/** Signs in, and says something over a websocket and over plain https. */
async function everythingWorks(client: Client): Promise<void> {
  expect((await client.signIn('Ada', adminPassword)).status).toBe(200)
  expect([...client.cookies.keys()]).toContain('__Host-sid')
  const sessions = await client.get('/api/sessions')
  expect(
    (sessions.json as { current: boolean; address: string }[]).find(({ current }) => current),
  ).toMatchObject({
    address: '127.0.0.1',
  })
  const socket = await client.upgrade('/api/live')
  if (typeof socket === 'number') throw new Error(`the upgrade was answered ${socket}`)
  const echoed = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))
  socket.send('over wss')
  expect(await echoed).toBe('echo over wss')
  socket.close()
  await streamWorks(client)
}

/** What is said comes back while the answer is still open: nothing on the way waits for its end. */
async function streamWorks(client: Client): Promise<void> {
  const stream = await StreamClient.open(client, '/api/live')
  if (typeof stream === 'number') throw new Error(`the stream was answered ${stream}`)
  const heard = new Promise((resolve) => stream.once('message', (data) => resolve(String(data))))
  expect(await stream.say('over https')).toBe(204)
  expect(await heard).toBe('echo over https')
  stream.cut()
}

describe('the guide’s configuration of nginx', () => {
  it('carries pages, sign-in, websockets and streams', async () => {
    const client = await browserAt(await startNginx({ targetPort: targetPort(), certificate }), () => ca.cert)
    await everythingWorks(client)
  })

  it('names lines without which websockets are refused and everything else works', async () => {
    const change = (block: string): string =>
      block.replaceAll(/^.*proxy_set_header (?:Upgrade|Connection).*$/gm, '')
    const client = await browserAt(
      await startNginx({ targetPort: targetPort(), certificate, change }),
      () => ca.cert,
    )
    await client.signIn('Ada', adminPassword)
    expect(await client.upgrade('/api/live')).not.toBeInstanceOf(WebSocket)
    await streamWorks(client)
  })

  it('waits for longer than the time between two pings', () => {
    const block = guideBlock('outside/nginx.md', 'nginx')
    for (const [, seconds] of block.matchAll(/proxy_(?:read|send)_timeout (\d+)s;/g)) {
      expect(Number(seconds)).toBeGreaterThan(2 * 20)
    }
  })
})

describe('the guide’s configuration of Caddy', () => {
  it('carries pages, sign-in, websockets and streams', async () => {
    const caddy = await startCaddy({ targetPort: targetPort(), certificate })
    const caPem = (): string => (existsSync(caddy.caFile) ? readFileSync(caddy.caFile, 'utf8') : '')
    await everythingWorks(await browserAt(caddy, caPem))
  })
})

describe('each page of the guide about outside', () => {
  it.each(['nginx', 'caddy', 'cloudflare-tunnel', 'tailscale', 'wireguard'])(
    'says where it must run: %s',
    (page) => {
      const text = readFileSync(`docs/outside/${page}.md`, 'utf8')
      expect(text).toMatch(/on Crashcart(?:'|’)s own box/i)
    },
  )
})
