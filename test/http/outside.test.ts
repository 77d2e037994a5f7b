import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { AuditRow, HostRow, Reached } from '../../server/contract/access.ts'
import type { SocketRoute } from '../../server/http/route.ts'
import { adminPassword, Client, startTestServer, type TestServer } from './harness.ts'
import { StreamClient } from './stream-client.ts'

const name = 'crash.example.org'
const viaProxy = { host: name, 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' }
const live: SocketRoute = {
  url: '/api/live',
  access: 'signedInOrGuest',
  maxPayloadBytes: 1024,
  messages: {},
  open: () => undefined,
}

/** A phone on the road: everything it asks comes through the proxy in front, under the outside name. */
class Phone extends Client {
  constructor(base: string) {
    super(base, `https://${name}`)
  }
  override send(
    path: string,
    options: RequestOptions,
    answered: (answer: IncomingMessage) => void,
  ): ClientRequest {
    return super.send(path, { ...options, headers: { ...options.headers, ...viaProxy } }, answered)
  }
}

let server: TestServer
let admin: Client
let phone: Phone

beforeAll(async () => {
  server = await startTestServer({ sockets: [live], trustedProxies: ['127.0.0.1'] })
  admin = await server.setUp()
  phone = new Phone(server.base)
})
afterAll(() => server.close())

async function rowOf(of = name): Promise<HostRow | undefined> {
  const { json } = await admin.get('/api/hosts')
  return (json as HostRow[]).find((row) => row.name === of)
}
async function reachedBy(way: 'live' | 'plain'): Promise<Reached> {
  await expect.poll(async () => (await rowOf())?.[way]).toMatchObject({ by: 'Ada' })
  return (await rowOf())?.[way] as Reached
}

describe('a name from outside', () => {
  it('is refused before it is entered, on HTTP and on upgrade', async () => {
    expect((await phone.get('/')).status).toBe(421)
    expect((await phone.signIn('Ada', adminPassword)).code).toBe('access/hostRefused')
    expect(await phone.upgrade('/api/live', viaProxy)).toBe(421)
  })

  it('is entered by an admin alone, and recorded', async () => {
    const enter = (client: Client) => client.post('/api/outside', { name: `https://${name}/` })
    expect((await enter(server.browser())).status).toBe(401)
    expect((await enter(await server.signedIn('operator'))).status).toBe(403)
    expect(await rowOf()).toBeUndefined()
    expect(await enter(admin)).toMatchObject({ status: 200, json: { name } })
    const lines = (await server.access.audit.list(1, null, null)) as AuditRow[]
    expect(lines).toMatchObject([{ event: 'host.allowed', actorName: 'Ada', detail: { name } }])
    // Again: nothing to add, nothing to record.
    expect((await enter(admin)).status).toBe(200)
    expect((await server.access.audit.list(1, null, null))[0]?.seq).toBe(lines[0]?.seq)
  })

  it('is served from then on, and is not reached by that', async () => {
    expect((await phone.get('/healthz')).status).toBe(200)
    expect((await phone.signIn('Ada', adminPassword)).status).toBe(200)
    expect((await phone.get('/api/session')).json).toMatchObject({ state: 'signedIn' })
    expect(await rowOf()).toMatchObject({ kind: 'outside', source: 'added', live: null, plain: null })
  })

  it('does not let another origin in', async () => {
    for (const origin of ['https://evil.example', server.base, `http://${name}`, `https://${name}:8443`]) {
      expect(await phone.upgrade('/api/live', { ...viaProxy, origin })).toBe(403)
      const { code } = await phone.post('/api/hosts', { name: 'x.example' }, { headers: { origin } })
      expect(code).toBe('access/originRefused')
    }
  })

  it('is not reached by a socket on which nothing comes back', async () => {
    const socket = new WebSocket(`${server.base.replace('http', 'ws')}/api/live`, {
      headers: { ...viaProxy, cookie: phone.cookieHeader, origin: phone.origin },
      autoPong: false,
    })
    const ping = await new Promise<Buffer>((resolve) => socket.once('ping', resolve))
    // Not what was sent: anybody can say pong.
    socket.pong('here')
    const said = new Promise((resolve) => socket.once('close', resolve))
    socket.close()
    await said
    expect(ping.length).toBeGreaterThan(8)
    expect((await rowOf())?.live).toBeNull()
  })

  it('is reached, without live connections, over plain https', async () => {
    const stream = await StreamClient.open(phone, '/api/live')
    if (typeof stream === 'number') throw new Error(`refused with ${stream}`)
    await expect.poll(() => stream.pings.length).toBeGreaterThan(0)
    await stream.say(...stream.pings)
    expect(await reachedBy('plain')).toMatchObject({ address: '203.0.113.7' })
    stream.cut()
    expect((await rowOf())?.live).toBeNull()
  })

  it('is not reached by a guest', async () => {
    const guest = await server.guest('look', null)
    guest.cookies.set('__Host-sid', guest.cookies.get('sid') ?? '')
    const socket = await guest.upgrade('/api/live', {
      ...viaProxy,
      origin: phone.origin,
      cookie: `__Host-sid=${guest.cookies.get('sid')}`,
    })
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    await new Promise((resolve) => socket.once('pong', resolve).ping())
    expect((await rowOf())?.live).toBeNull()
    socket.close()
  })

  it('is reached once a phone signed in there and its websocket echoed, with the time and by whom', async () => {
    const socket = await phone.upgrade('/api/live', viaProxy)
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    const { at, address } = await reachedBy('live')
    expect(at).toBe(server.clock.now)
    expect(address).toBe('203.0.113.7')
    // Durable: the next start knows it too.
    expect(await server.store.reachedNames.list()).toContainEqual(
      expect.objectContaining({ name, way: 'live', at, by: 'Ada' }),
    )
    socket.close()
  })

  it('tells the machine’s own names and addresses apart from it', async () => {
    expect(await rowOf('rack.local')).toMatchObject({ kind: 'home', source: 'own', live: null })
    expect(await rowOf('192.0.2.10')).toMatchObject({ kind: 'address' })
  })

  it.each(['http://crash.example.org', 'localhost', '10.0.0.1', '*.example.org', 'crash.example.org:8443'])(
    'cannot be %s, and the answer says why and what to enter',
    async (text) => {
      const before = (await admin.get('/api/hosts')).json
      const { status, code, json } = await admin.post('/api/outside', { name: text })
      expect([status, code]).toEqual([400, 'access/badName'])
      expect(json).toMatchObject({ error: { details: { problem: expect.any(String) } } })
      expect((json as { error: { message: string } }).error.message).toContain('Enter the name alone')
      expect((await admin.get('/api/hosts')).json).toEqual(before)
    },
  )
})
