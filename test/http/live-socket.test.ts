import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { LiveServerMessage } from '../../server/contract/live.ts'
import type { ThumbnailSource } from '../../server/http/live-thumbnails.ts'
import { liveSocket } from '../../server/http/live-socket.ts'
import { by, machine, makeFixture, type Fixture } from '../inventory/inventory-fixture.ts'

/** Pictures that a test sets; every refresh is counted. */
class FakePictures implements ThumbnailSource {
  readonly byDevice = new Map<string, { at: number; jpeg: Uint8Array }>()
  readonly refreshed: string[] = []
  readonly #listeners = new Set<(deviceId: string) => void>()

  set(deviceId: string, at: number, bytes = 3): void {
    this.byDevice.set(deviceId, { at, jpeg: new Uint8Array(bytes).fill(9) })
    for (const listener of this.#listeners) listener(deviceId)
  }

  get listenerCount(): number {
    return this.#listeners.size
  }

  at(deviceId: string): number | null {
    return this.byDevice.get(deviceId)?.at ?? null
  }

  onNew(listener: (deviceId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async newest(deviceId: string) {
    return this.byDevice.get(deviceId) ?? null
  }

  async refresh(deviceId: string) {
    this.refreshed.push(deviceId)
    return this.newest(deviceId)
  }
}

describe('live socket', () => {
  let f: Fixture
  let pictures: FakePictures
  let http: Server
  let sockets: WebSocketServer
  let abort: AbortController
  let client: WebSocket
  let texts: LiveServerMessage[]
  let binaries: { head: { deviceId: string; at: number }; jpeg: Buffer }[]
  let hidden: Set<string>
  let awake: string[]

  beforeEach(async () => {
    f = await makeFixture()
    pictures = new FakePictures()
    abort = new AbortController()
    texts = []
    binaries = []
    hidden = new Set()
    awake = []
    const idle = { onChange: () => () => undefined }
    const route = liveSocket({
      inventory: f.inventory,
      observer: { state: () => undefined, states: () => [], checkNow: async () => undefined, ...idle },
      actions: { recent: () => [], ...idle },
      guests: { present: () => [], ...idle },
      self: { state: () => ({ doubt: null, gateway: null }), ...idle },
      pictures,
      streamers: {
        keep: (deviceId) => {
          awake.push(deviceId)
          return () => void awake.splice(awake.indexOf(deviceId), 1)
        },
      },
      version: '1',
      now: () => 42,
    })
    http = createServer()
    sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
    sockets.on('connection', (socket, request) =>
      route.open({
        socket,
        request,
        principal: { userId: 'u', name: 'n', role: 'viewer', sessionId: 's', grants: new Map() },
        params: {},
        signal: abort.signal,
        may: (_capability, resource) => resource.type !== 'device' || !hidden.has(resource.deviceId),
      }),
    )
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    client?.terminate()
    for (const socket of sockets.clients) socket.terminate()
    await new Promise((resolve) => http.close(resolve))
    await f.store.close()
  })

  const connect = async (options: { autoPong?: boolean } = {}): Promise<void> => {
    client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`, options)
    client.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return void texts.push(JSON.parse(String(data)) as LiveServerMessage)
      const length = data.readUInt16BE(0)
      const head = JSON.parse(data.toString('utf8', 2, 2 + length)) as { deviceId: string; at: number }
      binaries.push({ head, jpeg: data.subarray(2 + length) })
    })
    await once(client, 'open')
    await vi.waitFor(() => expect(texts).toHaveLength(1))
  }
  const say = (message: unknown): void => client.send(JSON.stringify(message))
  const sentAts = () => binaries.map(({ head }) => `${head.deviceId} ${head.at}`)

  it('sends the snapshot first, then patches, and answers pings', async () => {
    await connect()
    expect(texts[0]).toMatchObject({ type: 'snapshot', serverTime: 42 })
    say({ type: 'ping', t: 7 })
    await vi.waitFor(() => expect(texts[1]).toEqual({ type: 'pong', t: 7, serverTime: 42 }))
    await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    await vi.waitFor(() => expect(texts[2]).toMatchObject({ type: 'patch' }))
  })

  it.each([
    ['no JSON', '{'],
    ['an unknown type', '{"type":"reboot"}'],
    ['an extra field', '{"type":"ping","t":1,"role":"admin"}'],
    ['too many rows', JSON.stringify({ type: 'thumbnails', deviceIds: Array(41).fill('a') })],
  ])('closes on %s', async (_title, text) => {
    await connect()
    client.send(text)
    expect((await once(client, 'close'))[0]).toBe(1008)
  })

  it('closes on a binary message', async () => {
    await connect()
    client.send(Buffer.from('{"type":"ping","t":1}'))
    expect((await once(client, 'close'))[0]).toBe(1008)
  })

  it('sends pictures of visible rows, newer ones when they come, each once', async () => {
    pictures.set('a', 1)
    pictures.set('b', 2)
    pictures.set('c', 3)
    await connect()
    say({ type: 'thumbnails', deviceIds: ['a', 'b'] })
    await vi.waitFor(() => expect(sentAts()).toEqual(['a 1', 'b 2']))
    expect(binaries[0]?.jpeg).toEqual(Buffer.from([9, 9, 9]))
    expect(pictures.refreshed).toEqual(['a', 'b'])
    say({ type: 'thumbnails', deviceIds: ['a'] })
    say({ type: 'ping', t: 1 })
    await vi.waitFor(() => expect(texts).toHaveLength(2))
    pictures.set('b', 5)
    pictures.set('a', 6)
    await vi.waitFor(() => expect(sentAts()).toEqual(['a 1', 'b 2', 'a 6']))
  })

  it('sends no picture of a machine that the viewer may not see, nor asks for one', async () => {
    hidden.add('secret')
    pictures.set('secret', 1)
    pictures.set('a', 1)
    await connect()
    say({ type: 'thumbnails', deviceIds: ['secret', 'a'] })
    await vi.waitFor(() => expect(sentAts()).toEqual(['a 1']))
    expect(pictures.refreshed).toEqual(['a'])
  })

  it('keeps the KVM of the machine whose page is open awake, until another is, or the browser goes', async () => {
    await connect()
    say({ type: 'watch', deviceId: 'a' })
    await vi.waitFor(() => expect(awake).toEqual(['a']))
    say({ type: 'watch', deviceId: 'b' })
    await vi.waitFor(() => expect(awake).toEqual(['b']))
    client.terminate()
    await vi.waitFor(() => expect(awake).toEqual([]))
  })

  it('wakes no KVM of a machine that the viewer may not see', async () => {
    hidden.add('secret')
    await connect()
    say({ type: 'watch', deviceId: 'secret' })
    say({ type: 'ping', t: 1 })
    await vi.waitFor(() => expect(texts).toHaveLength(2))
    expect(awake).toEqual([])
  })

  it('has one picture on its way at a time, while patches pass', async () => {
    pictures.set('a', 1)
    pictures.set('b', 2)
    await connect({ autoPong: false })
    const pings: Buffer[] = []
    client.on('ping', (data: Buffer) => pings.push(data))
    say({ type: 'thumbnails', deviceIds: ['a', 'b'] })
    await vi.waitFor(() => expect(pings).toHaveLength(1))
    await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    await vi.waitFor(() => expect(texts).toHaveLength(2))
    expect(sentAts()).toEqual(['a 1'])
    client.pong(pings[0])
    await vi.waitFor(() => expect(sentAts()).toEqual(['a 1', 'b 2']))
  })

  it.each(['signedOut', 'serverStopping'] as const)('says bye when %s', async (reason) => {
    await connect()
    abort.abort(reason)
    await vi.waitFor(() => expect(texts.at(-1)).toEqual({ type: 'bye', reason }))
  })

  it('leaves no listener behind when the browser goes', async () => {
    await connect()
    expect(pictures.listenerCount).toBe(1)
    client.terminate()
    await vi.waitFor(() => expect(pictures.listenerCount).toBe(0))
  })
})
