import { afterEach, expect, test } from 'vitest'
import {
  acknowledgeBootInfo,
  chassisControl,
  chassisIdentify,
  type ClientEvent,
  getBootDevice,
  getChassisStatus,
  getDeviceId,
  getRestartCause,
  IpmiPool,
  rawCommand,
  setBootDevice,
  setPowerRestorePolicy,
} from 'node-ipmi'
import { until } from '../../peers/ipmi/child.ts'
import { type Bench, failure, startBench } from '../support.ts'

let bench: Bench

afterEach(() => bench[Symbol.asyncDispose]())

const controlRequest = '0 2'

function count(request: string): number {
  return bench.bmc.requests.filter((one) => one === request).length
}

test('a warm query is one exchange', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.run(getChassisStatus())
  const before = bench.bmc.requests.length
  await client.run(getChassisStatus())
  expect(bench.bmc.requests.length).toBe(before + 1)
})

test('many users of one client share one session, one request at a time', async () => {
  bench = await startBench()
  const client = bench.client()
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.run(getChassisStatus())))
  expect(answers.every((status) => status.isPowered)).toBe(true)
  expect(bench.bmc.sessions.all).toHaveLength(1)
})

test('reads at user privilege and raises it only to act', async () => {
  bench = await startBench()
  const client = bench.client({ maxPrivilege: 'administrator' })
  await client.run(getChassisStatus())
  expect(bench.bmc.sessions.active[0]?.privilege).toBe(2)
  await client.act(chassisControl('reset'))
  expect(bench.bmc.sessions.active[0]?.privilege).toBe(3)
})

test('refuses to act where the user may only read, and sends nothing', async () => {
  bench = await startBench()
  const client = bench.client({ username: 'user', password: 'user' })
  expect(await client.act(chassisControl('reset'))).toMatchObject({ outcome: 'notSent' })
  expect(bench.board.actions).toEqual([])
})

test.each(['off', 'on', 'cycle', 'reset', 'nmi', 'soft'] as const)('carries out %s once', async (action) => {
  bench = await startBench()
  expect(await bench.client().act(chassisControl(action))).toMatchObject({ outcome: 'acknowledged' })
  expect(bench.board.actions).toEqual([action])
})

test('an action that the BMC refuses was not done', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.act(chassisControl('off'))
  expect(await client.act(chassisControl('cycle'))).toMatchObject({
    outcome: 'notSent',
    error: { code: 'ipmi/completion-code', completionCode: 0xd5 },
  })
})

test('an action to a BMC that cannot be reached was not sent', async () => {
  bench = await startBench()
  bench.bmc.faults.isDead = true
  const client = bench.client({ connectTimeoutMs: 200 })
  expect(await client.act(chassisControl('cycle'))).toMatchObject({ outcome: 'notSent' })
})

test('an action whose answer never comes is unknown, and was carried out once', async () => {
  bench = await startBench()
  const client = bench.client({ commandTimeoutMs: 400 })
  await client.run(setBootDevice('disk'))
  bench.bmc.faults.losesPowerAnswers = true
  expect(await client.act(chassisControl('cycle'))).toMatchObject({
    outcome: 'unknown',
    error: { code: 'ipmi/timeout' },
  })
  expect(bench.board.actions).toEqual(['cycle'])
})

test('what may not be repeated is not sent again on a new session', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.run(setBootDevice('disk'))
  bench.bmc.forgetSessions()
  const identify = rawCommand({ netFn: 0, command: 4, data: Uint8Array.of(9) })
  expect(await failure(client.run(identify))).toMatchObject({ code: 'ipmi/session-lost' })
  expect(bench.bmc.state.identify).toBe('off')
})

test('answers lost on the way: the same request is repeated, carried out once, and acknowledged', async () => {
  bench = await startBench({ seed: 3 })
  const client = bench.client({ commandTimeoutMs: 5000 })
  await client.run(setBootDevice('disk'))
  bench.bmc.faults.lossRate = 0.5
  const result = await client.act(chassisControl('cycle'))
  bench.bmc.faults.lossRate = 0
  expect(result.outcome).toBe('acknowledged')
  expect(bench.board.actions).toEqual(['cycle'])
})

