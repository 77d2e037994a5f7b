import { afterEach, describe, expect, test } from 'vitest'
import {
  getChassisStatus,
  IpmiClient,
  type IpmiClientOptions,
  IpmiOptionError,
  openUdpLink,
  optionWarnings,
  type QuirkName,
} from 'node-ipmi'
import { until } from '../../peers/ipmi/child.ts'
import { type Bench, failure, startBench } from '../support.ts'

let bench: Bench

afterEach(() => bench[Symbol.asyncDispose]())

test('logs in with suite 17 first and reads the chassis', async () => {
  bench = await startBench()
  const client = bench.client()
  const status = await client.run(getChassisStatus())
  expect(status).toMatchObject({ isPowered: true, restorePolicy: 'last-state' })
  expect(client.cipherSuite).toBe(17)
})

test('falls back to suite 3, and never to a weaker one', async () => {
  bench = await startBench({ suites: [0, 1, 2, 3] })
  const client = bench.client()
  await client.connect()
  expect(client.cipherSuite).toBe(3)
  await using weak = await startBench({ suites: [0, 1, 2] })
  expect(await failure(weak.client().connect())).toMatchObject({
    code: 'ipmi/unsupported',
    step: 'open session',
  })
})

test('falls back to suite 3 where the BMC says nothing to suite 17, and names a suite without an answer', async () => {
  bench = await startBench({ suites: [3], ignoresOtherSuites: true })
  const client = bench.client({ connectTimeoutMs: 800 })
  await client.connect()
  expect(client.cipherSuite).toBe(3)
  const strict = bench.client({ connectTimeoutMs: 300, cipherSuites: [17] })
  expect(await failure(strict.connect())).toMatchObject({
    code: 'ipmi/timeout',
    step: 'open session',
    message: expect.stringContaining('cipher suite 17'),
  })
})

test.each([0, 1, 2, 3, 15, 16, 17])('speaks suite %i when it is asked for by number', async (suite) => {
  bench = await startBench({ suites: [suite] })
  const client = bench.client({ cipherSuites: [suite] })
  expect((await client.run(getChassisStatus())).isPowered).toBe(true)
})

test('works over IPv6', async () => {
  bench = await startBench({ host: '::1' })
  expect((await bench.client().run(getChassisStatus())).isPowered).toBe(true)
})

test('uses K_g where the BMC has one', async () => {
  bench = await startBench({ kg: 'two-key' })
  expect((await bench.client({ kg: 'two-key' }).run(getChassisStatus())).isPowered).toBe(true)
  expect(await failure(bench.client().connect())).toMatchObject({ reason: 'wrong-kg', step: 'RAKP 3' })
  expect(await failure(bench.client({ kg: 'other' }).connect())).toMatchObject({ reason: 'wrong-kg' })
})

test.each([
  [{ username: 'nobody' }, 'unknown-user'],
  [{ password: 'wrong' }, 'wrong-password'],
])('says why a login was refused: %o', async (options, reason) => {
  bench = await startBench()
  const error = await failure(bench.client(options).connect())
  expect(error).toMatchObject({ code: 'ipmi/refused-credentials', reason, step: 'RAKP 1' })
})

test('a refused login holds no slot of the BMC', async () => {
  bench = await startBench({ maxSessions: 2 })
  for (let i = 0; i < 5; i++) {
    const error = await failure(bench.client({ password: 'wrong' }).connect())
    expect(error).toMatchObject({ reason: 'wrong-password' })
    await until('the slot to be free', () => bench.bmc.sessions.all.length === 0)
  }
})

test.each([
  ['other algorithms', 'ipmi/tampered'],
  ['wrong RAKP 2 code', 'ipmi/refused-credentials'],
  ['wrong RAKP 4 value', 'ipmi/refused-credentials'],
] as const)('refuses a BMC that lies (%s) and tells it so', async (lie, code) => {
  bench = await startBench()
  bench.bmc.faults.lie = lie
  expect(await failure(bench.client({ cipherSuites: [17] }).connect())).toMatchObject({ code })
  await until('the half-open session to go', () => bench.bmc.sessions.all.length === 0)
})

test('says that the BMC has no free session', async () => {
  bench = await startBench({ maxSessions: 1 })
  await bench.client().connect()
  expect(await failure(bench.client().connect())).toMatchObject({ code: 'ipmi/busy', what: 'sessions' })
})

