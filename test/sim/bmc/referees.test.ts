import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  getChassisStatus,
  getDeviceId,
  getRestartCause,
  getSelInfo,
  getSelTime,
  getSessionInfo,
  IpmiClient,
  readFru,
  readSdrs,
  readSel,
  readSensors,
  selTime,
} from 'node-ipmi'
import { type SimBmc, startBmc } from '../../../server/sim/bmc/bmc.ts'
import { PlainBoard } from '../../../server/sim/bmc/plain-board.ts'
import { type Finished, runReferee, until } from '../../peers/ipmi/child.ts'
import { requireProgram } from '../../peers/ipmi/debian.ts'
import { collectAll } from '../../node-ipmi/support.ts'

let board: PlainBoard
let bmc: SimBmc
let folder: string
let client: IpmiClient

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'referee-'))
  board = new PlainBoard()
  bmc = await startOnShortPort(board)
  bmc.state.log({ sensorType: 0x01, sensorNumber: 1, eventType: 1, data: [0x59, 96, 95] })
  bmc.state.log({ sensorType: 0x09, sensorNumber: 0x20, eventType: 0x6f, data: [0x04, 0xff, 0xff] })
  bmc.state.discreteSensors.push(
    {
      number: 40,
      name: 'Drive',
      type: 0x0d,
      eventType: 0x6f,
      states: 0x0001,
      sharing: { states: [0x0003, 0], suffix: 'number', offset: 4 },
    },
    {
      number: 50,
      name: 'Supply',
      type: 0x08,
      eventType: 0x6f,
      states: 0x0001,
      sharing: { states: [0x0009], suffix: 'letter', offset: 1 },
    },
  )
  client = new IpmiClient({ host: bmc.host, port: bmc.port, username: 'user', password: 'user' })
})

afterAll(async () => {
  await client.close()
  await bmc.close()
  await rm(folder, { recursive: true, force: true })
})

/** ipmiconsole calls a port of five digits an invalid host name. */
async function startOnShortPort(forBoard: PlainBoard): Promise<SimBmc> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await startBmc({
        board: forBoard,
        maxSessions: 8,
        port: 7000 + Math.floor(Math.random() * 2900),
      })
    } catch (error) {
      // Taken by somebody: another one.
      if (attempt > 20) throw error
    }
  }
}

function ipmitool(suite: number, args: readonly string[], login = ['admin', 'admin']): Promise<Finished> {
  const [user = '', password = ''] = login
  const where = [
    '-I',
    'lanplus',
    '-C',
    String(suite),
    '-H',
    bmc.host,
    '-p',
    String(bmc.port),
    '-N',
    '1',
    '-R',
    '3',
  ]
  // It writes times as of where it is.
  const env = { ...process.env, TZ: 'UTC' }
  return runReferee(requireProgram('ipmitool'), [...where, '-U', user, '-P', password, ...args], { env })
}

function freeipmi(
  program: 'ipmipower' | 'ipmi-sensors' | 'ipmi-sel' | 'ipmi-fru',
  suite: number,
  args: readonly string[],
): Promise<Finished> {
  const where = [
    '-h',
    `${bmc.host}:${bmc.port}`,
    '-u',
    'admin',
    '-p',
    'admin',
    '-D',
    'LAN_2_0',
    '-I',
    String(suite),
  ]
  const cache =
    program === 'ipmi-sensors' || program === 'ipmi-sel' ? [`--sdr-cache-directory=${folder}`] : []
  return runReferee(requireProgram(program), [...where, ...cache, ...args], {
    env: { ...process.env, HOME: folder, TZ: 'UTC' },
  })
}

test.each([3, 17])('ipmitool -C %i reads the chassis and cycles it once', async (suite) => {
  expect((await ipmitool(suite, ['chassis', 'power', 'status'])).stdout).toContain('Chassis Power is on')
  board.actions.length = 0
  expect((await ipmitool(suite, ['chassis', 'power', 'cycle'])).stdout).toContain('Cycle')
  expect(board.actions).toEqual(['cycle'])
})

test.each([3, 17])('ipmipower -I %i reads the state and resets once', async (suite) => {
  expect((await freeipmi('ipmipower', suite, ['--stat'])).stdout).toContain(`${bmc.host}: on`)
  board.actions.length = 0
  expect((await freeipmi('ipmipower', suite, ['--reset'])).stdout).toContain(`${bmc.host}: ok`)
  expect(board.actions).toEqual(['reset'])
})

