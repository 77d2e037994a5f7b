import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  bmcSensors,
  chassisIdentify,
  getChassisStatus,
  getRestartCause,
  getSelInfo,
  getSelTime,
  getSessionInfo,
  IpmiClient,
  readFru,
  readSdrs,
  readSel,
  readSensor,
  readSensors,
  selTime,
  setPowerRestorePolicy,
} from 'node-ipmi'
import { type Finished, runReferee, until } from '../peers/ipmi/child.ts'
import { requireProgram } from '../peers/ipmi/debian.ts'
import { type IpmiSim, startIpmiSim } from '../peers/ipmi/ipmi-sim.ts'
import { collectAll, failure } from './support.ts'

/** ipmitool and our client read the same BMC, which is neither's. */
let sim: IpmiSim
let client: IpmiClient

beforeAll(async () => {
  sim = await startIpmiSim()
  client = new IpmiClient({ host: '127.0.0.1', port: sim.port, username: 'admin', password: 'admin' })
}, 30_000)

afterAll(async () => {
  await client.close()
  await sim[Symbol.asyncDispose]()
})

function ipmitool(...args: string[]): Promise<Finished> {
  const where = `-I lanplus -C 3 -H 127.0.0.1 -p ${sim.port} -U admin -P admin`.split(' ')
  // It writes times as of where it is.
  const env = { ...process.env, TZ: 'UTC' }
  return runReferee(requireProgram('ipmitool'), [...where, ...args], { env })
}

/** The cells after a name in what ipmitool prints as `name : value`. */
function saidOf(text: string, name: string): string | undefined {
  return new RegExp(`^\\s*${name}\\s*: (.+?)\\s*$`, 'm').exec(text)?.[1]
}

test('agree on every text and the date of the inventory', async () => {
  const tool = (await ipmitool('fru')).stdout
  const { chassis, board, product, problems } = await readFru(client)
  expect(problems).toEqual([])
  const ours = {
    'Chassis Part Number': chassis?.partNumber,
    'Chassis Serial': chassis?.serialNumber,
    'Board Mfg': board?.manufacturer,
    'Board Product': board?.product,
    'Board Serial': board?.serialNumber,
    'Board Part Number': board?.partNumber,
    'Product Manufacturer': product?.manufacturer,
    'Product Name': product?.name,
    'Product Part Number': product?.partNumber,
    'Product Version': product?.version,
    'Product Serial': product?.serialNumber,
    'Product Asset Tag': product?.assetTag,
  }
  const theirs = Object.fromEntries(Object.keys(ours).map((name) => [name, saidOf(tool, name)]))
  expect(ours).toEqual(theirs)
  expect(Object.values(ours)).not.toContain(undefined)
  const made = saidOf(tool, 'Board Mfg Date')?.replace(/ UTC$/, '')
  expect(board?.madeAt).toEqual(new Date(`${made} UTC`))
})

test('agree on reading, unit, state and thresholds of a sensor', async () => {
  const row = (await ipmitool('sensor')).stdout.split('|').map((cell) => cell.trim())
  const [sensor] = await readSensors(client, await readSdrs(client))
  const limits = (['lowerNonRecoverable', 'lowerCritical', 'lowerNonCritical'] as const).map(
    (name) => sensor?.thresholds[name],
  )
  const upper = (['upperNonCritical', 'upperCritical', 'upperNonRecoverable'] as const).map(
    (name) => sensor?.thresholds[name],
  )
  const asText = [sensor?.value, ...limits, ...upper].map((n) => n?.toFixed(3) ?? 'na')
  expect([row[0], row[1], row[3], ...row.slice(4)]).toEqual([
    sensor?.name,
    asText[0],
    sensor?.severity,
    ...asText.slice(1),
  ])
  expect([row[2], sensor?.unit]).toEqual(['degrees C', '°C'])
  expect(asText.slice(1)).toEqual(['na', 'na', 'na', '80.000', '85.000', '95.000'])
})

test('agree on a sensor that is out of range', async () => {
  await writeFile(join(sim.folder, 'temperature'), '86\n')
  const [record] = bmcSensors(await readSdrs(client))
  if (!record) throw new Error('no sensor')
  await until('the heat', async () => (await readSensor(client, record)).value === 86)
  const row = (await ipmitool('sensor')).stdout.split('|').map((cell) => cell.trim())
  // ipmitool says "cr" where the critical threshold is crossed.
  expect([row[1], row[3]]).toEqual(['86.000', 'cr'])
  expect(await readSensor(client, record)).toMatchObject({ severity: 'critical' })
})

