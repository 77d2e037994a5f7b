import { describe, expect, it, vi } from 'vitest'
import { driver, accessTo, hooks, makeRig } from './rig.ts'

const soon = (): AbortSignal => AbortSignal.timeout(3000)
const requestsOf = (requests: readonly string[], request: string): number =>
  requests.filter((one) => one === request).length
const chassisControl = '0 2'
const getStatus = '0 1'
const getRestartCause = '0 7'
const getBootOptions = '0 9'
const getSelInfo = 'a 40'
const getSelEntry = 'a 43'
const isValid = 0x80
const openedSessions = '6 3b'

describe('what a BMC says', () => {
  it('is read: power, identify, log, sensors, next boot, restart cause', async () => {
    const { bmc, until, state } = await makeRig()
    bmc.state.log({ sensorType: 0x09, sensorNumber: 0x20, eventType: 0x6f, data: [0x00, 0xff, 0xff] })
    await until(({ alarms, nextBoot, restartCause }) =>
      [alarms, nextBoot, restartCause].every(({ value }) => value !== null),
    )
    await until(({ log }) => log.value?.length === 1)
    expect(state()).toMatchObject({
      problem: null,
      reachable: { value: true },
      power: { value: 'on' },
      identify: { value: 'off' },
      alarms: { value: [] },
      nextBoot: { value: { device: 'none', isPersistent: false } },
      restartCause: { value: 'unknown' },
      warnings: [],
    })
    expect(state().log.value?.[0]).toMatchObject({ recordId: 1, isAssertion: true })
    expect(state().log.value?.[0]?.text).toContain('Power')
  })

  it('tells which sensor is out of range, beyond which threshold, and when it is good again', async () => {
    const { bmc, until, state } = await makeRig()
    const cpu = bmc.state.sensors[0]!
    cpu.raw = 97
    await until(({ alarms }) => alarms.value?.length === 1)
    expect(state().alarms.value).toEqual([
      { name: 'CPU Temp', value: 97, unit: '°C', severity: 'critical', limit: 95 },
    ])
    cpu.raw = 40
    await until(({ alarms }) => alarms.value?.length === 0)
  })

  it('says that there is no sensor to read, which is not that all is well', async () => {
    const { until } = await makeRig()
    await until(({ hasNoSensors, alarms }) => !hasNoSensors && alarms.value?.length === 0)
    const bare = await makeRig({ hasSensors: false })
    await bare.until(({ hasNoSensors, alarms }) => hasNoSensors && alarms.value === null)
  })

  it('keeps the newest entries of a long log, newest first', async () => {
    const { bmc, until, state } = await makeRig()
    for (let i = 0; i < 30; i++) {
      bmc.state.log({ sensorType: 0x09, sensorNumber: 0x20, eventType: 0x6f, data: [0x00, 0xff, 0xff] })
    }
    await until(({ log }) => log.value?.[0]?.recordId === 30)
    expect(state().log.value?.map(({ recordId }) => recordId)).toEqual([30, 29, 28, 27, 26, 25, 24, 23])
  })

  it('keeps the newest entries of a log whose record ids are far apart', async () => {
    const { bmc, until, state } = await makeRig()
    bmc.state.selIdStep = 20
    for (let i = 0; i < 12; i++) {
      bmc.state.log({ sensorType: 0x09, sensorNumber: 0x20, eventType: 0x6f, data: [0x00, 0xff, 0xff] })
    }
    await until(({ log }) => log.value?.[0]?.recordId === 221)
    expect(state().log.value?.map(({ recordId }) => recordId)).toEqual([
      221, 201, 181, 161, 141, 121, 101, 81,
    ])
  })

  it('does not call the log empty while the BMC is too busy to show it', async () => {
    const rig = await makeRig({ busyWith: [getSelInfo] })
    const { bmc, until, state } = rig
    bmc.state.log({ sensorType: 0x09, sensorNumber: 0x20, eventType: 0x6f, data: [0x00, 0xff, 0xff] })
    bmc.faults = { ...bmc.faults, busyWith: [getSelEntry] }
    const asked = requestsOf(bmc.requests, getSelEntry)
    await vi.waitFor(() => expect(requestsOf(bmc.requests, getSelEntry)).toBeGreaterThan(asked + 2))
    expect(state().log.value?.length).not.toBe(0)
    bmc.faults = { ...bmc.faults, busyWith: [] }
    await until(({ log }) => log.value?.length === 1)
  })

  it('asks again for what a busy BMC did not tell: next boot and restart cause', async () => {
    const { bmc, until } = await makeRig({ busyWith: [getBootOptions, getRestartCause] })
    await until(({ alarms }) => alarms.value !== null)
    bmc.faults = { ...bmc.faults, busyWith: [] }
    await until(({ nextBoot, restartCause }) => nextBoot.value !== null && restartCause.value !== null)
  })

  it('costs one exchange a status, in one session, without more rights than looking takes', async () => {
    const { bmc, until, state } = await makeRig({}, { user: 'user', password: 'user' })
    await until(({ alarms }) => alarms.value !== null)
    const before = requestsOf(bmc.requests, getStatus)
    await vi.waitFor(() => expect(requestsOf(bmc.requests, getStatus)).toBeGreaterThan(before + 3))
    expect(bmc.sessions.all.filter((session) => session.state === 'active')).toHaveLength(1)
    expect(bmc.sessions.all.map((session) => session.privilege)).toEqual([2])
    // What to start from next takes an operator to read: not known to this user, and no fault.
    expect(state()).toMatchObject({ problem: null, nextBoot: { value: null } })
    expect(requestsOf(bmc.requests, openedSessions)).toBe(0)
  })

  it('says that nobody answers, and since when, and recovers by itself', async () => {
    const { bmc, until, state } = await makeRig()
    await until(({ reachable }) => reachable.value === true)
    bmc.faults = { ...bmc.faults, isDead: true }
    await until(({ reachable }) => reachable.value === false)
    expect(state().problem).toBe('timeout')
    bmc.faults = { ...bmc.faults, isDead: false }
    await until(({ reachable, problem }) => reachable.value === true && problem === null)
  })

  it('goes on in a new session when the BMC forgot the old one', async () => {
    const { bmc, until, board } = await makeRig()
    await until(({ power }) => power.value === 'on')
    bmc.forgetSessions()
    board.control('off')
    await until(({ power }) => power.value === 'off')
  })

  it('names refused credentials and does not hammer', async () => {
    const { bmc, until } = await makeRig({}, { password: 'wrong' })
    await until(({ problem }) => problem === 'refusedCredentials')
    const asked = bmc.requests.length
    await vi.waitFor(() => expect(bmc.requests.length).toBeLessThanOrEqual(asked + 2))
  })
})

