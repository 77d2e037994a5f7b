import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Capability } from '../../server/contract/access.ts'
import type { SocketInput, SocketRoute } from '../../server/http/route.ts'
import { closeCode, startTestServer } from './harness.ts'
import type { Client, TestServer } from './harness.ts'

let server: TestServer
let opened: SocketInput[]

const route = (url: string, access: SocketRoute['access']): SocketRoute => ({
  url,
  access,
  maxPayloadBytes: 100,
  messages: {},
  open: (input) => {
    opened.push(input)
    input.socket.on('message', (data) => {
      const capability = String(data) as Capability
      const { deviceId = 'd1' } = input.params
      input.socket.send(String(input.may(capability, { type: 'device', deviceId })))
    })
  },
})

beforeEach(async () => {
  opened = []
  server = await startTestServer({
    sockets: [
      route('/api/live', 'signedIn'),
      route('/api/screen/:deviceId', { capability: 'view', on: 'device', param: 'deviceId' }),
    ],
  })
  await server.setUp()
})
afterEach(() => server.close())

async function open(client: Client, path: string): Promise<WebSocket> {
  const socket = await client.upgrade(path)
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  return socket
}

function ask(socket: WebSocket, capability: Capability): Promise<string> {
  return new Promise((resolve) => {
    socket.once('message', (data) => resolve(String(data)))
    socket.send(capability)
  })
}

/** Milliseconds until the socket is closed, and how. */
async function timedClose(socket: WebSocket): Promise<{ code: number; tookMs: number }> {
  const from = performance.now()
  const code = await closeCode(socket)
  return { code, tookMs: performance.now() - from }
}

describe('a session that ends', () => {
  it.each([
    ['signing out', async (client: Client) => void (await client.request('DELETE', '/api/session'))],
    [
      'the removal of its row by another process',
      async () => {
        for (const { id, userName } of await server.store.sessions.list(null, server.clock.now)) {
          if (userName === 'viewer1') await server.store.sessions.remove(id, null)
        }
      },
    ],
    ['its expiry', async () => void (server.clock.now += 13 * 3600_000)],
    [
      'the removal of its user',
      async () => {
        const user = await server.store.users.findByName('viewer1')
        await server.store.users.remove(user?.id ?? '')
      },
    ],
  ])('closes its sockets within 2 s: %s', async (_how, end) => {
    const viewer = await server.signedIn('viewer')
    const sockets = [await open(viewer, '/api/live'), await open(viewer, '/api/screen/d1')]
    const closing = sockets.map(timedClose)
    await end(viewer)
    for (const { code, tookMs } of await Promise.all(closing)) {
      expect(code).toBe(4401)
      expect(tookMs).toBeLessThan(2000)
    }
    expect(opened.every(({ signal }) => signal.aborted)).toBe(true)
  })

  it('closes them even when the browser does not answer', async () => {
    const viewer = await server.signedIn('viewer')
    const socket = await open(viewer, '/api/live')
    socket.pause()
    const gone = new Promise<void>((resolve) => opened[0]?.socket.once('close', () => resolve()))
    const from = performance.now()
    await viewer.request('DELETE', '/api/session')
    await gone
    expect(performance.now() - from).toBeLessThan(2000)
    socket.terminate()
  })

  it('leaves the sockets of others alone', async () => {
    const [viewer, operator] = [await server.signedIn('viewer'), await server.signedIn('operator')]
    const [gone, stays] = [await open(viewer, '/api/live'), await open(operator, '/api/live')]
    const closing = closeCode(gone)
    await viewer.request('DELETE', '/api/session')
    expect(await closing).toBe(4401)
    expect(await ask(stays, 'power')).toBe('true')
  })
})

describe('rights on an open socket', () => {
  it('are asked anew for each message', async () => {
    const operator = await server.signedIn('operator')
    const socket = await open(operator, '/api/screen/d1')
    expect(await ask(socket, 'input')).toBe('true')
    expect(await ask(socket, 'manage')).toBe('false')
    const user = await server.store.users.findByName('operator1')
    await server.store.users.update(user?.id ?? '', { role: 'viewer' })
    server.access.sessions.announce()
    await vi.waitFor(async () => expect(await ask(socket, 'input')).toBe('false'))
    expect(await ask(socket, 'view')).toBe('true')
  })

  it('that opened it close it when they are gone', async () => {
    const helper = await server.signedIn('viewer', { d1: ['view', 'input'] })
    const [screen, live] = [await open(helper, '/api/screen/d1'), await open(helper, '/api/live')]
    expect(await ask(screen, 'input')).toBe('true')
    const closing = closeCode(screen)
    const user = await server.store.users.findByName('viewer1')
    await server.store.users.setGrant(user?.id ?? '', { deviceId: 'd1', capabilities: [] })
    expect(await closing).toBe(4403)
    expect(await ask(live, 'view')).toBe('false')
  })

  it('of a grant reach only the granted device', async () => {
    const helper = await server.signedIn('operator', { d1: ['view'] })
    expect(await helper.upgrade('/api/screen/d2')).toBe(403)
    expect(await ask(await open(helper, '/api/screen/d1'), 'input')).toBe('false')
  })
})

describe('limits', () => {
  it('closes a socket whose message is too large', async () => {
    const socket = await open(await server.signedIn('viewer'), '/api/live')
    const closing = closeCode(socket)
    socket.send('x'.repeat(101))
    expect(await closing).toBe(1009)
  })

  it('lets one session open 32 sockets and no more', async () => {
    const viewer = await server.signedIn('viewer')
    const sockets: WebSocket[] = []
    for (let n = 0; n < 32; n++) sockets.push(await open(viewer, '/api/live'))
    expect(await viewer.upgrade('/api/live')).toBe(429)
    const first = sockets[0]
    if (first !== undefined) {
      const closed = closeCode(first)
      first.close()
      await closed
    }
    await vi.waitFor(async () => expect(await viewer.upgrade('/api/live')).toBeInstanceOf(WebSocket))
  })

  it('does not negotiate compression', async () => {
    const socket = await open(await server.signedIn('viewer'), '/api/live')
    expect(socket.extensions).toBe('')
  })
})

describe('stopping', () => {
  it('says goodbye to open sockets and takes no new ones', async () => {
    const other = await startTestServer({ sockets: [route('/api/live', 'signedIn')] })
    const socket = await open(await other.setUp(), '/api/live')
    const closing = closeCode(socket)
    await other.close()
    expect(await closing).toBe(1001)
    expect(opened.at(-1)?.signal.reason).toBe('serverStopping')
  })
})
