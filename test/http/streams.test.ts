import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { screenSocket } from '../../server/http/screen-socket.ts'
import type { SocketInput, SocketRoute } from '../../server/http/route.ts'
import { deviceId, oneKvm } from '../consoles/rig.ts'
import { startTestServer } from './harness.ts'
import type { Client, TestServer } from './harness.ts'
import { StreamClient } from './stream-client.ts'

let server: TestServer
let admin: Client
let opened: SocketInput[]
let heard: string[]

const route = (url: string, access: SocketRoute['access']): SocketRoute => ({
  url,
  access,
  maxPayloadBytes: 100,
  messages: {},
  open: (input) => {
    opened.push(input)
    input.socket.on('message', (data, isBinary) => {
      heard.push(String(data))
      input.socket.send(`heard ${String(data)} ${isBinary}`)
    })
  },
})

beforeAll(async () => {
  // Pings are sent when a test says so.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  server = await startTestServer({
    sockets: [
      route('/api/live', 'signedIn'),
      route('/api/screen/:deviceId', { capability: 'view', on: 'device', param: 'deviceId' }),
    ],
  })
  admin = await server.setUp()
})
beforeEach(() => {
  opened = []
  heard = []
})
afterAll(async () => {
  vi.useRealTimers()
  await server.close()
})

async function open(client: Client, path: string, onMessage?: (data: Buffer, isBinary: boolean) => void) {
  const stream = await StreamClient.open(client, path, {}, onMessage)
  if (typeof stream === 'number') throw new Error(`refused with ${stream}`)
  return stream
}
const next = (stream: StreamClient, event: string): Promise<unknown> =>
  new Promise((resolve) => stream.once(event, resolve))

