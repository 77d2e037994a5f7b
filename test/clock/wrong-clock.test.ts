import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import type { AuditRow, SessionRow, SessionView } from '../../server/contract/access.ts'
import type { NewGuestLink } from '../../server/contract/guest.ts'
import { newToken } from '../../server/access/token.ts'
import { ApiClient } from '../support/api-client.ts'
import { FakedTime } from '../support/faked-time.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

const password = 'correct horse battery'
const minute = 60_000
const year = 365 * 24 * 60 * minute
const moved = /times were moved along/g

let folder: string
let time: FakedTime
let server: ServerProcess
let ada: ApiClient
let mia: ApiClient
let socket: WebSocket

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-clock-'))
  // As a Raspberry Pi starts, before it has heard from a time server.
  time = new FakedTime(30_000)
})
afterAll(async () => {
  socket.terminate()
  await server.stop()
  time.remove()
  rmSync(folder, { recursive: true })
})

const run = async (): Promise<void> => {
  server = await startServer({ dataDir: folder, env: { ...time.env, CRASHCART_LOG_LEVEL: 'warn' } })
}
const jumps = (): number => [...server.output().matchAll(moved)].length
/** Sets the clock of the machine and waits until the server went along. */
async function setClock(at: number): Promise<void> {
  const before = jumps()
  time.set(at)
  await expect.poll(jumps, { timeout: 10_000 }).toBe(before + 1)
}
async function restart(): Promise<void> {
  socket.terminate()
  await server.stop()
  await run()
  ada = ada.at(server.port)
  mia = mia.at(server.port)
  await openLive()
}
async function openLive(): Promise<void> {
  socket = ada.socket('/api/live')
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
}
/** What the server says the time is, over the socket that has been open all the time. */
function liveTime(): Promise<number> {
  return new Promise((resolve) => {
    const take = (data: unknown): void => {
      const message = JSON.parse(String(data)) as { type: string; serverTime: number }
      if (message.type !== 'pong') return
      socket.off('message', take)
      resolve(message.serverTime)
    }
    socket.on('message', take)
    socket.send(JSON.stringify({ type: 'ping', t: 1 }))
  })
}
async function expectEverybodyStillIn(at: number): Promise<void> {
  const view = await ada.ok<SessionView>('GET', '/api/session')
  expect(view).toMatchObject({ state: 'signedIn', user: { name: 'Ada' } })
  expect(await mia.ok('GET', '/api/session')).toMatchObject({ state: 'guest' })
  expect(socket.readyState).toBe(socket.OPEN)
  expect(Math.abs((await liveTime()) - at)).toBeLessThan(minute)
  if ('serverTime' in view) expect(Math.abs(view.serverTime - at)).toBeLessThan(minute)
}
/** The server's certificate as a phone with the right time sees it. */
async function isInForceToday(): Promise<boolean> {
  const peer = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
  await new Promise((resolve, reject) => peer.once('secureConnect', resolve).once('error', reject))
  const leaf = new X509Certificate(peer.getPeerCertificate().raw)
  peer.destroy()
  const ca = new X509Certificate(String((await ada.call('GET', '/ca.crt')).body))
  const now = Date.now()
  return (
    leaf.verify(ca.publicKey) &&
    [leaf, ca].every(({ validFrom, validTo }) => Date.parse(validFrom) < now && now < Date.parse(validTo))
  )
}

describe('a machine without a clock battery', () => {
  it('is set up and signed in to in 1970, with certificates that are good today', async () => {
    await run()
    ada = new ApiClient(server.port)
    const code = (await server.find(/setup code: (\S+)/))[1]
    await ada.ok('POST', '/api/setup', { code, name: 'Ada', password, trust: false })
    const { token } = await ada.ok<NewGuestLink>('POST', '/api/guest-links', {
      level: 'look',
      deviceId: null,
      forMs: 60 * minute,
    })
    mia = new ApiClient(server.port)
    await mia.ok('POST', '/api/guest/join', { token, name: 'Mia', claim: newToken() })
    await openLive()
    expect(new Date(await liveTime()).getUTCFullYear()).toBe(1970)
    expect(await isInForceToday()).toBe(true)
  })

  it('signs nobody out when it hears the time, and keeps every socket', async () => {
    await setClock(Date.now())
    await expectEverybodyStillIn(Date.now())
    const [session] = await ada.ok<SessionRow[]>('GET', '/api/sessions')
    expect(Math.abs((session?.createdAt ?? 0) - Date.now())).toBeLessThan(minute)
    expect(await isInForceToday()).toBe(true)
  })

  it('marks what was recorded before', async () => {
    const rows = await ada.ok<AuditRow[]>('GET', '/api/audit')
    const of = (event: string): AuditRow | undefined => rows.find((row) => row.event === event)
    const { at = 0, clockOffMs = 0 } = of('setup.done') ?? {}
    expect(new Date(at).getUTCFullYear()).toBe(1970)
    expect(Math.abs(at + clockOffMs - Date.now())).toBeLessThan(minute)
    expect(of('clock.set')?.clockOffMs).toBeUndefined()
  })

  it('starts in 1970 again after a power cut, and again signs nobody out', async () => {
    time.set(40_000)
    await restart()
    await expectEverybodyStillIn(40_000)
    expect(await isInForceToday()).toBe(true)
    await setClock(Date.now())
    await expectEverybodyStillIn(Date.now())
    expect(await isInForceToday()).toBe(true)
  })

  it('goes years ahead and back: nobody is signed out, kept out, or made to trust another CA', async () => {
    const ca = (await ada.call('GET', '/ca.crt')).body
    await setClock(Date.now() + 12 * year)
    await expectEverybodyStillIn(Date.now() + 12 * year)
    expect(await isInForceToday()).toBe(true)
    const guess = new ApiClient(server.port)
    for (let count = 0; count < 6; count += 1) {
      await guess.call('POST', '/api/session', { name: 'Ada', password: 'a wrong one', trust: false })
    }
    await setClock(Date.now())
    await expectEverybodyStillIn(Date.now())
    // Whoever was slowed down waits for seconds, not for years.
    const answer = await guess.call('POST', '/api/session', { name: 'Ada', password, trust: false })
    const waitMs = (answer.body as { error?: { details?: { retryAfterMs: number } } }).error?.details
    expect(waitMs?.retryAfterMs ?? 0).toBeLessThanOrEqual(30_000)
    expect((await ada.call('GET', '/ca.crt')).body).toBe(ca)
    expect(await isInForceToday()).toBe(true)
  })

  it('marks what was recorded ahead, and not what was right before', async () => {
    await ada.ok('POST', '/api/hosts', { name: 'now.example.org' })
    const rows = await ada.ok<AuditRow[]>('GET', '/api/audit')
    const refused = rows.filter(({ event }) => event === 'session.refused')
    expect(refused.length).toBeGreaterThan(0)
    for (const row of refused) expect(row.clockOffMs).toBeLessThan(-11 * year)
    expect(rows.find(({ event }) => event === 'host.allowed')?.clockOffMs).toBeUndefined()
  })
})