test('quirk nopowerretransmit sends a power datagram once; without it this BMC would act again', async () => {
  bench = await startBench({ repeatsRequests: true })
  bench.bmc.faults.delayMs = 150
  const once = bench.client({ quirks: ['nopowerretransmit'], powerRetransmitMs: 100 })
  expect(await once.act(chassisControl('reset'))).toMatchObject({ outcome: 'acknowledged' })
  expect(bench.board.actions).toEqual(['reset'])
  const usual = bench.client({ powerRetransmitMs: 100 })
  await usual.act(chassisControl('reset'))
  await until('the repeated datagram', () => bench.board.actions.length > 2)
})

test('power goes before the queries that wait', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.run(setBootDevice('disk'))
  bench.bmc.faults.delayMs = 20
  const queries = Promise.all(Array.from({ length: 10 }, () => client.run(getDeviceId())))
  await client.act(chassisControl('reset'))
  expect(
    bench.bmc.requests.slice(0, bench.bmc.requests.lastIndexOf(controlRequest)).filter((r) => r === '6 1')
      .length,
  ).toBeLessThan(3)
  await queries
})

test('a forgotten session is opened again and the query answered', async () => {
  bench = await startBench()
  const client = bench.client()
  const events: ClientEvent['type'][] = []
  client.onEvent((event) => events.push(event.type))
  await client.run(getChassisStatus())
  bench.bmc.forgetSessions()
  expect((await client.run(getChassisStatus())).isPowered).toBe(true)
  expect(events).toEqual(['opened', 'lost', 'opened'])
})

test('after two commands without an answer begins anew on another socket', async () => {
  bench = await startBench()
  const client = bench.client({ commandTimeoutMs: 150 })
  const events: ClientEvent['type'][] = []
  client.onEvent((event) => events.push(event.type))
  await client.connect()
  bench.bmc.faults.isDead = true
  expect(await failure(client.run(getChassisStatus()))).toMatchObject({ code: 'ipmi/timeout' })
  expect(events).toEqual(['opened'])
  expect(await failure(client.run(getChassisStatus()))).toMatchObject({ code: 'ipmi/timeout' })
  bench.bmc.faults.isDead = false
  expect((await client.run(getChassisStatus())).isPowered).toBe(true)
  expect(events).toEqual(['opened', 'lost', 'opened'])
})

test('an action on a forgotten session is sent once, on a new one', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.run(getChassisStatus())
  bench.bmc.forgetSessions()
  expect(await client.act(chassisControl('cycle'))).toMatchObject({ outcome: 'acknowledged' })
  expect(bench.board.actions).toEqual(['cycle'])
})

test('an action on a session that the BMC forgot while its console was open is sent once, on a new one', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.openSol()
  bench.bmc.forgetSessions()
  expect(await client.act(chassisControl('cycle'))).toMatchObject({ outcome: 'acknowledged' })
  expect(bench.board.actions).toEqual(['cycle'])
  expect(count(controlRequest)).toBe(1)
})

test('chassis control by its numbers is a power command like the named one', async () => {
  const cycle = { netFn: 0, command: 2, data: Uint8Array.of(2), isRepeatable: true }
  expect(rawCommand(cycle)).toMatchObject({ isPower: true, isRepeatable: false })
  bench = await startBench({ repeatsRequests: true })
  bench.bmc.faults.delayMs = 150
  const client = bench.client({ quirks: ['nopowerretransmit'], powerRetransmitMs: 100 })
  expect(await client.act(rawCommand(cycle))).toMatchObject({ outcome: 'acknowledged' })
  expect(bench.board.actions).toEqual(['cycle'])
})

test('keeps an idle session alive', async () => {
  bench = await startBench()
  const client = bench.client({ keepAliveMs: 30 })
  await client.run(getChassisStatus())
  await until('three keep-alives', () => count('6 1') >= 3)
  expect(bench.bmc.sessions.all).toHaveLength(1)
})

test('closes its session', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.connect()
  await client.close()
  expect(bench.bmc.sessions.all).toHaveLength(0)
  expect(await failure(client.run(getChassisStatus()))).toMatchObject({ code: 'ipmi/closed' })
})

