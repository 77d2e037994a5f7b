import { describe, expect, test } from 'vitest'
import type { PowerSignal } from '../../../server/drivers/driver.ts'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import { accessTo, online, open, quickTimings, simulated, until } from './rig.ts'

const reset: PowerSignal = { target: 'atx', button: 'reset' }
const soon = () => AbortSignal.timeout(5000)
const posts = (requests: readonly { method: string; path: string }[]) =>
  requests.filter(({ method, path }) => method === 'POST' && path !== '/api/auth/login').length

describe('ATX buttons', () => {
  test.each(['power', 'powerLong', 'reset'] as const)(
    '%s is pressed exactly once and acknowledged',
    async (button) => {
      const { pikvm, machine } = await simulated()
      const { connection } = await online(await accessTo(pikvm))
      const sent = await connection.power!.send({ target: 'atx', button }, soon())
      expect(sent).toMatchObject({ outcome: 'acknowledged', reason: 'accepted' })
      await until(() => !connection.state.state.atxBusy.value && machine.presses.length > 0, 'the press')
      expect(machine.presses).toHaveLength(1)
      expect(posts(pikvm.requests)).toBe(1)
    },
  )

  test('are pressed with a dark LED too', async () => {
    const { pikvm, machine } = await simulated()
    machine.setLedWired(false)
    const { connection } = await online(await accessTo(pikvm))
    expect(connection.state.state.power.value).toBeNull()
    expect((await connection.power!.send(reset, soon())).outcome).toBe('acknowledged')
    await until(() => machine.presses.length === 1, 'the press')
  })

  test('a second press while the first is running was not sent', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    await connection.power!.send({ target: 'atx', button: 'powerLong' }, soon())
    const second = await connection.power!.send({ target: 'atx', button: 'power' }, soon())
    expect(second).toMatchObject({ outcome: 'notSent', reason: 'device/busy' })
    await until(() => machine.presses.length === 1 && !machine.isOn, 'the first press to end')
  })

  test('an ATX that is switched off was not pressed', async () => {
    const { pikvm, machine } = await simulated({ atxEnabled: false })
    const { connection } = await online(await accessTo(pikvm))
    expect(await connection.power!.send(reset, soon())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/unsupported',
    })
    expect(machine.presses).toEqual([])
  })

  test('wrong credentials did not press', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = open(await accessTo(pikvm, { password: 'wrong' }))
    expect(await connection.power!.send(reset, soon())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/refusedCredentials',
    })
    expect(machine.presses).toEqual([])
  })

  test('with TOTP a cookie that died is renewed before the press, and the press is sent once', async () => {
    const totpSecret = 'JBSWY3DPEHPK3PXP'
    const { pikvm, machine } = await simulated({ totpSecret })
    const own = createPikvmDriver({ timings: quickTimings })
    const { connection } = await online(await accessTo(pikvm, { totpSecret }), own)
    expect((await connection.power!.send(reset, soon())).outcome).toBe('acknowledged')
    await until(() => machine.presses.length === 1, 'the press')
    expect(posts(pikvm.requests)).toBe(1)
  })
})