describe('what should be put right', () => {
  it('is said: factory credentials, a password that boards cut, a suite that leaves traffic open', async () => {
    const users = [{ id: 2, name: 'ADMIN', password: 'ADMIN', privilege: 4 }]
    const factory = await makeRig({ users }, { user: 'ADMIN', password: 'ADMIN' })
    await factory.until(({ warnings }) => warnings.includes('defaultCredentials'))
    const long = [{ id: 2, name: 'ops', password: 'abcdefghijklmnopqrst', privilege: 3 }]
    const access = { user: 'ops', password: 'abcdefghijklmnopqrst' }
    const ipmi = { kg: null, suite: 2, quirks: [] }
    const weak = await makeRig({ users: long, suites: [2] }, { ...access, ipmi })
    await weak.until(({ power }) => power.value === 'on')
    expect(weak.state().warnings).toEqual(['weakSuite', 'longPassword'])
  })

  it('is said of a BMC that lets anybody in by cipher suite 0', async () => {
    const { until } = await makeRig({ suites: [0, 3, 17] })
    await until(({ warnings }) => warnings.includes('cipherZero'))
  })

  it('is found out on a board that needs quirks, and once there is a session free for the try', async () => {
    const suites = [0, 3, 17]
    const quirks = ['authcap', 'nochecksumcheck', 'supermicro20'] as const
    const ipmi = { kg: null, suite: null, quirks }
    const odd = await makeRig({ suites, deviations: quirks }, { ipmi })
    await odd.until(({ warnings }) => warnings.includes('cipherZero'))
    // Two connections take both sessions; the rig's own goes elsewhere.
    const { bmc } = await makeRig({ suites, maxSessions: 2 }, { port: 9 })
    const isOn = (one: typeof ours): boolean => one.bmc?.state.power.value === 'on'
    const other = driver.open(accessTo(bmc), hooks)
    await vi.waitFor(() => expect(isOn(other)).toBe(true))
    const ours = driver.open(accessTo(bmc, { user: 'admin', password: 'admin' }), hooks)
    await vi.waitFor(() => expect(isOn(ours) && ours.bmc?.state.alarms.value).toBeTruthy())
    await other.close()
    await vi.waitFor(() => expect(ours.bmc?.state.warnings).toContain('cipherZero'), { timeout: 4000 })
    await ours.close()
  })
})

