import type { TLSSocket } from 'node:tls'
import { describe, expect, test, vi } from 'vitest'
import type { EndpointAccess, EndpointConnection, EndpointDriver } from '../../../server/drivers/driver.ts'
import { createCredentials, createLoginStore } from '../../../server/drivers/pikvm/credentials.ts'
import { createDialer } from '../../../server/drivers/pikvm/dialer.ts'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import { defaultTimings } from '../../../server/drivers/pikvm/timings.ts'
import { createNameResolver } from '../../../server/names/name-resolver.ts'
import { onRequestHead, rawPeer } from './raw-peer.ts'
import { accessTo, afterThisTest, open, quickTimings, simulated, until } from './rig.ts'

const totpSecret = 'JBSWY3DPEHPK3PXP'
const stepMs = 30_000
const longMs = 5_000
const toldMs = 10_000

/** Answers each request well, but only after `afterMs`, and `never` not at all. */
function slowly(afterMs: number, never: string): (socket: TLSSocket) => void {
  const limits = '"limits":{"desired_fps":{"min":0,"max":90}}'
  const body = `{"ok":true,"result":{"params":{"quality":80,"desired_fps":30},${limits}}}`
  const headers = `Set-Cookie: auth_token=${'0'.repeat(64)}\r\nContent-Length: ${body.length}`
  return (socket) =>
    onRequestHead(socket, (head) => {
      if (head.includes(never)) return
      const timer = setTimeout(() => socket.end(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n${body}`), afterMs)
      socket.on('close', () => clearTimeout(timer))
    })
}

/** Has no service for the first login, whose code is used then; later logins take `loginMs`. */
function refusingFirstLogin(loginMs: number): (socket: TLSSocket) => void {
  let logins = 0
  return (socket) =>
    onRequestHead(socket, (head) => {
      const isLogin = head.includes('/api/auth/login')
      const isFirst = isLogin && logins++ === 0
      const status = isFirst ? '502 Bad Gateway' : '200 OK'
      const reply = `HTTP/1.1 ${status}\r\nSet-Cookie: auth_token=${'0'.repeat(64)}\r\nContent-Length: 0\r\n\r\n`
      const timer = setTimeout(() => socket.end(reply), isLogin && !isFirst ? loginMs : 0)
      socket.on('close', () => clearTimeout(timer))
    })
}

describe('a device that is in time with each answer and late with all together', () => {
  test('is told when its stream is set: nobody waits longer than for one answer', async () => {
    const peer = await rawPeer(slowly(400, '/api/ws'))
    const quick = createPikvmDriver({ timings: { ...quickTimings, readMs: 600, readAllMs: 1_000 } })
    const { connection } = open(await accessTo(peer), quick)
    const limit = AbortSignal.timeout(longMs)
    await expect(connection.stream!.change({ quality: 60 }, limit)).rejects.toMatchObject({
      code: 'device/timeout',
    })
    expect(limit.aborted).toBe(false)
    expect(peer.received()).toContain('set_params?quality=60')
    expect(defaultTimings.readAllMs).toBeLessThan(toldMs)
  })

  test('is told that nothing was changed while nothing was asked of its stream', async () => {
    const peer = await rawPeer(slowly(0, '/api/streamer'))
    const quick = createPikvmDriver({ timings: { ...quickTimings, readAllMs: 300 } })
    const { connection } = open(await accessTo(peer), quick)
    const change = connection.stream!.change({ quality: 60 }, AbortSignal.timeout(longMs))
    await expect(change).rejects.toThrow('Nothing was changed')
    expect(peer.received()).not.toContain('set_params')
  })

  test('is told what its stream has instead, while there is time to say so', async () => {
    const peer = await rawPeer(slowly(0, '/api/ws'))
    const timings = { ...quickTimings, readAllMs: 2_400, streamAppliedMs: 3_000 }
    const { connection } = open(await accessTo(peer), createPikvmDriver({ timings }))
    const change = connection.stream!.change({ quality: 60 }, AbortSignal.timeout(longMs))
    expect(await change).toMatchObject({ notTaken: ['quality'] })
  })

  test('is told when a button is pressed, and nothing was sent', async () => {
    const peer = await rawPeer(slowly(0, '/api/auth/check'))
    const quick = createPikvmDriver({ timings: { ...quickTimings, powerAnswerMs: 600 } })
    const { connection } = open(await accessTo(peer, { totpSecret }), quick)
    const limit = AbortSignal.timeout(longMs)
    expect(await connection.power!.send({ target: 'atx', button: 'reset' }, limit)).toMatchObject({
      outcome: 'notSent',
      reason: 'device/timeout',
    })
    expect(peer.received()).not.toContain('/api/atx/click')
    expect(defaultTimings.powerAnswerMs).toBeLessThan(toldMs)
  })

  test('is not pressed when it would have too little time to answer', async () => {
    const peer = await rawPeer(slowly(400, '/api/ws'))
    const quick = createPikvmDriver({ timings: { ...quickTimings, powerAnswerMs: 1_200, pressNeedsMs: 600 } })
    const { connection } = open(await accessTo(peer, { totpSecret }), quick)
    const sent = connection.power!.send({ target: 'atx', button: 'reset' }, AbortSignal.timeout(longMs))
    expect(await sent).toMatchObject({ outcome: 'notSent', reason: 'device/timeout' })
    expect(peer.received()).toContain('/api/auth/check')
    expect(peer.received()).not.toContain('/api/atx/click')
  })
})

describe('a next one-time code', () => {
  /** Time stands still in the middle of a step. */
  const openAt = (access: EndpointAccess, using: EndpointDriver, nowMs: number): EndpointConnection => {
    const connection = using.open(access, {
      log: { info: () => undefined, warn: () => undefined },
      now: () => nowMs,
      onPinMismatch: () => undefined,
      onGoodAddress: () => undefined,
    })
    afterThisTest(() => connection.close())
    return connection
  }

  test('that is long in coming is why nothing was pressed', async () => {
    const peer = await rawPeer(refusingFirstLogin(0))
    const own = createPikvmDriver({ timings: quickTimings })
    const access = await accessTo(peer, { totpSecret })
    const reset = { target: 'atx', button: 'reset' } as const
    const connection = openAt(access, own, 1_000.5 * stepMs)
    await connection.power!.send(reset, AbortSignal.timeout(longMs))
    const limit = AbortSignal.timeout(longMs)
    expect(await connection.power!.send(reset, limit)).toMatchObject({
      outcome: 'notSent',
      reason: 'codeNotDue',
    })
    expect(peer.received()).not.toContain('/api/atx/click')
    const { pressCodeWaitMs, powerAnswerMs } = defaultTimings
    expect(pressCodeWaitMs + powerAnswerMs).toBeLessThan(20_000)
  })

  test('is waited for also where a login under way waits for it', async () => {
    const access = await accessTo(await rawPeer(refusingFirstLogin(0)), { totpSecret })
    const dialer = createDialer(access, createNameResolver(), {
      onPinMismatch: () => undefined,
      onGoodAddress: () => undefined,
    })
    const parts = { dialer, logins: createLoginStore(), timings: defaultTimings, now: () => 1_000.5 * stepMs }
    const credentials = createCredentials(access, parts)
    await expect(credentials.headers({ timeoutMs: longMs })).rejects.toMatchObject({
      code: 'device/unreachable',
    })
    const caller = new AbortController()
    const underWay = credentials.headers({ timeoutMs: stepMs, signal: caller.signal })
    await expect(credentials.untilCodeDue({ timeoutMs: longMs })).rejects.toMatchObject({
      code: 'device/busy',
    })
    caller.abort()
    await expect(underWay).rejects.toMatchObject({ code: 'device/unreachable' })
  })

  test('leaves the login the rest of the time when a device is added', async () => {
    const peer = await rawPeer(refusingFirstLogin(600))
    const own = createPikvmDriver({ timings: { ...quickTimings, readAllMs: 2_000 } })
    const access = await accessTo(peer, { totpSecret })
    const dueInMs = 700
    const realNow = Date.now
    const skewMs = stepMs - (realNow() % stepMs) - dueInMs
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + skewMs)
    afterThisTest(async () => clock.mockRestore())
    const read = () => own.read(access, AbortSignal.timeout(longMs))
    await expect(read()).rejects.toMatchObject({ code: 'device/unreachable' })
    expect(peer.received()).not.toContain('/api/info')
    await read().catch(() => undefined)
    expect(peer.received()).toContain('/api/info')
  })
})

test('the wait for the next one-time code is no part of the time that a device has', async () => {
  const { pikvm } = await simulated({ totpSecret })
  const attemptMs = 1_500
  const driver = createPikvmDriver({ timings: { ...quickTimings, attemptMs } })
  // A whole attempt and more before the next code is due: longer than the device is given.
  const skewMs = stepMs - (Date.now() % stepMs) - 2 * attemptMs - 300
  pikvm.setClockSkew(skewMs)
  const problems: unknown[] = []
  const connection = driver.open(await accessTo(pikvm, { totpSecret }), {
    log: { info: () => undefined, warn: () => undefined },
    now: () => Date.now() + skewMs,
    onPinMismatch: () => undefined,
    onGoodAddress: () => undefined,
  })
  afterThisTest(() => connection.close())
  connection.state.onChange(({ problem }) => problems.push(problem))
  await until(() => connection.state.state.power.value === 'on', 'the first states')
  await pikvm.restartKvmd(50)
  await until(() => connection.state.state.reachable.value === false, 'the loss')
  await until(() => connection.state.state.power.value === 'on', 'the states again')
  expect(problems).not.toContain('timeout')
})