test('privileges hold: ipmitool as a user reads, and may not cycle', async () => {
  board.actions.length = 0
  const asUser = ['user', 'user']
  const read = await ipmitool(17, ['-L', 'USER', 'chassis', 'power', 'status'], asUser)
  expect(read.stdout).toContain('Chassis Power is on')
  expect((await ipmitool(17, ['-L', 'OPERATOR', 'chassis', 'power', 'cycle'], asUser)).code).not.toBe(0)
  expect((await ipmitool(17, ['-L', 'USER', 'chassis', 'power', 'cycle'], asUser)).code).not.toBe(0)
  expect(board.actions).toEqual([])
})

test('a wrong password and suites 0 to 2 stay outside', async () => {
  expect((await ipmitool(17, ['chassis', 'status'], ['admin', 'wrong'])).code).not.toBe(0)
  for (const suite of [0, 1, 2]) expect((await ipmitool(suite, ['chassis', 'status'])).code).not.toBe(0)
})

test('ipmi-sensors and our client agree on every reading and threshold', async () => {
  const options = [
    '--output-sensor-thresholds',
    '--comma-separated-output',
    '--no-header-output',
    '--quiet-cache',
  ]
  const { stdout } = await freeipmi('ipmi-sensors', 17, options)
  const rows = stdout
    .split('\n')
    .map((line) => line.split(','))
    .filter((row) => row.length > 9)
  const readings = await readSensors(client, await readSdrs(client))
  const ours = readings.filter((reading) => reading.value !== undefined)
  expect(ours).toHaveLength(5)
  for (const { name, value, thresholds: t } of ours) {
    const row = rows.find((one) => one[1] === name)
    const limits = [
      t.lowerNonRecoverable,
      t.lowerCritical,
      t.lowerNonCritical,
      t.upperNonCritical,
      t.upperCritical,
      t.upperNonRecoverable,
    ]
    const asText = [value, ...limits].map((n) => (n === undefined ? 'N/A' : n.toFixed(2)))
    expect([name, row?.[3], ...(row?.slice(5, 11) ?? [])]).toEqual([name, ...asText])
  }
})

/** What the referees call the states that the board has. */
const stateWords: Readonly<Record<string, string>> = {
  'Presence detected': 'present',
  'Power Supply input lost (AC/DC)': 'input lost',
  'Drive Presence': 'drive present',
  'Drive Present': 'drive present',
  'Drive Fault': 'drive fault',
}
const discreteNames = ['PS1 Status', 'Chassis Intru', 'Drive 4', 'Drive 5', 'Drive 6', 'Supply B', 'Supply C']

test('ipmi-sensors and our client agree on discrete sensors, also where several share a record', async () => {
  const { stdout } = await freeipmi('ipmi-sensors', 17, [
    '--shared-sensors',
    '--comma-separated-output',
    '--no-header-output',
    '--quiet-cache',
  ])
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(','))
    .filter((row) => row[3] === 'N/A')
  const readings = (await readSensors(client, await readSdrs(client))).filter(
    (one) => one.value === undefined,
  )
  expect(readings.map(({ name }) => name)).toEqual(discreteNames)
  // Letters are left out of its names: FreeIPMI calls every one A, whatever their offset.
  const named = discreteNames.filter((name) => !name.startsWith('Supply'))
  expect(rows.map((row) => row[1])).toEqual(expect.arrayContaining(named))
  const theirs = rows.map((row) =>
    [...(row[5] ?? '').matchAll(/'([^']+)'/g)].map(([, word = '']) => word).filter((word) => word !== 'OK'),
  )
  expect(theirs.map((words) => words.map((word) => stateWords[word]))).toEqual(
    readings.map(({ states }) => states),
  )
  expect(readings.map(({ states }) => states.length)).toEqual([1, 0, 1, 2, 0, 1, 2])
})

test('ipmitool and our client agree on discrete sensors', async () => {
  const { stdout } = await ipmitool(17, ['sdr', 'elist', 'compact'])
  const readings = await readSensors(client, await readSdrs(client))
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  expect(rows).toHaveLength(bmc.state.discreteSensors.length)
  for (const [, number = '', , , said = ''] of rows) {
    const ours = readings.find((reading) => reading.number === Number.parseInt(number, 16))
    const words = said.split(', ').filter(Boolean)
    expect([number, words.map((word) => stateWords[word])]).toEqual([number, ours?.states])
  }
})

