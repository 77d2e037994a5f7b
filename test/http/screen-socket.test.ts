import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Principal } from '../../server/access/can.ts'
import { PictureJoiner } from '../../server/contract/picture-parts.ts'
import type { ScreenServerMessage } from '../../server/contract/screen.ts'
import type { Consoles } from '../../server/consoles/consoles.ts'
import { screenClientMessage } from '../../server/contract/screen.ts'
import { screenSocket } from '../../server/http/screen-socket.ts'
import { CuttableProxy } from './cuttable-proxy.ts'
import { startScreenServer, type ScreenServer } from './screen-server.ts'
import type { FakeKvm } from '../consoles/fake-kvm.ts'
import { oneKvm, type OneMachine } from '../consoles/rig.ts'

const principals: Record<string, Principal> = {
  ann: { userId: 'u1', name: 'ann', role: 'operator', sessionId: 's1', grants: new Map() },
  bob: { userId: 'u2', name: 'bob', role: 'operator', sessionId: 's2', grants: new Map() },
  vera: { userId: 'u3', name: 'vera', role: 'viewer', sessionId: 's3', grants: new Map() },
}

let kvm: FakeKvm
let machine: OneMachine
let consoles: Consoles
let server: ScreenServer
let port: number
const browsers: Browser[] = []
const proxies: CuttableProxy[] = []

/** A browser as the server sees it: a websocket that answers pings. */
class Browser {
  readonly socket: WebSocket
  readonly told: ScreenServerMessage[] = []
  readonly pictures: Buffer[] = []
  closed: { code: number; reason: string } | null = null

  constructor(name: string, toPort: number) {
    this.socket = new WebSocket(`ws://127.0.0.1:${toPort}/${name}`, { perMessageDeflate: false })
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.pictures.push(data)
      else this.told.push(JSON.parse(String(data)) as ScreenServerMessage)
    })
    this.socket.on('close', (code, reason) => (this.closed = { code, reason: String(reason) }))
    browsers.push(this)
  }

  async ready(): Promise<this> {
    await vi.waitFor(() => expect(this.told.some((message) => message.type === 'control')).toBe(true))
    this.say({ type: 'view', quality: 'sharp', h264: false })
    return this
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message))
  }
}

beforeEach(async () => {
  ;({ kvm, machine } = oneKvm())
  consoles = machine.consoles()
  server = await startScreenServer(consoles, (path) => principals[path])
  port = server.port
})

afterEach(async () => {
  consoles.close()
  for (const browser of browsers.splice(0)) browser.socket.terminate()
  for (const proxy of proxies.splice(0)) await proxy.stop()
  await server.close()
})