test('waits after a refusal, longer each time, and sends nothing meanwhile', async () => {
  bench = await startBench()
  let nowMs = 0
  const clock = {
    nowMs: () => nowMs,
    after: (delayMs: number, callback: () => void) => {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  }
  const client = bench.client({ password: 'wrong', clock })
  expect(await failure(client.connect())).toMatchObject({ code: 'ipmi/refused-credentials' })
  const asked = bench.bmc.requests.length
  expect(await failure(client.connect())).toMatchObject({ code: 'ipmi/backing-off', retryAtMs: 2000 })
  expect(bench.bmc.requests.length).toBe(asked)
  nowMs = 2001
  expect(await failure(client.connect())).toMatchObject({ code: 'ipmi/refused-credentials' })
  expect(await failure(client.connect())).toMatchObject({ code: 'ipmi/backing-off', retryAtMs: 2001 + 4000 })
})

test('a user with less privilege than asked for logs in as what it is', async () => {
  bench = await startBench()
  const client = bench.client({ username: 'user', password: 'user' })
  expect((await client.run(getChassisStatus())).isPowered).toBe(true)
})

test('says that nothing listens', async () => {
  bench = await startBench()
  const client = bench.client()
  await bench.bmc.close()
  expect(await failure(client.connect())).toMatchObject({ code: 'ipmi/unreachable' })
  // Where a name was looked up by `openLink`, the host given is not where the datagrams went.
  const unasked = bench.client({
    host: '192.0.2.1',
    quirks: ['authcap'],
    openLink: (_, port) => openUdpLink(bench.bmc.host, port),
  })
  const refused = await failure(unasked.connect())
  expect(refused).toMatchObject({
    message: expect.stringContaining(`${bench.bmc.host} port ${bench.bmc.port}`),
  })
})

test('says that nothing answers, after the time given', async () => {
  bench = await startBench()
  bench.bmc.faults.isDead = true
  const client = bench.client({ connectTimeoutMs: 300 })
  expect(await failure(client.connect())).toMatchObject({ code: 'ipmi/timeout' })
})

test('an unknown name is told apart from a silent machine', async () => {
  bench = await startBench()
  const client = bench.client({ host: 'no-such-host.invalid' })
  expect(await failure(client.connect())).toMatchObject({ code: 'ipmi/unreachable', step: 'look-up' })
})

test('an abort ends a login', async () => {
  bench = await startBench()
  bench.bmc.faults.isDead = true
  const abort = new AbortController()
  const connecting = failure(bench.client().connect({ signal: abort.signal }))
  abort.abort(new Error('enough'))
  expect(await connecting).toMatchObject({ message: 'enough' })
})

test.each([
  [{ password: 'x'.repeat(21) }, 'password'],
  [{ username: 'x'.repeat(17) }, 'username'],
  [{ kg: 'x'.repeat(21) }, 'kg'],
  [{ cipherSuites: [4] }, 'cipherSuites'],
  [{ cipherSuites: [] }, 'cipherSuites'],
  [{ port: 0 }, 'port'],
  [{ host: '' }, 'host'],
] as [Partial<IpmiClientOptions>, string][])(
  'refuses options that cannot work: %o',
  async (options, option) => {
    bench = await startBench()
    const make = () => new IpmiClient({ host: '127.0.0.1', username: 'a', password: 'b', ...options })
    expect(make).toThrow(IpmiOptionError)
    expect(make).toThrow(`Option ${option}`)
  },
)

test('warns of long passwords, empty ones and weak suites', async () => {
  bench = await startBench()
  const base = { host: 'bmc', username: 'a' }
  expect(optionWarnings({ ...base, password: 'fine' })).toEqual([])
  expect(optionWarnings({ ...base, password: 'x'.repeat(17) })).toHaveLength(1)
  expect(optionWarnings({ ...base, password: '' })).toHaveLength(1)
  expect(optionWarnings({ ...base, password: 'fine', cipherSuites: [0, 2] })).toHaveLength(2)
})

describe('a board that departs from the specification', () => {
  const cases: { quirk: QuirkName; suite?: number; code?: string }[] = [
    { quirk: 'authcap', code: 'ipmi/unsupported' },
    { quirk: 'opensesspriv' },
    { quirk: 'intelplus', suite: 3 },
    { quirk: 'intel20', suite: 3 },
    { quirk: 'i82571spt', code: 'ipmi/timeout' },
    { quirk: 'supermicro20' },
    { quirk: 'sun20' },
    { quirk: 'integritycheckvalue', suite: 0 },
    { quirk: 'nochecksumcheck', code: 'ipmi/timeout' },
  ]
  test.each(cases)('needs quirk $quirk, and works with it', async ({ quirk, suite = 17, code }) => {
    bench = await startBench({ deviations: [quirk], suites: [suite] })
    const options = { cipherSuites: [suite], connectTimeoutMs: 700, commandTimeoutMs: 300 }
    const without = await failure(bench.client(options).run(getChassisStatus()))
    expect(without).toMatchObject({ code: code ?? expect.stringMatching(/^ipmi\//) })
    const client = bench.client({ ...options, quirks: [quirk] })
    expect((await client.run(getChassisStatus())).isPowered).toBe(true)
  })

  test('quirk icts: both ends count the pad without the trailer', async () => {
    bench = await startBench({ deviations: ['icts'], suites: [2] })
    const client = bench.client({ cipherSuites: [2], quirks: ['icts'] })
    expect((await client.run(getChassisStatus())).isPowered).toBe(true)
  })
})