test('ipmitool, ipmi-sel and our client agree on the time of every log entry, and of the clock', async () => {
  bmc.state.log({ sensorType: 0x05, sensorNumber: 17, eventType: 0x6f, data: [0x00, 0xff, 0xff] })
  const entries = await collectAll(readSel(client))
  const ours = entries.map(({ timestamp }) => selTime(timestamp ?? 0))
  const tool = (await ipmitool(17, ['sel', 'list'])).stdout.trim().split('\n')
  expect(tool.map((line) => dateOf(line.split('|').slice(1, 3).join(' ')))).toEqual(ours)
  const options = ['--comma-separated-output', '--no-header-output', '--quiet-cache']
  const rows = (await freeipmi('ipmi-sel', 17, options)).stdout.trim().split('\n')
  expect(rows.map((row) => dateOf(row.split(',').slice(1, 3).join(' ')))).toEqual(ours)

  const info = (await ipmitool(3, ['sel', 'info'])).stdout
  const { entries: count, lastAddition, freeBytes } = await client.run(getSelInfo())
  expect(info).toMatch(new RegExp(`Entries\\s+: ${count}$`, 'm'))
  expect(info).toMatch(new RegExp(`Free Space\\s+: ${freeBytes} bytes`))
  expect(dateOf(/Last Add Time\s+: (.+)/.exec(info)?.[1] ?? '')).toEqual(selTime(lastAddition))
  const before = await client.run(getSelTime())
  const said = dateOf((await ipmitool(3, ['sel', 'time', 'get'])).stdout).getTime() / 1000
  const after = await client.run(getSelTime())
  expect(said).toBeGreaterThanOrEqual(before)
  expect(said).toBeLessThanOrEqual(after)
})

/** A time as a referee in UTC writes it. */
function dateOf(text: string): Date {
  return new Date(`${text.trim().replace(/ UTC$/, '')} UTC`)
}

test('ipmitool and our client agree on who holds which session', async () => {
  const ours = await client.run(getSessionInfo(0))
  const { stdout } = await ipmitool(17, ['session', 'info', 'all'])
  const theirs = stdout
    .split(/^(?=session handle)/m)
    .map((block) =>
      Object.fromEntries([...block.matchAll(/^(.+?)\s+: (.+)$/gm)].map(([, key, value]) => [key, value])),
    )
    .find((session) => session['session handle'] === String(ours.handle))
  expect(theirs).toMatchObject({
    'slot count': String(ours.possibleSessions),
    // Its own comes on top.
    'active sessions': String(ours.activeSessions + 1),
    'user id': String(ours.userId),
    'privilege level': 'USER',
    'console ip': ours.address,
    'console port': String(ours.port),
  })
  expect(ours).toMatchObject({ userId: 4, privilege: 2 })
})

test('ipmitool reads the same names, values and units', async () => {
  const { stdout } = await ipmitool(17, ['sdr', 'elist', 'full'])
  for (const text of ['CPU Temp', '47 degrees C', '1400 RPM', '12.03 Volts', '66 Watts'])
    expect(stdout).toContain(text)
})

test('ipmi-sel, ipmitool and our client read the same log', async () => {
  const { stdout } = await freeipmi('ipmi-sel', 3, [
    '--comma-separated-output',
    '--no-header-output',
    '--quiet-cache',
  ])
  expect(stdout).toContain('Upper Critical - going high')
  expect(stdout).toContain('Sensor Reading = 96.00 C')
  const list = (await ipmitool(17, ['sel', 'list'])).stdout
  expect(list).toContain('AC lost')
  const entries = await collectAll(readSel(client))
  expect(entries.slice(0, 2)).toMatchObject([
    { recordId: 1, event: 'above upper critical, rising', trigger: { raw: 96, threshold: 95 } },
    { recordId: 2, event: 'mains lost' },
  ])
  expect(list.trim().split('\n')).toHaveLength(entries.length)
})

