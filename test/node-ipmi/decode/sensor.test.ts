import { expect, test } from 'vitest'
import { bmcSensors, convertReading, decodeSdrRecord, IpmiProtocolError } from 'node-ipmi'
import { sensorUnit } from '../../../server/node-ipmi/src/decode/sensor-words.ts'
import { decodeTypedText } from '../../../server/node-ipmi/src/decode/type-length.ts'
import { encodeCompactSensor, encodeFullSensor } from '../../../server/sim/bmc/records.ts'
import { defaultDiscreteSensors, defaultSensors } from '../../../server/sim/bmc/sensor-model.ts'
import { hex } from '../support.ts'

const plain = { format: 0, linearization: 0, m: 1, b: 0, rExp: 0, bExp: 0 }

test.each([
  [194, { ...plain, m: 62, rExp: -3 }, 12.028],
  [14, { ...plain, m: 100 }, 1400],
  [0x9c, { ...plain, format: 2 }, -100],
  [0x9c, { ...plain, format: 1 }, -99],
  [10, { ...plain, m: 2, b: 5, bExp: 1 }, 70],
  [4, { ...plain, linearization: 7 }, 0.25],
  [5, { ...plain, linearization: 8 }, 25],
])('converts raw %i', (raw, conversion, value) => {
  expect(convertReading(raw, conversion)).toBe(value)
})

test('gives nothing for what is not analog, not linear or not finite', () => {
  expect(convertReading(1, { ...plain, format: 3 })).toBeUndefined()
  expect(convertReading(1, { ...plain, linearization: 0x70 })).toBeUndefined()
  expect(convertReading(0, { ...plain, linearization: 7 })).toBeUndefined()
})

test('reads a full record: name, unit, conversion and the thresholds that can be read', () => {
  const volt = defaultSensors().find((sensor) => sensor.name === '12V')
  if (!volt) throw new Error('no 12V')
  expect(decodeSdrRecord(encodeFullSensor(9, { ...volt, b: -3, bExp: -2 }))).toMatchObject({
    type: 'sensor',
    recordId: 9,
    name: '12V',
    owner: 0x20,
    number: 4,
    typeName: 'Voltage',
    unit: 'V',
    conversion: { format: 0, m: 62, b: -3, rExp: -3, bExp: -2 },
    thresholds: { lowerCritical: 173, upperCritical: 213 },
  })
})

test('reads a compact record', () => {
  const [supply] = defaultDiscreteSensors()
  if (!supply) throw new Error('no sensor')
  expect(decodeSdrRecord(encodeCompactSensor(2, supply))).toMatchObject({
    type: 'sensor',
    name: 'PS1 Status',
    typeName: 'Power supply',
    eventType: 0x6f,
    conversion: undefined,
  })
})

test.each([
  // The examples of the specification, §43.2.
  ['number', 5, ['Temp 5', 'Temp 6', 'Temp 7']],
  ['letter', 0, ['Temp A', 'Temp B', 'Temp C']],
  ['letter', 25, ['Temp Z', 'Temp AA', 'Temp AB']],
] as const)('gives each sensor of a shared record a record: by %s from %i', (suffix, offset, names) => {
  const sharing = { states: [0, 0], suffix, offset }
  const shared = { number: 30, name: 'Temp', type: 1, eventType: 0x07, states: 0, sharing }
  const sensors = bmcSensors([decodeSdrRecord(encodeCompactSensor(7, shared))])
  expect(sensors.map(({ name }) => name)).toEqual(names)
  expect(sensors.map(({ number }) => number)).toEqual([30, 31, 32])
  expect(sensors.map(({ entity }) => entity.instance)).toEqual([1, 2, 3])
  const ofOneEntity = encodeCompactSensor(7, shared)
  ofOneEntity.writeUInt8(offset, 24)
  expect(bmcSensors([decodeSdrRecord(ofOneEntity)]).map(({ entity }) => entity.instance)).toEqual([1, 1, 1])
})

test('a shared record gives no number that no sensor can have', () => {
  const sharing = { states: [0, 0, 0], suffix: 'number', offset: 1 } as const
  const last = { number: 0xfd, name: 'Slot', type: 0x21, eventType: 0x6f, states: 0, sharing }
  const sensors = bmcSensors([decodeSdrRecord(encodeCompactSensor(7, last))])
  expect(sensors.map(({ number }) => number)).toEqual([0xfd, 0xfe])
})

test('says of every truncated record that it was cut short, or reads a shorter name', () => {
  const [sensor] = defaultSensors()
  if (!sensor) throw new Error('no sensor')
  const whole = encodeFullSensor(1, sensor)
  for (let length = 0; length < 48; length++) {
    expect(() => decodeSdrRecord(whole.subarray(0, length))).toThrow(IpmiProtocolError)
  }
  expect(decodeSdrRecord(whole.subarray(0, 51))).toMatchObject({ name: 'CPU' })
})

test('combines base, modifier and rate of a unit', () => {
  expect(sensorUnit(0, 1, 0)).toBe('°C')
  expect(sensorUnit(1, 0, 0)).toBe('%')
  expect(sensorUnit(0x18, 7, 0)).toBe('J/s')
  expect(sensorUnit(0x02, 4, 22)).toBe('V/s')
})

test.each([
  // The example of the FRU specification, §13.
  [0x83, '29dca6', 'IPMI'],
  [0xc3, '616263', 'abc'],
  [0x42, '12ab', '12 -'],
  [0x02, 'beef', 'beef'],
  [0xc4, '61071b62', 'ab'],
])('reads text of type %i', (type, bytes, text) => {
  expect(decodeTypedText(type, hex(bytes))).toBe(text)
})
