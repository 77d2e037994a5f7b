import { TOTP } from 'otpauth'
import { describe, expect, test, vi } from 'vitest'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import { createNameResolver } from '../../../server/names/name-resolver.ts'
import { accessTo, driver, online, open, quickTimings, simulated, until } from './rig.ts'

const never = () => AbortSignal.timeout(5000)
const totpSecret = 'JBSWY3DPEHPK3PXP'

describe('adding a PiKVM', () => {
  test('probe shows the certificate and sends nothing', async () => {
    const { pikvm } = await simulated()
    const shown = await driver.probe(pikvm.host, pikvm.port, never())
    expect(shown.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    expect(shown.validTo).toBeGreaterThan(shown.validFrom)
    expect(pikvm.requests).toEqual([])
  })

  test('read tells what is there, by headers and without logging in', async () => {
    const { pikvm } = await simulated()
    const offer = await driver.read(await accessTo(pikvm), never())
    expect(offer).toMatchObject({ atxEnabled: true, hasSwitch: false })
    expect(offer.version).toMatch(/^4\.\d+$/)
    expect(offer.gpio).toContainEqual(
      expect.objectContaining({ channel: 'relay1', canSwitch: true, canPulse: true, isInput: false }),
    )
    expect(new Set(pikvm.requests.map(({ credential }) => credential))).toEqual(new Set(['headers']))
  })

  test('a wrong password is told as such, after one try', async () => {
    const { pikvm } = await simulated()
    const wrong = await accessTo(pikvm, { password: 'wrong' })
    await expect(driver.read(wrong, never())).rejects.toMatchObject({ code: 'device/refusedCredentials' })
    expect(pikvm.requests).toHaveLength(1)
  })

  test('a password that kvmd can never accept is not sent at all', async () => {
    const { pikvm } = await simulated()
    const wrong = await accessTo(pikvm, { password: 'pässwört' })
    await expect(driver.read(wrong, never())).rejects.toMatchObject({ code: 'device/refusedCredentials' })
    expect(pikvm.requests).toEqual([])
  })

  test('a closed port is unreachable', async () => {
    const { pikvm } = await simulated()
    const access = await accessTo(pikvm)
    await pikvm.die()
    await expect(driver.read(access, never())).rejects.toMatchObject({ code: 'device/unreachable' })
    await expect(driver.probe(pikvm.host, pikvm.port, never())).rejects.toMatchObject({
      code: 'device/unreachable',
    })
  })

  test('with TOTP reading and opening need one login and one code together', async () => {
    const { pikvm } = await simulated({ totpSecret })
    const own = createPikvmDriver({ timings: quickTimings })
    const access = await accessTo(pikvm, { totpSecret })
    expect((await own.read(access, never())).atxEnabled).toBe(true)
    await online(access, own)
    expect(pikvm.requests.filter(({ path }) => path === '/api/auth/login')).toHaveLength(1)
    expect(pikvm.requests.some(({ path }) => path === '/api/auth/logout')).toBe(false)
  })

  test('a password with outer spaces, which a header would lose, is logged in with', async () => {
    const { pikvm } = await simulated({ users: { admin: ' spaced ' } })
    const offer = await driver.read(await accessTo(pikvm, { password: ' spaced ' }), never())
    expect(offer.atxEnabled).toBe(true)
  })
})

describe('state', () => {
  test('is all known soon after opening, on one socket that does not start the streamer', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    await until(() => connection.state.state.cpuTemperatureC.value !== null, 'the temperature')
    expect(connection.state.state).toMatchObject({
      endpointId: 'kvm-1',
      reachable: { value: true },
      problem: null,
      power: { value: 'on' },
      ledWiring: 'wired',
      atxBusy: { value: false },
      keyboardOnline: { value: true },
      mouseAbsolute: { value: true },
      streamerRunning: { value: false },
      signal: { value: null },
    })
    expect(pikvm.webSockets).toEqual([{ stream: false }])
  })

  test('older event names mean the same', async () => {
    const { pikvm } = await simulated({ legacyEventNames: true })
    const { connection } = await online(await accessTo(pikvm))
    expect(connection.state.state.power.value).toBe('on')
  })

  test('a change at the machine is told to listeners', async () => {
    const { pikvm, machine } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const seen: (string | null)[] = []
    connection.state.onChange((state) => seen.push(state.power.value))
    await connection.power!.send({ target: 'atx', button: 'powerLong' }, never())
    await until(() => seen.includes('off'), 'power off')
    expect(machine.isOn).toBe(false)
  })

  test('stays fresh by itself while nothing changes', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const { since, observedAt } = connection.state.state.power
    await until(() => connection.state.state.power.observedAt > observedAt + 300, 'a newer observation')
    expect(connection.state.state.power.since).toBe(since)
  })

  test('a listener that throws harms nobody', async () => {
    const { pikvm } = await simulated()
    const { connection, told } = open(await accessTo(pikvm))
    connection.state.onChange(() => {
      throw new Error('listener')
    })
    await until(() => connection.state.state.power.value === 'on', 'the power state')
    expect(told.warnings.length).toBeGreaterThan(0)
  })
})