describe('what a send is worth when the device dies', () => {
  test('before the connection: not sent', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    await pikvm.die()
    expect(await connection.power!.send(reset, soon())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/unreachable',
    })
  })

  test('with another certificate: not sent', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    await pikvm.changeCertificate()
    expect(await connection.power!.send(reset, soon())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/pinChanged',
    })
    expect(machine.presses).toEqual([])
  })

  test('when the request has arrived: unknown, and never sent again', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    pikvm.faults.inject({ name: 'cutBeforeEffect', method: 'POST', times: 1 })
    expect((await connection.power!.send(reset, soon())).outcome).toBe('unknown')
    expect(posts(pikvm.requests)).toBe(1)
    expect(machine.presses).toEqual([])
  })

  test('after the effect: unknown, and never sent again', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    pikvm.faults.inject({ name: 'replyLost', method: 'POST', times: 1 })
    expect((await connection.power!.send(reset, soon())).outcome).toBe('unknown')
    await until(() => machine.presses.length === 1, 'the press')
    expect(posts(pikvm.requests)).toBe(1)
  })

  test('while its daemon restarts (502): unknown', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const restarted = pikvm.restartKvmd(400)
    expect(await connection.power!.send(reset, soon())).toMatchObject({
      outcome: 'unknown',
      reason: 'device/unreachable',
    })
    await restarted
  })

  test('behind a pulled cable: not sent, since it never connected', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    await pikvm.enterBlackHole()
    expect(await connection.power!.send(reset, soon())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/timeout',
    })
    await pikvm.leaveBlackHole()
  })

  test('with an answer that does not come: unknown in time', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    pikvm.faults.inject({ name: 'slow', method: 'POST', delayMs: 4000 })
    expect(await connection.power!.send(reset, soon())).toMatchObject({
      outcome: 'unknown',
      reason: 'device/timeout',
    })
  })

  test('with an answer of ten gigabytes or of nonsense: unknown', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    for (const name of ['hugeBody', 'garbageJson'] as const) {
      pikvm.faults.inject({ name, method: 'POST', times: 1 })
      const sent = await connection.power!.send(reset, soon())
      expect(sent).toMatchObject({ outcome: 'unknown', reason: 'device/protocol' })
      await until(() => pikvm.kvmd?.atx.state().busy === false, 'an idle ATX board')
    }
  })

  test('given up by the caller: not sent before the request, unknown after it', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    expect(await connection.power!.send(reset, AbortSignal.abort())).toMatchObject({
      outcome: 'notSent',
      reason: 'aborted',
    })
    expect(machine.presses).toEqual([])
    pikvm.faults.inject({ name: 'slow', method: 'POST', delayMs: 1000, times: 1 })
    const caller = new AbortController()
    const sending = connection.power!.send(reset, caller.signal)
    await until(() => posts(pikvm.requests) === 1, 'the request')
    caller.abort()
    expect(await sending).toMatchObject({ outcome: 'unknown', reason: 'aborted' })
  })
})

describe('GPIO', () => {
  test('a switched output is read back after it was busy', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const on = await connection.power!.send({ target: 'gpio:relay1', operation: 'switchOn' }, soon())
    expect(on).toMatchObject({ outcome: 'acknowledged', reason: 'readBack' })
    const off = await connection.power!.send({ target: 'gpio:relay1', operation: 'switchOff' }, soon())
    expect(off).toMatchObject({ outcome: 'acknowledged', reason: 'readBack' })
    expect(posts(pikvm.requests)).toBe(2)
  })

  test('a pulse is sent once and waited for', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const pulsed = await connection.power!.send(
      { target: 'gpio:button1', operation: 'pulse', pulseMs: 100 },
      soon(),
    )
    expect(pulsed).toMatchObject({ outcome: 'acknowledged', reason: 'readBack' })
    expect(posts(pikvm.requests)).toBe(1)
  })

  test.each<[string, PowerSignal]>([
    ['an unknown channel', { target: 'gpio:nowhere', operation: 'switchOn' }],
    ['an input', { target: 'gpio:led1', operation: 'switchOn' }],
    ['an output that cannot be switched', { target: 'gpio:button1', operation: 'switchOn' }],
  ])('%s was not switched', async (_name, signal) => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    expect(await connection.power!.send(signal, soon())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/unsupported',
    })
  })

  test('an answer that was acknowledged stays so when reading back fails', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    pikvm.faults.inject({ name: 'garbageJson', method: 'GET', match: '/api/gpio' })
    const on = await connection.power!.send({ target: 'gpio:relay1', operation: 'switchOn' }, soon())
    expect(on).toMatchObject({ outcome: 'acknowledged', reason: 'notReadBack' })
  })
})
