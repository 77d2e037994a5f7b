import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { assemble } from '../../server/assemble.ts'
import type { Crashcart } from '../../server/assemble.ts'
import { loadConfig } from '../../server/config.ts'
import type { Capability } from '../../server/contract/access.ts'
import { liveClientMessage } from '../../server/contract/live.ts'
import { screenClientMessage } from '../../server/contract/screen.ts'
import { newToken } from '../../server/access/token.ts'
import { Client, adminPassword, closeCode, silentLog, startTestServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { StreamClient } from './stream-client.ts'
import { isExpected, probesOf, roles, socketProbesOf } from './rights-walk.ts'
import type { Expected, RoleName } from './rights-walk.ts'
import { isChangedBy } from './unchanged.ts'

/** Every route and who may call it. A route that is not here fails the test: decide, then add it. */
const expectedRoutes: Record<string, Expected> = {
  'GET /healthz': 'anybody',
  'GET /ca.crt': 'anybody',
  'GET /ca.mobileconfig': 'anybody',
  'POST /api/setup': 'anybody',
  'GET /api/session': 'anybody',
  'POST /api/session': 'anybody',
  'DELETE /api/session': 'everybody and guests',
  'POST /api/session/recovery': 'anybody',
  'POST /api/session/password': 'everybody',
  'GET /api/recovery-codes': 'everybody',
  'POST /api/recovery-codes': 'everybody',
  'POST /api/session/passkey/options': 'anybody',
  'POST /api/session/passkey': 'anybody',
  // The socket that a stream stands in for has its own rights; the walk below opens each both ways.
  'POST /api/streams': 'everybody and guests',
  'POST /api/streams/:id': 'everybody and guests',
  'GET /api/sessions': 'everybody',
  'DELETE /api/sessions/:id': 'everybody',
  'GET /api/passkeys': 'everybody',
  'POST /api/passkeys/options': 'everybody',
  'POST /api/passkeys': 'everybody',
  'DELETE /api/passkeys/:id': 'everybody',
  'GET /api/users': 'manage system',
  'POST /api/users': 'manage system',
  'PATCH /api/users/:id': 'manage system',
  'DELETE /api/users/:id': 'manage system',
  'PUT /api/users/:id/grants': 'manage system',
  'GET /api/guest-links': 'manage system',
  'POST /api/guest-links': 'manage system',
  'DELETE /api/guest-links/:id': 'manage system',
  'POST /api/guest/offer': 'anybody',
  'POST /api/guest/join': 'anybody',
  'GET /api/hosts': 'manage system',
  'POST /api/hosts': 'manage system',
  'POST /api/outside': 'manage system',
  'DELETE /api/hosts/:name': 'manage system',
  'GET /api/audit': 'manage system',
  'GET /api/devices/:id/audit': 'view machine, no guests',
  'GET /api/sites': 'everybody',
  'POST /api/sites': 'manage system',
  'PATCH /api/sites/:id': 'manage system',
  'DELETE /api/sites/:id': 'manage system',
  'GET /api/racks': 'everybody',
  'POST /api/racks': 'manage system',
  'PATCH /api/racks/:id': 'manage system',
  'DELETE /api/racks/:id': 'manage system',
  'GET /api/devices': 'everybody',
  'POST /api/devices': 'manage system',
  'GET /api/devices/:id': 'view machine, no guests',
  'PATCH /api/devices/:id': 'manage system',
  'DELETE /api/devices/:id': 'manage system',
  'PUT /api/devices/:id/login': 'manage system',
  'DELETE /api/devices/:id/login': 'manage system',
  'POST /api/devices/:id/login/permit': 'input machine, no guests',
  'POST /api/devices/:id/check': 'view machine',
  'POST /api/devices/:id/answer-test': 'input machine',
  'POST /api/devices/:id/show': 'input machine',
  'GET /api/devices/:id/power-paths': 'view machine',
  'POST /api/devices/:id/power-paths': 'manage system',
  'PUT /api/devices/:id/power-paths/order': 'manage system',
  'PATCH /api/power-paths/:id': 'manage system',
  'DELETE /api/power-paths/:id': 'manage system',
  'POST /api/devices/:id/power/nonce': 'power machine',
  'POST /api/devices/:id/power/actions': 'power machine',
  'POST /api/devices/:id/power/actions/:actionId/stop': 'power machine',
  'POST /api/devices/:id/catching/stop': 'input machine',
  'GET /api/devices/:id/power/actions': 'view machine',
  'GET /api/devices/:id/history': 'view machine',
  'GET /api/devices/:id/pictures/:at': 'view machine',
  'GET /api/power/nonces/:nonce': 'everybody and guests',
  'POST /api/power/nonces/:nonce/withdraw': 'everybody and guests',
  'GET /api/endpoints': 'everybody',
  'PATCH /api/endpoints/:id': 'manage system',
  'DELETE /api/endpoints/:id': 'manage system',
  'PUT /api/endpoints/:id/machine': 'manage system',
  'PUT /api/endpoints/:id/ports/:port': 'manage system',
  'GET /api/endpoints/:id/offer': 'manage system',
  'POST /api/endpoints/:id/read': 'manage system',
  'POST /api/endpoints/:id/try-again': 'manage system',
  'GET /api/endpoints/:id/stream': 'manage system',
  'PUT /api/endpoints/:id/stream': 'manage system',
  'GET /api/listener': 'manage system',
  'POST /api/pikvm/probe': 'manage system',
  'POST /api/pikvm/read': 'manage system',
  'POST /api/pikvm': 'manage system',
  'POST /api/bmc': 'manage system',
  'PUT /api/devices/:id/bmc/next-boot': 'power machine',
  'PUT /api/devices/:id/bmc/identify': 'power machine',
}
/** Every socket: who may open it, and what each message needs beyond that. */
const expectedSockets: Record<string, { open: Expected; messages: Record<string, Capability | 'none'> }> = {
  '/api/live': {
    open: 'everybody and guests',
    messages: { ping: 'none', thumbnails: 'view', watch: 'view' },
  },
  '/api/screen/:deviceId': {
    open: 'view machine',
    messages: {
      ping: 'none',
      ack: 'none',
      pause: 'none',
      view: 'none',
      keyFrame: 'none',
      take: 'input',
      release: 'none',
      key: 'input',
      button: 'input',
      move: 'input',
      relative: 'input',
      wheel: 'input',
      holding: 'input',
      allUp: 'input',
      text: 'input',
      login: 'input',
      cancelText: 'input',
    },
  },
}
const messageTypes: Record<string, readonly string[]> = {
  '/api/live': liveClientMessage.options.map(({ shape }) => shape.type.value),
  '/api/screen/:deviceId': screenClientMessage.options.map(({ shape }) => shape.type.value),
}
const grantedRights: Capability[] = ['view', 'input']

let folder: string
let crashcart: Crashcart
let probes: TestServer
let people: Record<RoleName, Client>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-rights-'))
  const { config } = loadConfig({
    argv: [],
    env: {
      CRASHCART_HOST: '127.0.0.1',
      CRASHCART_PORT: '0',
      CRASHCART_HTTP: '127.0.0.1:0',
      CRASHCART_DATA: join(folder, 'data'),
    },
  })
  crashcart = await assemble(config, silentLog(), 'test')
  await crashcart.http.listen()
  probes = await startTestServer({
    routes: probesOf(crashcart.routes),
    sockets: socketProbesOf(crashcart.sockets),
  })
  people = {
    admin: await probes.setUp(),
    operator: await probes.signedIn('operator'),
    viewer: await probes.signedIn('viewer'),
    granted: await probes.signedIn('viewer', { d1: ['view', 'input'] }),
    guest: await probes.guest('type', 'd1'),
    guestOfAll: await probes.guest('everything', null),
    none: probes.browser(),
  }
})
afterAll(async () => {
  await probes.close()
  await crashcart.close()
  rmSync(folder, { recursive: true })
})

