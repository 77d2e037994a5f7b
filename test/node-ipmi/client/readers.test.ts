import { afterEach, expect, test } from 'vitest'
import {
  acceptsCipherZero,
  discover,
  ping,
  type QuirkName,
  readFru,
  readNewestSel,
  readSdrs,
  readSel,
  readSensors,
  type SelEntry,
} from 'node-ipmi'
import { type Bench, collectAll, failure, startBench } from '../support.ts'

let bench: Bench

afterEach(() => bench[Symbol.asyncDispose]())

async function collect(entries: AsyncIterable<SelEntry>): Promise<number[]> {
  return (await collectAll(entries)).map((entry) => entry.recordId)
}

test('answers the presence ping', async () => {
  bench = await startBench()
  expect(await ping({ host: bench.bmc.host, port: bench.bmc.port })).toMatchObject({ supportsIpmi: true })
})

test('says what a BMC tells without login', async () => {
  bench = await startBench({ suites: [0, 3, 8, 17], kg: 'secret' })
  const found = await discover({ host: bench.bmc.host, port: bench.bmc.port })
  expect(found.cipherSuites).toEqual([0, 3, 8, 17])
  expect(found.capabilities).toMatchObject({ supportsIpmi20: true, hasKg: true, allowsNamedUsers: true })
})

test('finds out whether cipher suite 0 lets anybody in', async () => {
  bench = await startBench({ suites: [0, 17] })
  const where = { host: bench.bmc.host, port: bench.bmc.port, username: 'admin' }
  expect(await acceptsCipherZero(where)).toBe(true)
  await using safe = await startBench()
  expect(await acceptsCipherZero({ ...where, port: safe.bmc.port })).toBe(false)
  safe.bmc.faults.isDead = true
  expect(await failure(acceptsCipherZero({ ...where, port: safe.bmc.port, timeoutMs: 100 }))).toMatchObject({
    code: 'ipmi/timeout',
  })
})

test.each([
  ['has no session free', { maxSessions: 1 }, true, 'ipmi/busy'],
  ['names wrong capabilities', { deviations: ['authcap'] as const }, false, 'ipmi/unsupported'],
  [
    'answers with codes of a wrong length',
    { deviations: ['supermicro20'] as const },
    false,
    'ipmi/refused-credentials',
  ],
])('does not call cipher suite 0 shut on a BMC that %s', async (_, options, isTaken, code) => {
  bench = await startBench({ suites: [0, 17], ...options })
  const { host, port } = bench.bmc
  if (isTaken) await bench.client().connect()
  const asked = acceptsCipherZero({ host, port, username: 'admin', timeoutMs: 300 })
  expect(await failure(asked)).toMatchObject({ code })
  const { deviations: quirks } = options as { deviations?: readonly QuirkName[] }
  if (quirks) expect(await acceptsCipherZero({ host, port, username: 'admin', quirks })).toBe(true)
})

test('does not call cipher suite 0 shut where nobody listens', async () => {
  bench = await startBench()
  const { host, port } = bench.bmc
  await bench.bmc.close()
  expect(await failure(acceptsCipherZero({ host, port, username: 'admin' }))).toMatchObject({
    code: 'ipmi/unreachable',
  })
})

test('asks a board whose checksums are wrong, with the quirk', async () => {
  bench = await startBench({ deviations: ['nochecksumcheck'], suites: [3, 17] })
  const { host, port } = bench.bmc
  const found = await discover({ host, port, quirks: ['nochecksumcheck'] })
  expect(found.cipherSuites).toEqual([3, 17])
})