describe('a stream over plain https', () => {
  it('is opened only where the same upgrade would be, before anything is sent', async () => {
    const viewer = await server.signedIn('viewer', { d1: ['view'] })
    const refused = async (client: Client, path: string, headers?: Record<string, string | undefined>) => {
      const status = await StreamClient.open(client, path, headers)
      expect(status).toBe(await client.upgrade(path, headers))
      return status
    }
    expect(await refused(server.browser(), '/api/live')).toBe(401)
    expect(await refused(admin, '/api/nothing')).toBe(404)
    expect(await refused(admin, '/api/live', { origin: 'https://evil.example' })).toBe(403)
    expect(await refused(admin, '/api/live', { origin: undefined })).toBe(403)
    expect(await refused(admin, '/api/live', { 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await refused(admin, '/api/live', { host: 'evil.example' })).toBe(421)
    expect(await refused(viewer, '/api/screen/d2')).toBe(403)
    expect(opened).toEqual([])
    expect(await StreamClient.open(viewer, '/api/screen/d1')).toBeInstanceOf(StreamClient)
    expect(opened[0]).toMatchObject({ isStream: true, params: { deviceId: 'd1' } })
  })

  it('is named so that no proxy keeps it back, packs or stores it', async () => {
    const { head } = await open(admin, '/api/live')
    expect(head).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
  })

  it('carries text and bytes down, and what the browser says up, in order', async () => {
    const got: [string, boolean][] = []
    const stream = await open(admin, '/api/live', (data, isBinary) => got.push([data.toString(), isBinary]))
    opened[0]?.socket.send('one')
    opened[0]?.socket.send(Buffer.from('two'), { binary: true })
    expect(await stream.say('a', 'b')).toBe(204)
    expect(await stream.say('c')).toBe(204)
    await vi.waitFor(() => expect(got).toHaveLength(5))
    expect(got).toEqual([
      ['one', false],
      ['two', true],
      ['heard a false', false],
      ['heard b false', false],
      ['heard c false', false],
    ])
  })

  it('counts what is sent again once, and takes nothing that leaves a gap', async () => {
    const stream = await open(admin, '/api/live')
    await stream.sayFrom(1, 'a', 'b')
    expect(await stream.sayFrom(1, 'a', 'b')).toBe(204)
    expect(await stream.sayFrom(2, 'b', 'c')).toBe(204)
    expect(await stream.sayFrom(5, 'e')).toBe(404)
    expect(heard).toEqual(['a', 'b', 'c'])
  })

  it('is deaf to every other session, the same person’s too', async () => {
    const stream = await open(admin, '/api/live')
    const [elsewhere, other] = [server.browser(), await server.signedIn('operator')]
    await elsewhere.signIn('Ada', 'correct horse battery')
    for (const client of [elsewhere, other]) {
      expect((await client.post(`/api/streams/${stream.id}`, { from: 1, messages: ['x'] })).status).toBe(404)
    }
    expect(heard).toEqual([])
  })

  it('ends within 2 s when its session does, and takes nothing afterwards', async () => {
    const viewer = await server.signedIn('viewer')
    const { sessionId } = (await viewer.get('/api/session')).json as { sessionId: string }
    const stream = await open(viewer, '/api/live')
    const closed = next(stream, 'close')
    await server.store.sessions.remove(sessionId, null)
    vi.advanceTimersByTime(1_500)
    expect(await closed).toBe(4401)
    expect(opened[0]?.signal.aborted).toBe(true)
    expect(await stream.say('late')).toBe(401)
    expect(heard).toEqual([])
  })

  it('is over for its handler as soon as the browser is gone', async () => {
    const stream = await open(admin, '/api/live')
    const gone = new Promise((resolve) => opened[0]?.socket.once('close', resolve))
    stream.cut()
    expect(await gone).toBe(1006)
    expect(await stream.say('late')).toBe(404)
  })

  it('ends when a message is too large', async () => {
    const stream = await open(admin, '/api/live')
    const closed = next(stream, 'close')
    await stream.say('x'.repeat(101))
    expect(await closed).toBe(1009)
    expect(heard).toEqual([])
  })

  it('tells its handler which ping was answered', async () => {
    const stream = await open(admin, '/api/live')
    const pongs: string[] = []
    opened[0]?.socket.on('pong', (data: Buffer) => pongs.push(data.toString()))
    const pinged = next(stream, 'ping')
    opened[0]?.socket.ping('picture 1')
    await stream.say(77)
    await stream.say(Number(await pinged))
    expect(pongs).toEqual(['picture 1'])
  })
})

describe('every open line', () => {
  it('is pinged every 20 s, so that no proxy takes it for idle, and lives while it answers', async () => {
    const socket = await admin.upgrade('/api/live')
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    const stream = await open(admin, '/api/live')
    for (let round = 1; round <= 3; round += 1) {
      const pings = [new Promise((resolve) => socket.once('ping', resolve)), next(stream, 'ping')]
      const pongs = opened.map(
        (input) => new Promise<void>((resolve) => input.socket.once('pong', () => resolve())),
      )
      vi.advanceTimersByTime(20_000)
      const [, count] = await Promise.all(pings)
      await stream.say(Number(count))
      await Promise.all(pongs)
    }
    expect(socket.readyState).toBe(socket.OPEN)
    socket.terminate()
  })

  it('that leaves two pings without an answer is ended', async () => {
    const socket = await admin.upgrade('/api/live')
    if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
    socket.pause()
    await open(admin, '/api/live')
    const gone = opened.map(
      (input) => new Promise<void>((resolve) => input.socket.once('close', () => resolve())),
    )
    vi.advanceTimersByTime(40_000)
    await Promise.all(gone)
    socket.terminate()
  })
})

describe('keys over plain https', () => {
  it('reach the machine as over a websocket: in order, from who may type, and are let go of when the page is gone', async () => {
    const { kvm, machine } = oneKvm()
    await using own = await serverWith(screenSocket(machine.consoles()))
    const owner = await own.setUp()
    const helper = await own.guest('look', deviceId)
    const key = (code: string, down: boolean, seq: number) => JSON.stringify({ type: 'key', seq, code, down })
    const take = JSON.stringify({ type: 'take' })

    const looking = await open(helper, `/api/screen/${deviceId}`)
    await looking.say(take, key('KeyX', true, 1))
    const typing = await open(owner, `/api/screen/${deviceId}`)
    expect(await typing.say(take, key('KeyA', true, 1), key('KeyA', false, 2), key('KeyB', true, 3))).toBe(
      204,
    )
    expect(kvm.input.events).toEqual(['+KeyA', '-KeyA', '+KeyB'])
    typing.cut()
    await vi.waitFor(() => expect([...kvm.input.down]).toEqual([]))
  })
})

async function serverWith(screen: SocketRoute) {
  const own = await startTestServer({ sockets: [screen] })
  return Object.assign(own, { [Symbol.asyncDispose]: () => own.close() })
}
