import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import { defaultTimings } from '../../../server/drivers/pikvm/timings.ts'
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
})

test('the wait for the next one-time code is no part of the time that a device has', async () => {
  const { pikvm } = await simulated({ totpSecret })
  const attemptMs = 700
  const driver = createPikvmDriver({ timings: { ...quickTimings, attemptMs } })
  // A whole attempt and more before the next code is due: longer than the device is given.
  const skewMs = stepMs - (Date.now() % stepMs) - 3 * attemptMs
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