describe('power', () => {
  it('is told once; the answer proves only that the BMC took it', async () => {
    const { power, board, until } = await makeRig()
    await until(({ power: state }) => state.value === 'on')
    const outcome = await power.send({ target: 'ipmi', command: 'cycle' }, soon())
    expect(outcome).toMatchObject({ outcome: 'acknowledged', reason: '' })
    expect(board.actions).toEqual(['cycle'])
    await power.send({ target: 'ipmi', command: 'off' }, soon())
    await until(({ power: state }) => state.value === 'off')
  })

  it('is unknown when no answer came, and carried out once', async () => {
    const { power, board, bmc, until } = await makeRig()
    await until(({ nextBoot }) => nextBoot.value !== null)
    const answer = power.send({ target: 'ipmi', command: 'reset' }, soon())
    await vi.waitFor(() => expect(requestsOf(bmc.requests, chassisControl)).toBe(1))
    expect(await answer).toMatchObject({ outcome: 'acknowledged' })
    bmc.faults = { ...bmc.faults, losesPowerAnswers: true }
    const lost = await power.send({ target: 'ipmi', command: 'reset' }, soon())
    expect(lost).toMatchObject({ outcome: 'unknown', reason: 'device/timeout' })
    expect(board.actions).toEqual(['reset', 'reset'])
  })

  it('is not sent where the BMC refuses it, has too few rights or is away', async () => {
    const { power, board, until } = await makeRig()
    await until(({ power: state }) => state.value === 'on')
    board.control('off')
    const refused = await power.send({ target: 'ipmi', command: 'reset' }, soon())
    expect(refused).toMatchObject({ outcome: 'notSent', reason: 'device/unsupported' })
    expect(await power.send({ target: 'atx', button: 'reset' }, soon())).toMatchObject({
      outcome: 'notSent',
      reason: 'device/unsupported',
    })
    const dead = await makeRig({}, { port: 9 })
    await dead.until(({ reachable }) => reachable.value === false)
    const away = await dead.power.send({ target: 'ipmi', command: 'on' }, soon())
    expect(away.outcome).toBe('notSent')
    const looker = await makeRig({}, { user: 'user', password: 'user' })
    const little = await looker.power.send({ target: 'ipmi', command: 'cycle' }, soon())
    expect(little).toMatchObject({ outcome: 'notSent', reason: 'device/refusedCredentials' })
    expect(looker.board.actions).toEqual([])
  })
})

describe('settings', () => {
  it('chooses what to start from, and tells it back', async () => {
    const { control, bmc, state } = await makeRig()
    const chosen = await control.setNextBoot({ device: 'network', isPersistent: false }, soon())
    expect(chosen).toEqual({ device: 'network', isPersistent: false })
    expect(bmc.state.boot.flags[1]).toBe(1 << 2)
    expect(state().nextBoot.value).toEqual(chosen)
    const none = await control.setNextBoot({ device: 'none', isPersistent: false }, soon())
    expect(none.device).toBe('none')
  })

  it('keeps the choice until the machine starts, also where that takes longer than a minute', async () => {
    let nowMs = 0
    const { control, bmc } = await makeRig({ nowMs: () => nowMs })
    await control.setNextBoot({ device: 'network', isPersistent: false }, soon())
    nowMs = 61_000
    expect(bmc.state.boot.flags[0]! & isValid).toBe(isValid)
  })

  it('no longer shows a choice that the BMC forgot', async () => {
    let nowMs = 0
    const { control, until, bmc } = await makeRig({ nowMs: () => nowMs, bootParameters: [5] })
    await until(({ nextBoot }) => nextBoot.value?.device === 'none')
    await control.setNextBoot({ device: 'network', isPersistent: false }, soon())
    await until(({ nextBoot }) => nextBoot.value?.device === 'network')
    const asked = requestsOf(bmc.requests, getBootOptions)
    await vi.waitFor(() => expect(requestsOf(bmc.requests, getBootOptions)).toBeGreaterThan(asked))
    nowMs = 61_000
    await until(({ nextBoot }) => nextBoot.value?.device === 'none')
  })

  it('blinks the light, and shows that it does', async () => {
    const { control, until } = await makeRig()
    await control.identify(30, soon())
    await until(({ identify }) => identify.value === 'timed')
    await control.identify(0, soon())
    await until(({ identify }) => identify.value === 'off')
  })
})

