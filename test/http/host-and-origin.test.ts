import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SocketRoute } from '../../server/http/route.ts'
import { closeCode, startTestServer } from './harness.ts'
import type { Client, TestServer } from './harness.ts'

let opened = 0
const echo = (url: string): SocketRoute => ({
  url,
  access: url.includes(':') ? { capability: 'view', on: 'device', param: 'deviceId' } : 'signedIn',
  maxPayloadBytes: 1024,
  messages: {},
  open: () => void opened++,
})
const sockets = [echo('/api/live'), echo('/api/screen/:deviceId')]
const paths = ['/api/live', '/api/screen/d1']

let server: TestServer
let admin: Client

beforeAll(async () => {
  server = await startTestServer({ sockets, names: ['rack.example.com'] })
  admin = await server.setUp()
})
afterAll(() => server.close())

describe('Host', () => {
  it('refuses an unknown host with 421 and names the command that allows it', async () => {
    const { status, text, headers } = await admin.get('/', { headers: { host: 'evil.example:8443' } })
    expect(status).toBe(421)
    expect(headers['content-type']).toMatch('text/html')
    expect(text).toContain('crashcart host add evil.example<')
  })

  it('refuses an unknown host for the API as JSON', async () => {
    const { status, json } = await admin.get('/api/session', { headers: { host: 'evil.example' } })
    expect(status).toBe(421)
    expect(json).toMatchObject({
      error: { code: 'access/hostRefused', details: { command: 'crashcart host add evil.example' } },
    })
  })

  it.each(['127.0.0.1:1', 'localhost', 'LOCALHOST.:9', '[::1]:80'])(
    'takes its own loopback name %s',
    async (host) => {
      expect((await admin.get('/healthz', { headers: { host } })).status).toBe(200)
    },
  )

  it.each(['rack.local', '192.0.2.10', 'rack.example.com'])(
    'refuses plain HTTP for %s, which is allowed over HTTPS',
    async (host) => {
      const { status, text } = await admin.get('/', { headers: { host } })
      expect(status).toBe(421)
      expect(text).toContain('HTTPS only')
    },
  )

  it.each([
    'a b',
    'user@localhost',
    'localhost/x',
    'localhost:99999',
    '<script>',
    '[::1',
    'localhost:8443:1',
  ])('refuses %s, which is no host', async (host) => {
    const { status, text } = await admin.get('/', { headers: { host } })
    expect([400, 421]).toContain(status)
    expect(text).not.toContain('<script>')
  })

  it('takes a name within seconds after it was added beside the server', async () => {
    const host = 'new.localdomain.test'
    const ask = () => admin.get('/', { headers: { host } })
    expect((await ask()).text).toContain('not allowed yet')
    await server.store.allowedHosts.add(host, 0)
    server.clock.now += 2500
    expect((await ask()).text).toContain('HTTPS only')
    await server.store.allowedHosts.remove(host)
    server.clock.now += 2500
    expect((await ask()).text).toContain('not allowed yet')
  })

  it.each(paths)('refuses an unknown host for an upgrade of %s', async (path) => {
    expect(await admin.upgrade(path, { host: 'evil.example', origin: 'http://evil.example' })).toBe(421)
    expect(opened).toBe(0)
  })
})

describe('Origin of an upgrade', () => {
  const evil = [
    undefined,
    'null',
    'https://evil.example',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'http://localhost.evil.example',
  ]
  for (const path of paths) {
    it.each(evil)(`refuses ${path} for %s before the 101`, async (origin) => {
      expect(await admin.upgrade(path, { origin })).toBe(403)
      expect(opened).toBe(0)
    })

    it(`refuses ${path} for the right host with another scheme or a path`, async () => {
      expect(await admin.upgrade(path, { origin: server.base.replace('http:', 'https:') })).toBe(403)
      expect(await admin.upgrade(path, { origin: `${server.base}/` })).toBe(403)
      expect(await admin.upgrade(path, { origin: `${server.base}.evil.example` })).toBe(403)
    })

    it(`refuses ${path} when the browser calls it cross-site`, async () => {
      expect(await admin.upgrade(path, { 'sec-fetch-site': 'cross-site' })).toBe(403)
      expect(await admin.upgrade(path, { 'sec-fetch-site': 'same-site' })).toBe(403)
    })

    it(`refuses ${path} without a session`, async () => {
      expect(await server.browser().upgrade(path)).toBe(401)
      expect(await server.browser().upgrade(path, { cookie: `sid=${'A'.repeat(43)}` })).toBe(401)
      expect(opened).toBe(0)
    })
  }

  it('opens for the page itself', async () => {
    for (const path of paths) {
      const socket = await admin.upgrade(path, { 'sec-fetch-site': 'same-origin' })
      expect(socket).toBeTypeOf('object')
      if (typeof socket !== 'number') {
        const closed = closeCode(socket)
        socket.close(1000)
        expect(await closed).toBe(1000)
      }
    }
    expect(opened).toBe(paths.length)
  })

  it('answers 404 for a socket that does not exist', async () => {
    expect(await admin.upgrade('/api/nothing')).toBe(404)
    expect(await admin.upgrade('/api/screen/')).toBe(404)
    expect(await admin.upgrade('/api/screen/%zz')).toBe(404)
  })
})

describe('Origin of a change', () => {
  const change = (headers: Record<string, string | undefined>) =>
    admin.post('/api/hosts', { name: 'x.lan' }, { headers })

  it.each([undefined, 'null', 'https://evil.example', 'http://127.0.0.1:1'])('refuses %s', async (origin) => {
    expect(await change({ origin })).toMatchObject({ status: 403, code: 'access/originRefused' })
  })

  it.each(['cross-site', 'same-site', 'none'])('refuses Sec-Fetch-Site %s', async (site) => {
    expect((await change({ 'sec-fetch-site': site })).code).toBe('access/originRefused')
  })

  it('refuses before it looks for a route or a session', async () => {
    const stranger = server.browser('https://evil.example')
    expect((await stranger.request('DELETE', '/api/nothing')).code).toBe('access/originRefused')
    expect((await stranger.request('OPTIONS', '/api/session')).code).toBe('access/originRefused')
  })

  it('gives another site nothing to read either', async () => {
    const { status } = await admin.get('/api/users', { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(status).toBe(403)
    expect((await admin.get('/api/users', { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200)
  })

  it('nothing came through', async () => {
    const { json } = await admin.get('/api/hosts')
    expect((json as { name: string }[]).map(({ name }) => name)).not.toContain('x.lan')
  })
})