describe('screen socket', () => {
  it('says who is there and why the picture is as it is, then sends pictures as binary', async () => {
    const ann = await new Browser('ann', port).ready()
    expect(ann.told.map((message) => message.type).slice(0, 2)).toEqual(['hello', 'picture'])
    await vi.waitFor(() => expect(kvm.video.subscribers.size).toBe(1))
    kvm.video.emit({ reachedAt: Date.now(), bytes: Buffer.from('abc') })
    await vi.waitFor(() => expect(ann.pictures).toHaveLength(1))
    expect(ann.pictures[0]?.subarray(32).toString()).toBe('abc')
  })

  it('sends a large picture in parts, so that other words come between and silence means silence', async () => {
    const ann = await new Browser('ann', port).ready()
    await vi.waitFor(() => expect(kvm.video.subscribers.size).toBe(1))
    const bytes = Buffer.alloc(95_000, 7)
    kvm.video.emit({ reachedAt: Date.now(), bytes })
    const sizeSoFar = (): number => ann.pictures.reduce((sum, part) => sum + part.byteLength, 0)
    await vi.waitFor(() => expect(sizeSoFar()).toBe(95_032))
    expect(Math.max(...ann.pictures.map((part) => part.byteLength))).toBe(8_192)
    const joiner = new PictureJoiner()
    const joined = ann.pictures.map((part) => joiner.add(new Uint8Array(part)))
    expect(joined.at(-1)?.subarray(32)).toEqual(new Uint8Array(bytes))
  })

  it('refuses a text that is too long with words, and stays open', async () => {
    const ann = await new Browser('ann', port).ready()
    ann.say({ type: 'take' })
    ann.say({ type: 'text', id: 't', text: 'a'.repeat(20_001), layout: 'us' })
    await vi.waitFor(() =>
      expect(ann.told).toContainEqual(expect.objectContaining({ id: 't', reason: 'tooLong' })),
    )
    expect(ann.socket.readyState).toBe(WebSocket.OPEN)
    expect(ann.closed).toBe(null)
  })

  it('passes keys to the machine in their order', async () => {
    const ann = await new Browser('ann', port).ready()
    ann.say({ type: 'take' })
    const expected: string[] = []
    for (let seq = 1; seq <= 1_000; seq += 1) {
      const code = `Key${String.fromCharCode(65 + (Math.floor((seq - 1) / 2) % 26))}`
      ann.say({ type: 'key', seq, code, down: seq % 2 === 1 })
      expected.push(`${seq % 2 === 1 ? '+' : '-'}${code}`)
    }
    await vi.waitFor(() => expect(kvm.input.events).toHaveLength(1_000))
    expect(kvm.input.events).toEqual(expected)
  })

  it('lets go of every key when the socket closes', async () => {
    const ann = await new Browser('ann', port).ready()
    ann.say({ type: 'take' })
    ann.say({ type: 'key', seq: 1, code: 'ControlLeft', down: true })
    await vi.waitFor(() => expect([...kvm.input.down]).toEqual(['ControlLeft']))
    ann.socket.terminate()
    await vi.waitFor(() => expect([...kvm.input.down]).toEqual([]))
  })

  it('lets go of every key within 1 s when the browser vanishes without a word', async () => {
    const proxy = new CuttableProxy()
    proxies.push(proxy)
    const ann = await new Browser('ann', await proxy.start(port)).ready()
    ann.say({ type: 'take' })
    ann.say({ type: 'key', seq: 1, code: 'KeyA', down: true })
    const heart = setInterval(() => ann.say({ type: 'holding' }), 250)
    try {
      await vi.waitFor(() => expect([...kvm.input.down]).toEqual(['KeyA']))
      // Held for longer than silence would be borne: the heartbeat is what keeps it down.
      const heldUntil = Date.now() + 1_500
      await vi.waitFor(
        () => {
          expect([...kvm.input.down]).toEqual(['KeyA'])
          expect(Date.now()).toBeGreaterThan(heldUntil)
        },
        { timeout: 5_000 },
      )
      proxy.cut()
      await vi.waitFor(() => expect([...kvm.input.down]).toEqual([]), { timeout: 1_000, interval: 20 })
      expect(ann.closed).toBeNull()
    } finally {
      clearInterval(heart)
    }
  })

  it('tells everybody who has control, and lets another take it over', async () => {
    const [ann, bob] = [await new Browser('ann', port).ready(), await new Browser('bob', port).ready()]
    ann.say({ type: 'take' })
    await vi.waitFor(() => expect(bob.told.at(-1)).toMatchObject({ holder: { name: 'ann' }, you: false }))
    const hello = ann.told.find((message) => message.type === 'hello')
    bob.say({ type: 'take', over: hello?.viewerId })
    await vi.waitFor(() => expect(ann.told.at(-1)).toMatchObject({ holder: { name: 'bob' }, you: false }))
  })

  it('never lets someone type who may only look', async () => {
    const vera = await new Browser('vera', port).ready()
    vera.say({ type: 'take' })
    vera.say({ type: 'key', seq: 1, code: 'KeyA', down: true })
    vera.say({ type: 'text', id: 't', text: 'rm', layout: 'us' })
    vera.say({ type: 'ping', t: 42 })
    await vi.waitFor(() => expect(vera.told.at(-1)).toMatchObject({ type: 'pong', t: 42 }))
    expect(kvm.input.events).toEqual([])
    expect(vera.told.find((message) => message.type === 'inputRefused')).toMatchObject({
      reason: 'forbidden',
    })
  })

  it.each([
    ['no JSON', '{'],
    ['an unknown message', '{"type":"reboot"}'],
    ['an unknown field', '{"type":"allUp","now":true}'],
    ['a key that is no key', '{"type":"key","seq":1,"code":"../x","down":true}'],
  ])('closes on %s', async (_what, sent) => {
    const ann = await new Browser('ann', port).ready()
    ann.socket.send(sent)
    await vi.waitFor(() => expect(ann.closed?.code).toBe(1008))
  })

  it('says goodbye when the machine loses its KVM and when the server stops', async () => {
    const ann = await new Browser('ann', port).ready()
    machine.change({ console: undefined })
    await vi.waitFor(() => expect(ann.closed).toEqual({ code: 1000, reason: 'moved' }))
    expect(ann.told.at(-1)).toEqual({ type: 'bye', reason: 'moved' })
  })

  it('lists the right that each message needs', () => {
    const types = screenClientMessage.options.map((option) => option.shape.type.value)
    expect(Object.keys(screenSocket(consoles).messages).toSorted()).toEqual(types.toSorted())
  })
})