/** The address of something of one machine; a time in it is one at which nothing was. */
const pathTo = (url: string, id: string): string => url.replace(':at', '1').replace(/:\w+/, id)
const nameOf = ({ method, url }: { method: string; url: string }) => `${method} ${url}`

describe('the table of rights', () => {
  it('names every route and every socket message, and no other', () => {
    expect(crashcart.routes.map(nameOf).sort()).toEqual(Object.keys(expectedRoutes).sort())
    expect(crashcart.sockets.map(({ url }) => url).sort()).toEqual(Object.keys(expectedSockets).sort())
    for (const { url } of crashcart.sockets) {
      expect([...(messageTypes[url] ?? [])].sort()).toEqual(
        Object.keys(expectedSockets[url]?.messages ?? {}).sort(),
      )
    }
  })

  it.each(roles)('holds over HTTP for %s, on every route', async (role) => {
    for (const machine of ['d1', 'd2']) {
      for (const route of crashcart.routes) {
        const expected = expectedRoutes[nameOf(route)]
        if (expected === undefined) throw new Error(`${nameOf(route)} is not in the table`)
        const { status } = await people[role].request(
          route.method,
          `/probe${route.url.replace(/:\w+/, machine)}`,
        )
        const own = machine === 'd1' ? grantedRights : []
        const right = isExpected(expected, role, own) ? 200 : role === 'none' ? 401 : 403
        expect([nameOf(route), machine, status]).toEqual([nameOf(route), machine, right])
      }
    }
  })

  it.each(roles)('holds for %s, on every socket and for every message', async (role) => {
    for (const machine of ['d1', 'd2']) {
      for (const { url } of crashcart.sockets) {
        const expected = expectedSockets[url]
        if (expected === undefined) throw new Error(`${url} is not in the table`)
        const own = machine === 'd1' ? grantedRights : []
        const socket = await people[role].upgrade(`/probe${url.replace(/:\w+/, machine)}`)
        const stream = await StreamClient.open(people[role], `/probe${url.replace(/:\w+/, machine)}`)
        if (!isExpected(expected.open, role, own)) {
          expect([socket, stream]).toEqual(role === 'none' ? [401, 401] : [403, 403])
          continue
        }
        if (typeof stream === 'number') throw new Error(`a stream of ${url} refused ${role} with ${stream}`)
        if (typeof socket === 'number') throw new Error(`${url} refused ${role} with ${socket}`)
        for (const [type, need] of Object.entries(expected.messages)) {
          const answers = [socket, stream].map(
            (line) =>
              new Promise((resolve) => line.once('message', (data) => resolve(JSON.parse(String(data))))),
          )
          socket.send(type)
          await stream.say(type)
          const where = url.includes(':') ? own : grantedRights
          const isAllowed = need === 'none' || isExpected(`${need} machine`, role, where)
          expect(await Promise.all(answers)).toEqual([
            { type, isAllowed },
            { type, isAllowed },
          ])
        }
        stream.cut()
        const closed = closeCode(socket)
        socket.close()
        await closed
      }
    }
  })
})