describe('the serial console', () => {
  it('is one line for all holders, ended by the last', async () => {
    const { serial, board, bmc } = await makeRig()
    const first = await serial.open({ takesOver: false }, soon())
    const second = await serial.open({ takesOver: false }, soon())
    const heard: string[] = []
    first.onData((bytes) => heard.push(`1 ${bytes}`))
    second.onData((bytes) => heard.push(`2 ${bytes}`))
    board.print('login: ')
    await vi.waitFor(() => expect(heard).toEqual(['1 login: ', '2 login: ']))
    await first.close()
    expect(await first.ended).toBe('closed')
    await second.write(Buffer.from('root'))
    expect(Buffer.concat(board.typed).toString()).toBe('root')
    second.sendBreak()
    await vi.waitFor(() => expect(board.breaks).toBe(1))
    await second.close()
    expect(requestsOf(bmc.requests, '6 49')).toBe(1)
    const again = await serial.open({ takesOver: false }, soon())
    await again.close()
  })

  it('is not taken from somebody else unless asked to', async () => {
    const { serial, bmc } = await makeRig()
    const other = driver.open(accessTo(bmc, { user: 'admin', password: 'admin' }), hooks)
    const theirs = await other.serial!.open({ takesOver: false }, soon())
    await expect(serial.open({ takesOver: false }, soon())).rejects.toMatchObject({ code: 'device/busy' })
    const ours = await serial.open({ takesOver: true }, soon())
    expect(await theirs.ended).not.toBe('closed')
    await ours.close()
    await other.close()
  })

  it('is listened to while somebody watches closely, and its output dated; then let go', async () => {
    const { control, board, until, state, bmc } = await makeRig()
    const stop = control.watchClosely()
    await until(({ serialSince }) => serialSince !== null && serialSince < Date.now())
    expect(state().serialOutputAt).toBeNull()
    board.print('booting')
    await until(({ serialOutputAt }) => serialOutputAt !== null)
    const asked = requestsOf(bmc.requests, getStatus)
    await vi.waitFor(() => expect(requestsOf(bmc.requests, getStatus)).toBeGreaterThan(asked + 10))
    stop()
    await until(({ serialSince }) => serialSince === null)
  })
})

describe('the restart cause', () => {
  it('is read again every moment while somebody watches closely, and seldom else', async () => {
    const { control, bmc, until } = await makeRig({}, {}, { detailEveryMs: 3_600_000 })
    await until(({ restartCause }) => restartCause.value === 'unknown')
    await until(({ alarms }) => alarms.value !== null)
    bmc.state.restartCause = 1
    const asked = requestsOf(bmc.requests, getRestartCause)
    await until(({ power }) => power.observedAt > Date.now() - 10)
    expect(requestsOf(bmc.requests, getRestartCause)).toBe(asked)
    const stop = control.watchClosely()
    await until(({ restartCause }) => restartCause.value === 'chassis control command')
    stop()
  })
})

describe('adding', () => {
  it('reads what the BMC is and what board it sits on', async () => {
    const { bmc } = await makeRig()
    const offer = await driver.read(accessTo(bmc), soon())
    expect(offer).toMatchObject({
      model: 'Simulated Rack Server 2U',
      atxEnabled: false,
      board: { manufacturer: 'Simulated', product: 'Rack Server 2U', serialNumber: 'S0001' },
    })
  })

  it('signs in with a BMC key of bytes that nobody can type', async () => {
    const kg = Buffer.from('00ff10e2a3b4c5d6e7f80102030405060708090a', 'hex')
    const { bmc } = await makeRig({ kg })
    const ipmi = { kg: `0x${kg.toString('hex')}`, suite: null, quirks: [] }
    expect(await driver.read(accessTo(bmc, { ipmi }), soon())).toMatchObject({ model: expect.any(String) })
  })

  it('says in which way it failed', async () => {
    const { bmc } = await makeRig()
    const wrong = driver.read(accessTo(bmc, { password: 'wrong' }), soon())
    await expect(wrong).rejects.toMatchObject({ code: 'device/refusedCredentials' })
    bmc.faults = { ...bmc.faults, isDead: true }
    const silent = driver.read(accessTo(bmc), soon())
    await expect(silent).rejects.toMatchObject({ code: 'device/timeout' })
    await expect(driver.probe(bmc.host, bmc.port, soon())).rejects.toMatchObject({
      code: 'device/unsupported',
    })
  })

  it('looks the name up itself, and tells which address worked', async () => {
    const { bmc } = await makeRig()
    const good: string[] = []
    const named = driver.open(accessTo(bmc, { address: 'localhost', lastGoodAddress: '127.0.0.1' }), {
      ...hooks,
      onGoodAddress: (address) => good.push(address),
    })
    await vi.waitFor(() => expect(named.bmc?.state.reachable.value).toBe(true), { timeout: 8000 })
    expect(good.every((address) => address !== '127.0.0.1')).toBe(true)
    await named.close()
  })
})