test('agree on the chassis and its restore policy', async () => {
  const tool = (await ipmitool('chassis', 'status')).stdout
  const ours = await client.run(getChassisStatus())
  const policies = { 'always-off': 'stay-off', previous: 'last-state', 'always-on': 'always-on' } as const
  const policy = saidOf(tool, 'Power Restore Policy') as keyof typeof policies
  expect(ours).toMatchObject({
    isPowered: saidOf(tool, 'System Power') === 'on',
    hasOverload: saidOf(tool, 'Power Overload') === 'true',
    hasInterlock: saidOf(tool, 'Power Interlock') === 'active',
    hasPowerFault: saidOf(tool, 'Main Power Fault') === 'true',
    hasPowerControlFault: saidOf(tool, 'Power Control Fault') === 'true',
    isIntruded: saidOf(tool, 'Chassis Intrusion') === 'active',
    isFrontPanelLocked: saidOf(tool, 'Front-Panel Lockout') === 'active',
    hasDriveFault: saidOf(tool, 'Drive Fault') === 'true',
    hasCoolingFault: saidOf(tool, 'Cooling/Fan Fault') === 'true',
    restorePolicy: policies[policy],
  })
})

test.each([
  ['restart cause', getRestartCause(), ['chassis', 'restart_cause'], 'Invalid command', 0xc1],
  [
    'restore policy',
    setPowerRestorePolicy('always-on'),
    ['chassis', 'policy', 'always-on'],
    'Invalid command',
    0xc1,
  ],
  ['identify', chassisIdentify(10), ['chassis', 'identify', '10'], 'Invalid data field in request', 0xcc],
] as const)(
  'are refused alike by ipmi_sim, for the same reason: %s',
  async (_, command, args, said, code) => {
    const theirs = await ipmitool(...args)
    expect(theirs.code).not.toBe(0)
    expect(theirs.stderr).toContain(said)
    const ours = await failure(client.run<unknown>(command))
    expect(ours).toMatchObject({ code: 'ipmi/completion-code', completionCode: code })
  },
)

test('agree on the log: its size, the time of each entry and the clock', async () => {
  const events = join(sim.folder, 'events')
  await writeFile(
    events,
    '0x04 0x09 0x01 0x6f 0x04 0x00 0x00 # lost\n0x04 0x01 0x01 0x01 0x59 0x60 0x5f # hot\n',
  )
  expect((await ipmitool('sel', 'add', events)).code).toBe(0)
  const list = (await ipmitool('sel', 'list')).stdout.trim().split('\n')
  const entries = await collectAll(readSel(client))
  expect(entries.length).toBeGreaterThanOrEqual(2)
  // It counts from its own start, so there is no date to be told.
  const theirs = list.map((line) => line.split('|').map((cell) => cell.trim()))
  expect(theirs.map(([id, date, time]) => [Number.parseInt(id ?? '', 16), date, Number(time)])).toEqual(
    entries.map(({ recordId, timestamp }) => [recordId, 'Pre-Init', timestamp]),
  )
  expect(entries.map(({ timestamp }) => selTime(timestamp ?? 0))).toEqual(entries.map(() => undefined))
  const info = (await ipmitool('sel', 'info')).stdout
  const ours = await client.run(getSelInfo())
  expect(saidOf(info, 'Entries')).toBe(String(ours.entries))
  expect(saidOf(info, 'Free Space')).toBe(`${ours.freeBytes} bytes`)
  expect(secondsOf(saidOf(info, 'Last Add Time'))).toBe(ours.lastAddition)
  expect(saidOf(info, 'Overflow')).toBe(String(ours.hasOverflowed))
  const before = await client.run(getSelTime())
  const said = secondsOf((await ipmitool('sel', 'time', 'get')).stdout)
  expect(said).toBeGreaterThanOrEqual(before)
  expect(said).toBeLessThanOrEqual(await client.run(getSelTime()))
})

/** "S+ 02:21:20": since the start of the BMC. */
function secondsOf(text = ''): number {
  const [hours = NaN, minutes = NaN, seconds = NaN] = text.trim().replace('S+ ', '').split(':').map(Number)
  return (hours * 60 + minutes) * 60 + seconds
}

test('agree on who holds which session', async () => {
  const ours = await client.run(getSessionInfo(0))
  const all = (await ipmitool('session', 'info', 'all')).stdout.split(/^(?=session handle)/m)
  const theirs = all.find((block) => saidOf(block, 'session handle') === String(ours.handle)) ?? ''
  const levels = ['', '', 'USER', 'OPERATOR', 'ADMINISTRATOR']
  expect({
    slots: saidOf(theirs, 'slot count'),
    // Its own comes on top.
    active: Number(saidOf(theirs, 'active sessions')) - 1,
    user: saidOf(theirs, 'user id'),
    level: saidOf(theirs, 'privilege level'),
  }).toEqual({
    slots: String(ours.possibleSessions),
    active: ours.activeSessions,
    user: String(ours.userId),
    level: levels[ours.privilege ?? 0],
  })
  expect(ours.userId).toBe(2)
})
