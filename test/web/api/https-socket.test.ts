import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SocketInput } from '../../../server/http/route.ts'
import { HttpsSocket } from '../../../web/api/https-socket.ts'
import { startTestServer, type Client, type TestServer } from '../../http/harness.ts'
import { rounds } from '../../support/rounds.ts'

/** What happens to one request: it arrives; it is lost on the way; its answer is; a proxy answers instead; we refuse it. */
type Fate = 'arrives' | 'lost' | 'answerLost' | 'proxyError' | 'refused'

let server: TestServer
let admin: Client
let opened: SocketInput[] = []
let heard: string[] = []
let fateOf: (url: string, count: number) => Fate = () => 'arrives'
let posts = 0
/** How many messages each request carried; answers to pings are left out. */
let batches: number[] = []

beforeAll(async () => {
  server = await startTestServer({
    sockets: [
      {
        url: '/api/live',
        access: 'signedIn',
        maxPayloadBytes: 128 * 1024,
        messages: {},
        open: (input) => {
          opened.push(input)
          input.socket.on('message', (data) => void heard.push(String(data)))
        },
      },
    ],
  })
  admin = await server.setUp()
})
beforeEach(() => {
  opened = []
  heard = []
  posts = 0
  batches = []
  fateOf = () => 'arrives'
  vi.stubGlobal('fetch', browserFetch(globalThis.fetch))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})
afterAll(() => server.close())

/** `fetch` as the page has it: relative addresses, its cookies and its Origin, on a link with a will of its own. */
function browserFetch(real: typeof fetch): typeof fetch {
  return async (input, init) => {
    const url = String(input)
    const { messages = [] } = JSON.parse(String(init?.body)) as { messages?: unknown[] }
    const texts = messages.filter((message) => typeof message === 'string').length
    if (texts > 0) batches.push(texts)
    const fate = url === '/api/streams' ? 'arrives' : fateOf(url, (posts += 1))
    if (fate === 'lost') throw new TypeError('Load failed')
    if (fate === 'proxyError') return new Response('<h1>502</h1>', { status: 502 })
    if (fate === 'refused') return new Response('{}', { status: 401 })
    const headers = { ...(init?.headers as object), cookie: admin.cookieHeader, origin: admin.origin }
    const answer = await real(`${server.base}${url}`, { ...init, headers })
    if (fate !== 'answerLost') return answer
    await answer.text()
    throw new TypeError('Load failed')
  }
}

/** An open one, with what came over it. */
async function openSocket() {
  const socket = new HttpsSocket('/api/live')
  const got: unknown[] = []
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()))
  socket.addEventListener('message', (event) => got.push((event as MessageEvent).data))
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  return { socket, got, closed }
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_none, n) => `message ${n}`)

describe('a socket over plain https', () => {
  it('opens, brings text and bytes, answers pings, and says goodbye', async () => {
    const { socket, got, closed } = await openSocket()
    const line = opened[0]?.socket
    const pongs: string[] = []
    line?.on('pong', (data) => pongs.push(data.toString()))
    line?.send('über')
    line?.send(Buffer.from([1, 2, 3]), { binary: true })
    line?.ping('mark')
    // The gateway's own first ping is answered before.
    await vi.waitFor(() => expect(pongs.at(-1)).toBe('mark'))
    await vi.waitFor(() => expect(got).toHaveLength(2))
    expect([got[0], new Uint8Array(got[1] as ArrayBuffer)]).toEqual(['über', new Uint8Array([1, 2, 3])])
    line?.close(1000, 'enough')
    await closed
    expect(socket.readyState).toBe(WebSocket.CLOSED)
  })

  it('says everything once and in order, whatever becomes of its requests', async () => {
    const total = rounds(24, 2_000)
    const fates: Fate[] = ['arrives', 'lost', 'answerLost', 'proxyError']
    const { socket } = await openSocket()
    // A fixed pattern, in which no batch fails for longer than it is tried.
    fateOf = (_url, count) => fates[(count * 7 + (count >> 2)) % fates.length] ?? 'arrives'
    const all = numbered(total)
    for (const message of all) {
      socket.send(message)
      if (message.endsWith('3'))
        await vi.waitFor(() => expect(heard.at(-1)).toBe(message), { timeout: 10_000 })
    }
    await vi.waitFor(() => expect(heard).toHaveLength(total), { timeout: 10_000 })
    expect(heard).toEqual(all)
    socket.close()
  }, 600_000)

  it('sends what is said in one moment together, and large things in parts', async () => {
    const { socket } = await openSocket()
    for (const message of numbered(50)) socket.send(message)
    await vi.waitFor(() => expect(heard).toHaveLength(50))
    const large = ['a', 'b', 'c'].map((letter) => letter.repeat(40_000))
    for (const message of large) socket.send(message)
    await vi.waitFor(() => expect(heard).toHaveLength(53))
    expect(batches).toEqual([50, 1, 1, 1])
    expect(heard.slice(50).map((text) => text[0])).toEqual(['a', 'b', 'c'])
    socket.close()
  })

  it('ends instead of delivering late: a key must not wait for a link that comes back some time', async () => {
    const { socket, closed } = await openSocket()
    fateOf = () => 'lost'
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    socket.send('take')
    await vi.advanceTimersByTimeAsync(4_000)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    await vi.advanceTimersByTimeAsync(2_000)
    vi.useRealTimers()
    await closed
    const before = posts
    fateOf = () => 'arrives'
    socket.send('later')
    expect([heard, posts]).toEqual([[], before])
  })

  it('ends when the server knows nothing of it any more', async () => {
    const { socket, closed } = await openSocket()
    opened[0]?.socket.terminate()
    await closed
    expect(socket.readyState).toBe(WebSocket.CLOSED)
  })

  it('ends at the first refusal, and sends nothing again', async () => {
    const { socket, closed } = await openSocket()
    await vi.waitFor(() => expect(posts).toBeGreaterThan(0))
    const before = posts
    fateOf = () => 'refused'
    socket.send('key')
    await closed
    expect([heard, posts]).toEqual([[], before + 1])
  })

  it('is over for the server at once when the page closes it', async () => {
    const { socket } = await openSocket()
    const gone = new Promise((resolve) => opened[0]?.socket.once('close', resolve))
    socket.close()
    await gone
  })

  it.each([
    ['a login page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['a refusal', () => new Response('{}', { status: 401, headers: { 'content-type': 'application/json' } })],
    [
      'nonsense',
      () => new Response('hello there', { headers: { 'content-type': 'application/octet-stream' } }),
    ],
  ])('closes without having been open when the answer is %s', async (_what, answer) => {
    vi.stubGlobal('fetch', async () => answer())
    const socket = new HttpsSocket('/api/live')
    const events: string[] = []
    for (const name of ['open', 'close']) socket.addEventListener(name, () => events.push(name))
    await vi.waitFor(() => expect(events).toEqual(['close']))
  })
})