describe('reconnecting', () => {
  test('a restart of kvmd (close code 1000) is survived', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    await pikvm.restartKvmd(300)
    await until(
      () => connection.state.state.reachable.value === true && pikvm.webSockets.length === 1,
      'it to be back',
    )
    // kvmd looks at its LEDs a moment after it is there.
    await until(() => connection.state.state.power.value === 'on', 'the LED')
    expect(connection.input!.key('KeyA', true)).toBe(true)
  })

  test('after a restart of kvmd, LEDs that it has not looked at yet are unknown and not off', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    const powers: unknown[] = []
    connection.state.onChange(({ power }) => powers.push(power.value))
    await pikvm.restartKvmd(100, 900)
    await until(
      () => connection.state.state.atxEnabled.value === true && powers.includes(null),
      'it to be back',
    )
    await until(() => connection.state.state.power.value === 'on', 'the first look')
    expect(powers).not.toContain('off')
  })

  test('with TOTP a restart makes it log in again, with a code of another step', async () => {
    const { pikvm } = await simulated({ totpSecret })
    // Both clocks jump one step, so that the test need not wait for the next code.
    let skewMs = 0
    const own = createPikvmDriver({ timings: quickTimings })
    const access = await accessTo(pikvm, { totpSecret })
    const hooks = {
      log: { info: () => undefined, warn: () => undefined },
      now: () => Date.now() + skewMs,
      onPinMismatch: () => undefined,
      onGoodAddress: () => undefined,
    }
    const connection = own.open(access, hooks)
    try {
      const problems: unknown[] = []
      await until(() => connection.state.state.power.value === 'on', 'the first states')
      connection.state.onChange((state) => problems.push(state.problem))
      skewMs = 31_000
      pikvm.setClockSkew(31_000)
      await pikvm.restartKvmd(100)
      await until(() => connection.state.state.reachable.value === false, 'the loss')
      await until(() => connection.state.state.power.value === 'on', 'the states again')
      expect(problems).not.toContain('refusedCredentials')
    } finally {
      await connection.close()
    }
    const logins = pikvm.requests.filter(({ path }) => path === '/api/auth/login')
    expect(logins.map(({ status }) => status).at(-1)).toBe(200)
    expect(pikvm.requests.some(({ path }) => path === '/api/auth/logout')).toBe(false)
  })

  test('with TOTP a code is used once: a login in the same half minute waits for the next one', async () => {
    const { pikvm } = await simulated({ totpSecret })
    const codes = vi.spyOn(TOTP.prototype, 'generate')
    const own = createPikvmDriver({ timings: quickTimings })
    // The clock stands just before the next code is due; the device takes codes of the steps beside its own.
    const at = Math.ceil(Date.now() / 30_000) * 30_000 - 100
    const hooks = {
      log: { info: () => undefined, warn: () => undefined },
      now: () => at,
      onPinMismatch: () => undefined,
      onGoodAddress: () => undefined,
    }
    const connection = own.open(await accessTo(pikvm, { totpSecret }), hooks)
    try {
      await until(() => connection.state.state.power.value === 'on', 'the first states')
      await pikvm.restartKvmd(100)
      await until(() => connection.state.state.reachable.value === false, 'the loss')
      await until(() => connection.state.state.power.value === 'on', 'the states again')
      const steps = codes.mock.calls.map(([options]) => Math.floor((options?.timestamp ?? 0) / 30_000))
      expect(steps).toHaveLength(2)
      expect(new Set(steps).size).toBe(2)
    } finally {
      codes.mockRestore()
      await connection.close()
    }
  })

  test('a network cable that is pulled is noticed without any reset, and what it said is unknown then', async () => {
    const { pikvm } = await simulated()
    const { connection } = await online(await accessTo(pikvm))
    await pikvm.enterBlackHole()
    await until(() => connection.state.state.reachable.value === false, 'the loss')
    expect(connection.state.state).toMatchObject({ power: { value: null }, ledWiring: 'wired' })
    expect(connection.input!.key('KeyA', true)).toBe(false)
    await pikvm.leaveBlackHole()
    await until(() => connection.state.state.power.value === 'on', 'it to be back')
  })

  test('a refused password is told and not hammered', async () => {
    const { pikvm } = await simulated()
    const { connection } = open(await accessTo(pikvm, { password: 'wrong' }))
    await until(() => connection.state.state.problem === 'refusedCredentials', 'the refusal')
    expect(connection.state.state.reachable.value).toBe(false)
    expect(pikvm.requests).toHaveLength(1)
  })

  test('a changed certificate is told with what was offered, and nothing secret is sent', async () => {
    const { pikvm } = await simulated()
    const access = await accessTo(pikvm)
    const { connection, told } = await online(access)
    const before = pikvm.requests.length
    await pikvm.changeCertificate()
    await until(() => connection.state.state.problem === 'pinChanged', 'the refusal')
    const offered = (await driver.probe(pikvm.host, pikvm.port, never())).fingerprint
    expect(told.mismatches).toEqual([offered])
    expect(offered).not.toBe(access.pin)
    expect(pikvm.requests.length).toBe(before)
  })

  test('without an approved certificate nothing is even dialled', async () => {
    const { pikvm } = await simulated()
    const { connection } = open(await accessTo(pikvm, { pin: '' }))
    await until(() => connection.state.state.problem === 'notApproved', 'the refusal')
    expect(pikvm.requests).toEqual([])
  })
})

