import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createProxyList } from '../../server/http/peer.ts'
import { Client, adminPassword, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'

const forwarded = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'rack.example.com',
  'x-forwarded-for': '203.0.113.7, 198.51.100.2',
}
const page = 'https://rack.example.com'
let server: TestServer | null = null
const folders: string[] = []

afterEach(async () => {
  await server?.close()
  server = null
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

async function setUp(client: Client, headers: Record<string, string>) {
  const body = { code: server?.setupCode, name: 'Ada', password: adminPassword, trust: true }
  return client.post('/api/setup', body, { headers: { ...headers, origin: page } })
}

describe('X-Forwarded headers', () => {
  it('of a listed proxy give host, scheme and address', async () => {
    server = await startTestServer({ names: ['rack.example.com'], trustedProxies: ['127.0.0.0/8'] })
    const client = server.browser(page)
    const { status, headers } = await setUp(client, forwarded)
    expect(status).toBe(200)
    expect(headers['set-cookie']?.[0]).toMatch(/^__Host-sid=.*; Path=\/; Secure; HttpOnly; SameSite=Strict/)
    const sessions = await client.get('/api/sessions', { headers: forwarded })
    expect(sessions.json).toMatchObject([{ address: '198.51.100.2', current: true }])
  })

  it('of anybody else are ignored', async () => {
    server = await startTestServer({ names: ['rack.example.com'], trustedProxies: ['10.0.0.0/8', 'unix'] })
    expect(await setUp(server.browser(page), forwarded)).toMatchObject({
      status: 403,
      code: 'access/originRefused',
    })
    const { text } = await server.browser().get('/', { headers: { ...forwarded, host: 'rack.example.com' } })
    expect(text).toContain('CRASHCART_TRUSTED_PROXIES=127.0.0.1')
  })

  it('do not let a host in that is not allowed', async () => {
    server = await startTestServer({ trustedProxies: ['127.0.0.1'] })
    expect((await server.browser().get('/', { headers: forwarded })).status).toBe(421)
  })

  it('that say who the user is sign nobody in', async () => {
    server = await startTestServer({ names: ['rack.example.com'], trustedProxies: ['127.0.0.1'] })
    await setUp(server.browser(page), forwarded)
    const claims = {
      'remote-user': 'Ada',
      'x-remote-user': 'Ada',
      'x-forwarded-user': 'Ada',
      authorization: 'Basic QWRhOng=',
    }
    const { json } = await server.browser(page).get('/api/session', { headers: { ...forwarded, ...claims } })
    expect(json).toMatchObject({ state: 'signedOut' })
  })

  it('keep the cookie of plain HTTP from counting over HTTPS', async () => {
    server = await startTestServer({ names: ['rack.example.com'], trustedProxies: ['127.0.0.1'] })
    const local = await server.setUp()
    const { json } = await local.get('/api/session', { headers: forwarded })
    expect(json).toMatchObject({ state: 'signedOut' })
  })
})

describe('a Unix socket', () => {
  const path = () => {
    const folder = mkdtempSync(join(tmpdir(), 'crashcart-unix-'))
    folders.push(folder)
    return join(folder, 'http.sock')
  }

  it('serves a trusted proxy, and is closed to other users', async () => {
    const socket = path()
    server = await startTestServer({
      names: ['rack.example.com'],
      http: { kind: 'unix', path: socket },
      trustedProxies: ['unix'],
    })
    expect(statSync(socket).mode & 0o777).toBe(0o660)
    expect(
      (await setUp(new Client('http://localhost', page, { socketPath: socket }), forwarded)).status,
    ).toBe(200)
  })

  it('is not a trusted proxy unless it was listed', async () => {
    const socket = path()
    server = await startTestServer({ names: ['rack.example.com'], http: { kind: 'unix', path: socket } })
    expect(
      (await setUp(new Client('http://localhost', page, { socketPath: socket }), forwarded)).status,
    ).toBe(403)
  })

  it('that a killed process left behind is taken over; one in use is not', async () => {
    const socket = path()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(socket, resolve))
    const start = () => startTestServer({ http: { kind: 'unix', path: socket } })
    await expect(start()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise((resolve) => other.close(resolve))
    server = await start()
    expect(
      (await new Client('http://localhost', undefined, { socketPath: socket }).get('/healthz')).json,
    ).toEqual({
      status: 'up',
    })
  })
})

describe('the list of proxies', () => {
  it.each([
    [['127.0.0.1'], '127.0.0.1', true],
    [['127.0.0.1'], '::ffff:127.0.0.1', true],
    [['10.0.0.0/8'], '10.1.2.3', true],
    [['10.0.0.0/8'], '11.1.2.3', false],
    [['fd00::/8'], 'fd12::1', true],
    [['fd00::/8'], '::1', false],
    [['unix'], '127.0.0.1', false],
    [[], undefined, false],
    [['unix'], undefined, true],
  ])('%s trusts %s: %s', (entries, address, expected) => {
    expect(createProxyList(entries).trusts(address)).toBe(expected)
  })
})