test('ipmitool and our client agree on the controller, and on makers, part numbers and date of the inventory', async () => {
  const device = await client.run(getDeviceId())
  const info = (await ipmitool(17, ['mc', 'info'])).stdout
  expect(info).toMatch(new RegExp(`Firmware Revision\\s+: ${device.firmware}`))
  expect(info).toMatch(new RegExp(`Manufacturer ID\\s+: ${device.manufacturerId}`))
  const { chassis, board: main, product } = await readFru(client)
  const tool = (await ipmitool(17, ['fru'])).stdout
  for (const text of [chassis?.partNumber, main?.manufacturer, main?.partNumber, product?.partNumber])
    expect(tool).toMatch(new RegExp(`: ${text}$`, 'm'))
  const said = /Board Mfg Date\s+: (.+)/.exec(tool)?.[1] ?? ''
  expect(new Date(`${said.replace(/ UTC$/, '')} UTC`)).toEqual(main?.madeAt)
})

test('ipmi-fru, ipmitool and our client read the same inventory', async () => {
  const fru = await readFru(client)
  const [theirs, tool] = [(await freeipmi('ipmi-fru', 17, [])).stdout, (await ipmitool(3, ['fru'])).stdout]
  const { chassis, board: main, product } = fru
  const texts = [
    chassis?.serialNumber,
    main?.product,
    main?.serialNumber,
    product?.name,
    product?.version,
    product?.assetTag,
  ]
  for (const text of texts) {
    expect(text).toBeTruthy()
    expect(theirs).toContain(text)
    expect(tool).toContain(text)
  }
})

test('ipmitool sets the boot device, identifies, reads policy and restart cause', async () => {
  await ipmitool(17, ['chassis', 'bootdev', 'bios'])
  expect((await ipmitool(17, ['chassis', 'bootparam', 'get', '5'])).stdout).toContain(
    'Force Boot into BIOS Setup',
  )
  await ipmitool(17, ['chassis', 'identify', 'force'])
  expect(bmc.state.identify).toBe('on')
  await ipmitool(17, ['chassis', 'policy', 'always-on'])
  expect((await ipmitool(3, ['chassis', 'status'])).stdout).toContain('always-on')
  expect(await client.run(getChassisStatus())).toMatchObject({ restorePolicy: 'always-on', identify: 'on' })
  expect((await ipmitool(3, ['chassis', 'restart_cause'])).stdout).toContain('chassis power control')
  expect(await client.run(getRestartCause())).toMatchObject({ cause: 'chassis control command' })
})

test('ipmitool lists the cipher suites', async () => {
  const { stdout } = await ipmitool(17, ['channel', 'getciphers', 'ipmi', '1'])
  expect(stdout).toMatch(/^17\s+.*hmac_sha256\s+sha256_128\s+aes_cbc_128/m)
})

/** A terminal for programs that want one; types `text` once the console has come up, then the escape. */
function onTerminal(command: string, text: string, escape: string): Promise<Finished> {
  const typed = `(while ! [ -e ${folder}/go ]; do sleep 0.05; done; printf '${text}'; while ! [ -e ${folder}/stop ]; do sleep 0.05; done; printf '${escape}'; sleep 0.5)`
  return runReferee('/bin/sh', ['-c', `${typed} | ${requireProgram('script')} -qc "${command}" /dev/null`])
}

function flag(name: string): Promise<void> {
  return writeFile(join(folder, name), '')
}

test.each([
  ['ipmiconsole', 3],
  ['ipmiconsole', 17],
  ['ipmitool', 17],
] as const)('%s -C %i types into the serial console and sees its echo', async (program, suite) => {
  await rm(join(folder, 'go'), { force: true })
  await rm(join(folder, 'stop'), { force: true })
  board.typed.length = 0
  const text = `hello-${program}-${suite}`
  const command =
    program === 'ipmiconsole'
      ? `${requireProgram('ipmiconsole')} -h ${bmc.host}:${bmc.port} -u admin -p admin -I ${suite}`
      : `${requireProgram('ipmitool')} -I lanplus -C ${suite} -H ${bmc.host} -p ${bmc.port} -U admin -P admin sol activate`
  const finished = onTerminal(command, `${text}\\r`, program === 'ipmiconsole' ? '&.' : '~.')
  await until('the console', () => bmc.sol.owner !== undefined)
  await flag('go')
  await until('the typed text', () => Buffer.concat(board.typed).toString().includes(text))
  await flag('stop')
  expect((await finished).stdout).toContain(text)
  await until('the console to be free', () => bmc.sol.owner === undefined)
})