describe('names', () => {
  test('a good address of a name is told once and used when look-up is dead', async () => {
    const { pikvm } = await simulated()
    const pin = (await accessTo(pikvm)).pin
    const answering = createPikvmDriver({
      timings: quickTimings,
      names: createNameResolver({ lookUp: () => Promise.resolve(['127.0.0.1']) }),
    })
    const { told } = await online(await accessTo(pikvm, { address: 'kvm.example', pin }), answering)
    expect(told.goodAddresses).toEqual(['127.0.0.1'])
    const dead = createPikvmDriver({
      timings: quickTimings,
      names: createNameResolver({ lookUp: () => new Promise(() => undefined) }),
    })
    const access = await accessTo(pikvm, { address: 'kvm.example', pin, lastGoodAddress: '127.0.0.1' })
    const { connection } = await online(access, dead)
    expect(connection.state.state.reachable.value).toBe(true)
  })
})

test('close leaves no socket behind', async () => {
  const { pikvm } = await simulated()
  const { connection } = await online(await accessTo(pikvm))
  connection.video!.subscribe(() => undefined)
  await until(() => pikvm.webSockets.length === 2, 'the viewer socket')
  await connection.close()
  await until(() => pikvm.webSockets.length === 0, 'no sockets')
  expect(connection.input!.key('KeyA', true)).toBe(false)
})
