import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { quantile } from '../../bench/figure.ts'
import { flood } from '../../bench/support/flood.ts'
import { issueCa, issueLeaf } from '../../server/access/certificates/issue.ts'
import { scopeFor } from '../../server/access/certificates/name-constraints.ts'
import type { SocketRoute } from '../../server/http/route.ts'
import { isSoak } from '../support/rounds.ts'
import { startServer } from '../support/server-process.ts'
import { startTestServer, type Client, type TestServer } from './harness.ts'

/** As the server has them. */
const mostOfOneAddress = 128
const mostOfAll = 1_024
/** Nobody of these strangers ever gets to it. */
const live: SocketRoute = {
  url: '/live',
  access: 'signedIn',
  maxPayloadBytes: 100,
  messages: {},
  open: vi.fn(),
}

let server: TestServer
let owner: Client
const strangers: Socket[] = []

beforeEach(async () => {
  const ca = await issueCa('flood', scopeFor([]), Date.now())
  server = await startTestServer({ sockets: [live], tls: await issueLeaf(ca, ['localhost'], Date.now()) })
  owner = await server.setUp()
})
afterEach(async () => {
  for (const stranger of strangers.splice(0)) stranger.destroy()
  await server.close()
})

/** Opens connections of strangers one after the other, each with the start of a head. */
async function strangersFrom(address: string, count: number, how: 'https' | 'plain'): Promise<Socket[]> {
  const opened: Socket[] = []
  for (let n = 0; n < count; n++) {
    const plain = connectPlain({ host: '127.0.0.1', localAddress: address, port: portOf(how) })
    plain.on('error', () => undefined)
    const socket = how === 'plain' ? plain : connectTls({ socket: plain, rejectUnauthorized: false })
    socket.on('error', () => undefined).resume()
    strangers.push(socket)
    opened.push(socket)
    await once(socket, how === 'plain' ? 'connect' : 'secureConnect')
    socket.write('GET /healthz HTTP/1.1\r\nX-Slow: ')
  }
  return opened
}

function portOf(how: 'https' | 'plain'): number {
  return how === 'https' ? server.httpsPort : Number(new URL(server.base).port)
}

const standing = (sockets: Socket[]): Socket[] => sockets.filter((socket) => !socket.closed)

async function expectServing(): Promise<void> {
  expect(await owner.get('/healthz')).toMatchObject({ status: 200 })
  expect(await owner.get('/api/users')).toMatchObject({ status: 200 })
}

it.each(['https', 'plain'] as const)(
  'of 160 slow connections that one address opens over %s the last 128 stand, and the owner works on',
  async (how) => {
    const { port } = new URL(server.base)
    const session = connectPlain({ host: '127.0.0.1', port: Number(port), localAddress: '127.0.0.2' })
    strangers.push(session)
    session.write(
      `GET /api/session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${owner.cookieHeader}\r\n\r\n`,
    )
    await once(session, 'data')
    const slow = await strangersFrom('127.0.0.2', 160, how)
    await expect.poll(() => standing(slow).length).toBe(mostOfOneAddress)
    expect(standing(slow)).toEqual(slow.slice(-mostOfOneAddress))
    expect(session.closed).toBe(false)
    await expectServing()
  },
)

it('of 1,200 from ten addresses 1,024 stand, and an address with few keeps them', async () => {
  const few = await strangersFrom('127.0.0.30', 3, 'plain')
  const addresses = Array.from({ length: 10 }, (_, n) => `127.0.0.${2 + n}`)
  const many = (await Promise.all(addresses.map((address) => strangersFrom(address, 120, 'plain')))).flat()
  // The asking takes a place too.
  await expectServing()
  await expect.poll(() => standing([...few, ...many]).length).toBeLessThanOrEqual(mostOfAll)
  expect(standing(many).length).toBeGreaterThan(mostOfAll - 10)
  expect(standing(few)).toHaveLength(few.length)
})

it('500 upgrades without a session are each answered with a refusal, and none of their connections stays', async () => {
  const { host } = new URL(server.base)
  const answers = Array.from({ length: 500 }, async (_, n) => {
    const where = { host: '127.0.0.1', localAddress: `127.0.0.${2 + (n % 20)}`, port: portOf('plain') }
    const socket = connectPlain(where)
    strangers.push(socket)
    let text = ''
    socket.setEncoding('latin1').on('data', (piece: string) => (text += piece))
    socket.write(
      `GET /live HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${server.base}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    await once(socket, 'close')
    return text.split('\r\n')[0]
  })
  await expectServing()
  const refused = new Set(await Promise.all(answers))
  expect([...refused]).toEqual(['HTTP/1.1 401 Refused'])
  expect(live.open).not.toHaveBeenCalled()
})

/** Only here is time measured: not in every run, and nothing is skipped there either. */
if (isSoak) {
  it('under 2,000 slow connections and 10,000 upgrades from twenty addresses 99 of 100 health checks take less than 500 ms', async () => {
    const real = await startServer({ env: { CRASHCART_LOG_LEVEL: 'silent' } })
    try {
      const { probes, standing: stood, end } = await flood(real.port, { slow: 2_000, upgrades: 10_000 })
      end()
      expect(probes.length).toBeGreaterThan(50)
      expect(quantile(probes, 0.99)).toBeLessThan(500)
      // As many as may stand at once did; how many the strangers believe to stand comes after that.
      expect(stood).toBeGreaterThan(mostOfAll * 0.9)
    } finally {
      await real.stop()
    }
  }, 900_000)
}