describe('the whole server', () => {
  const secretName = 'secretbox'
  let admin: Client
  let helper: Client
  let guest: Client
  let shown: string
  let hidden: string

  beforeAll(async () => {
    const code = (await crashcart.access.setup.issueCode()) ?? ''
    const base = crashcart.http.addresses().plain ?? ''
    admin = new Client(base)
    await admin.post('/api/setup', { code, name: 'Ada', password: adminPassword, trust: false })
    const [site] = (await admin.get('/api/sites')).json as { id: string }[]
    const siteId =
      site?.id ??
      ((await admin.post('/api/sites', { name: 'Home', timeZone: 'UTC' })).json as { id: string }).id
    const make = async (name: string) => {
      const machine = {
        siteId,
        name,
        kind: 'server',
        placement: { kind: 'none' },
        notes: '',
        isProtected: false,
        layout: 'us',
        checks: [],
        dependsOn: [],
      }
      return ((await admin.post('/api/devices', machine)).json as { id: string }).id
    }
    shown = await make('showbox')
    hidden = await make(secretName)
    const user = await admin.post('/api/users', { name: 'helper', password: adminPassword, role: 'viewer' })
    const { id } = user.json as { id: string }
    const grant = { deviceId: shown, capabilities: ['view', 'power'] }
    await admin.request('PUT', `/api/users/${id}/grants`, { body: grant })
    helper = new Client(base)
    expect((await helper.signIn('helper', adminPassword)).status).toBe(200)
    const link = await admin.post('/api/guest-links', { level: 'everything', deviceId: shown })
    const { token } = link.json as { token: string }
    guest = new Client(base)
    await guest.post('/api/guest/join', { token, name: 'Mia', claim: newToken() })
  })

  it.each([
    ['a helper', () => helper],
    ['a guest', () => guest],
  ])('tells %s of one machine no word about another', async (_who, client) => {
    let seen = ''
    for (const { method, url } of crashcart.routes) {
      if (method !== 'GET') continue
      for (const id of [shown, hidden]) seen += (await client().get(pathTo(url, id))).text
    }
    let live = ''
    const socket = await client().upgrade('/api/live', {}, (text) => (live += text))
    if (typeof socket === 'number') throw new Error(`live refused with ${socket}`)
    await vi.waitFor(() => expect(live).toContain('snapshot'))
    seen += live
    socket.terminate()
    expect(seen).toContain('showbox')
    expect(seen).not.toContain(secretName)
    expect(seen).not.toContain(hidden)
  })

  it('changes nothing in its database on any GET, as admin', async () => {
    const changed = await isChangedBy(join(folder, 'data', 'crashcart.db'), async () => {
      for (const { method, url } of crashcart.routes) {
        if (method !== 'GET') continue
        const { status } = await admin.get(pathTo(url, shown))
        expect([nameOf({ method, url }), [200, 204, 404].includes(status)]).toEqual([
          nameOf({ method, url }),
          true,
        ])
      }
    })
    expect(changed).toBe(false)
  })

  it('refuses every change that comes from another page, without a look at the session', async () => {
    for (const { method, url } of crashcart.routes) {
      if (method === 'GET') continue
      for (const origin of [undefined, 'https://evil.example']) {
        const answer = await admin.request(method, url.replace(/:\w+/, shown), { headers: { origin } })
        expect([nameOf({ method, url }), answer.code]).toEqual([
          nameOf({ method, url }),
          'access/originRefused',
        ])
      }
    }
  })

  it('refuses every upgrade that comes from another page or names another host, before the 101', async () => {
    for (const { url } of crashcart.sockets) {
      const path = url.replace(/:\w+/, shown)
      for (const origin of [undefined, 'null', 'https://evil.example']) {
        expect([url, await admin.upgrade(path, { origin })]).toEqual([url, 403])
      }
      expect(await admin.upgrade(path, { host: 'evil.example' })).toBe(421)
    }
  })
})
