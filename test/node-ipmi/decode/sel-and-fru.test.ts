import { expect, test } from 'vitest'
import { decodeFru, decodeSelRecord, IpmiProtocolError, selTime } from 'node-ipmi'
import { encodeFru, encodeSelEvent } from '../../../server/sim/bmc/records.ts'
import { hex } from '../support.ts'

const texts = {
  chassis: { partNumber: 'C-1', serialNumber: 'C-2' },
  board: { manufacturer: 'Maker', product: 'Board', serialNumber: 'B-1', partNumber: 'B-2' },
  product: {
    manufacturer: 'Maker',
    name: 'Server',
    partNumber: 'P-1',
    version: '2',
    serialNumber: 'P-2',
    assetTag: 'A-7',
  },
}

test('reads a threshold event with reading and threshold', () => {
  const record = encodeSelEvent(7, 1_700_000_000, {
    sensorType: 1,
    sensorNumber: 1,
    eventType: 1,
    data: [0x59, 96, 95],
  })
  const entry = decodeSelRecord(record)
  expect(entry).toMatchObject({
    type: 'event',
    recordId: 7,
    typeName: 'Temperature',
    event: 'above upper critical, rising',
    isAssertion: true,
    trigger: { raw: 96, threshold: 95 },
  })
  expect(selTime(1_700_000_000)?.toISOString()).toBe('2023-11-14T22:13:20.000Z')
})

test('reads a sensor-specific event, its end, and an OEM record', () => {
  const event = {
    sensorType: 9,
    sensorNumber: 2,
    eventType: 0x6f,
    isAssertion: false,
    data: [4, 0xff, 0xff] as const,
  }
  expect(decodeSelRecord(encodeSelEvent(1, 5, event))).toMatchObject({
    event: 'mains lost',
    isAssertion: false,
  })
  expect(decodeSelRecord(hex('0100 c1 01000000 57010000 010203040506'))).toMatchObject({
    type: 'oem',
    recordType: 0xc1,
    timestamp: 1,
  })
})

test('a time before the clock was set is no date', () => {
  expect(selTime(120)).toBeUndefined()
  expect(selTime(0xffff_ffff)).toBeUndefined()
})

test('refuses every truncation of a record', () => {
  const whole = encodeSelEvent(1, 5, { sensorType: 9, sensorNumber: 2, eventType: 0x6f, data: [4, 0, 0] })
  for (let length = 0; length < 16; length++) {
    expect(() => decodeSelRecord(whole.subarray(0, length))).toThrow(IpmiProtocolError)
  }
})

test('reads chassis, board and product', () => {
  const fru = decodeFru(encodeFru(texts))
  expect(fru.problems).toEqual([])
  expect(fru.chassis).toMatchObject(texts.chassis)
  expect(fru.board).toMatchObject({ ...texts.board, madeAt: new Date('2024-02-29T00:00:00Z') })
  expect(fru.product).toMatchObject(texts.product)
})

test('names a damaged area and reads the others', () => {
  const bytes = encodeFru(texts)
  bytes[12] = (bytes[12] ?? 0) ^ 1
  const fru = decodeFru(bytes)
  expect(fru.problems).toEqual(['The chassis area has a wrong checksum'])
  expect(fru.product).toMatchObject(texts.product)
  expect(decodeFru(bytes.subarray(0, bytes.length - 8)).problems).toContain('The product area was cut short')
  expect(decodeFru(Buffer.alloc(8, 0xff)).problems).toEqual(['The common header is missing or damaged'])
})