test('an abort ends a waiting and a running query; the next one works', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.connect()
  bench.bmc.faults.isDead = true
  const abort = new AbortController()
  const running = failure(client.run(getChassisStatus(), { signal: abort.signal }))
  const waiting = failure(client.run(getDeviceId(), { signal: abort.signal }))
  abort.abort(new Error('left the page'))
  expect(await running).toMatchObject({ message: 'left the page' })
  expect(await waiting).toMatchObject({ message: 'left the page' })
  bench.bmc.faults.isDead = false
  expect((await client.run(getChassisStatus())).isPowered).toBe(true)
})

test('an action aborted before its turn was not sent', async () => {
  bench = await startBench()
  const client = bench.client()
  const abort = new AbortController()
  abort.abort(new Error('let go'))
  expect(await client.act(chassisControl('off'), { signal: abort.signal })).toMatchObject({
    outcome: 'notSent',
    reason: 'let go',
  })
  expect(bench.board.actions).toEqual([])
})

test('10 % loss, doubling and reordering: every command completes, every action is carried out once', async () => {
  bench = await startBench({ seed: 11 })
  const client = bench.client({ retransmitMs: 25, commandTimeoutMs: 4000 })
  await client.connect()
  Object.assign(bench.bmc.faults, { lossRate: 0.1, duplicateRate: 0.1, reorderRate: 0.1 })
  for (let i = 0; i < 20; i++) {
    for (let n = 0; n < 8; n++) expect((await client.run(getChassisStatus())).isPowered).toBe(true)
    expect(await client.act(chassisControl('reset'))).toMatchObject({ outcome: 'acknowledged' })
  }
  expect(bench.board.actions).toEqual(Array.from({ length: 20 }, () => 'reset'))
})

test('logs in through 20 % loss', async () => {
  bench = await startBench({ seed: 5 })
  Object.assign(bench.bmc.faults, { lossRate: 0.2, duplicateRate: 0.1 })
  for (let i = 0; i < 10; i++) {
    const client = bench.client({ retransmitMs: 25 })
    await client.connect()
    await client.close()
  }
})

test('boot device, restore policy, identify and restart cause', async () => {
  bench = await startBench()
  const client = bench.client()
  await client.run(acknowledgeBootInfo())
  await client.run(setBootDevice('setup', { isEfi: true }))
  expect(await client.run(getBootDevice())).toEqual({
    device: 'setup',
    isPersistent: false,
    isEfi: true,
    isValid: true,
  })
  await client.run(setBootDevice('network', { isPersistent: true }))
  expect(await client.run(getBootDevice())).toMatchObject({ device: 'network', isPersistent: true })
  expect(await client.run(setPowerRestorePolicy('always-on'))).toEqual([
    'stay-off',
    'last-state',
    'always-on',
  ])
  await client.run(chassisIdentify('on'))
  await client.act(chassisControl('reset'))
  expect(await client.run(getChassisStatus())).toMatchObject({ restorePolicy: 'always-on', identify: 'on' })
  expect(await client.run(getRestartCause())).toEqual({ cause: 'chassis control command', channel: 1 })
})

test('sends any command by its numbers', async () => {
  bench = await startBench()
  const data = await bench.client().run(rawCommand({ netFn: 6, command: 1, privilege: 'user' }))
  expect(data.subarray(0, 3)).toEqual(Buffer.from([0x20, 0x01, 0x02]))
  expect(await failure(bench.client().run(rawCommand({ netFn: 6, command: 0x99 })))).toMatchObject({
    code: 'ipmi/completion-code',
    completionCode: 0xc1,
  })
})

test('a pool gives all users of an endpoint one client, and closes it after the last', async () => {
  bench = await startBench()
  const pool = new IpmiPool()
  const options = { host: bench.bmc.host, port: bench.bmc.port, username: 'admin', password: 'admin' }
  const [first, second] = [pool.acquire('rack-a', options), pool.acquire('rack-a', options)]
  expect(first.client).toBe(second.client)
  await first.client.connect()
  await first.release()
  await first.release()
  expect((await second.client.run(getChassisStatus())).isPowered).toBe(true)
  await second.release()
  expect(bench.bmc.sessions.all).toHaveLength(0)
})