test('reads the log whole, in part, after a record, and its newest entry', async () => {
  bench = await startBench()
  const client = bench.client()
  expect(await readNewestSel(client)).toBeUndefined()
  expect(await collect(readSel(client))).toEqual([])
  for (let i = 0; i < 5; i++)
    bench.bmc.state.log({ sensorType: 9, sensorNumber: 1, eventType: 0x6f, data: [i, 0, 0] })
  expect(await collect(readSel(client))).toEqual([1, 2, 3, 4, 5])
  expect(await collect(readSel(client, { limit: 2 }))).toEqual([1, 2])
  expect(await collect(readSel(client, { afterRecordId: 3 }))).toEqual([4, 5])
  expect(await collect(readSel(client, { afterRecordId: 5 }))).toEqual([])
  expect(await readNewestSel(client)).toMatchObject({ recordId: 5 })
})

test('a record that is gone means reading from the start', async () => {
  bench = await startBench()
  const client = bench.client()
  bench.bmc.state.log({ sensorType: 9, sensorNumber: 1, eventType: 0x6f, data: [0, 0, 0] })
  bench.bmc.state.clearSel()
  bench.bmc.state.log({ sensorType: 9, sensorNumber: 1, eventType: 0x6f, data: [0, 0, 0] })
  expect(await collect(readSel(client, { afterRecordId: 1 }))).toEqual([2])
})

test('reads records in pieces, also when somebody takes the reservation away', async () => {
  bench = await startBench()
  const client = bench.client()
  const reading = readSdrs(client)
  const other = setInterval(() => (bench.bmc.state.sdrReservation += 1), 4)
  const early = await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 12))])
  clearInterval(other)
  const records = await reading.catch((error: unknown) => {
    // Taken away more often than it may be: a clean failure.
    expect(error).toMatchObject({ code: 'ipmi/protocol' })
    return readSdrs(client)
  })
  expect(early === undefined || Array.isArray(early)).toBe(true)
  expect(records.filter((record) => record.type === 'sensor')).toHaveLength(7)
  expect(records[0]).toMatchObject({ type: 'controller', name: 'SimBMC', address: 0x20 })
})

test('a damaged sensor record keeps no other back', async () => {
  bench = await startBench()
  // A record shorter than its kind, one shorter than its length, and one without a whole header.
  bench.bmc.state.oddSdrs.push(
    (id) => Buffer.of(id, 0, 0x51, 0x01, 2, 0x20, 0x00),
    (id) => Buffer.of(id, 0, 0x51, 0x01, 43, 0x20, 0x00),
    (id) => Buffer.of(id, 0, 0x51),
  )
  const records = await readSdrs(bench.client())
  expect(records.filter((record) => record.type === 'malformed').map(({ recordId }) => recordId)).toEqual([
    2, 3, 4,
  ])
  expect(records.filter((record) => record.type === 'sensor')).toHaveLength(7)
})

test('tells sensors that are in range, out of range, and silent because the machine is off', async () => {
  bench = await startBench()
  const client = bench.client()
  const records = await readSdrs(client)
  const cpu = bench.bmc.state.sensors.find((sensor) => sensor.name === 'CPU Temp')
  if (!cpu) throw new Error('no CPU Temp')
  cpu.raw = 97
  const hot = await readSensors(client, records)
  expect(hot.find((r) => r.name === 'CPU Temp')).toMatchObject({
    value: 97,
    unit: '°C',
    severity: 'critical',
  })
  expect(hot.find((r) => r.name === 'FAN1')).toMatchObject({ value: 1400, unit: 'rpm', severity: 'ok' })
  expect(hot.find((r) => r.name === 'PS1 Status')).toMatchObject({ states: ['present'] })
  bench.board.control('off')
  const off = await readSensors(client, records)
  expect(off.find((r) => r.name === 'CPU Temp')).toMatchObject({ value: undefined, severity: 'unknown' })
  expect(off.find((r) => r.name === 'Board Temp')).toMatchObject({ value: 31 })
})

test('reads the inventory', async () => {
  bench = await startBench()
  expect(await readFru(bench.client())).toMatchObject({
    problems: [],
    board: { product: 'Homelab Board H610' },
    product: { assetTag: 'rack-a-07', serialNumber: 'S0001' },
  })
})
