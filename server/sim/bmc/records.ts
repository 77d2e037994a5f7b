import { type ThresholdName, thresholdNames } from '../../node-ipmi/src/commands/sensor.ts'
import { checksum } from '../../node-ipmi/src/wire/lan-message.ts'
import type { SimDiscreteSensor, SimSensor } from './sensor-model.ts'

const version = 0x51

/** Full sensor record (type 01h). @see IPMI 2.0 §43.1 */
export function encodeFullSensor(recordId: number, sensor: SimSensor): Buffer {
  const body = Buffer.alloc(43)
  const mask = thresholdMask(sensor.thresholds)
  body.set([0x20, 0, sensor.number, 7, 1, 0x7f, 0x68, sensor.type, 0x01])
  body.writeUInt16LE(0, 9)
  body.writeUInt16LE(0, 11)
  body.writeUInt16LE(mask, 13)
  body.set([0x00, sensor.unit, 0, 0], 15)
  body[19] = sensor.m & 0xff
  body[20] = (sensor.m >> 2) & 0xc0
  body[21] = sensor.b & 0xff
  body[22] = (sensor.b >> 2) & 0xc0
  body[24] = ((sensor.rExp & 0x0f) << 4) | (sensor.bExp & 0x0f)
  body[29] = 0xff
  const order = [
    'upperNonRecoverable',
    'upperCritical',
    'upperNonCritical',
    'lowerNonRecoverable',
    'lowerCritical',
    'lowerNonCritical',
  ] as const
  for (const [index, name] of order.entries()) body[31 + index] = sensor.thresholds[name] ?? 0
  body.set([1, 1], 37)
  body[42] = 0xc0 | sensor.name.length
  return record(recordId, 0x01, Buffer.concat([body, Buffer.from(sensor.name, 'latin1')]))
}

/** Compact sensor record (type 02h). @see IPMI 2.0 §43.2 */
export function encodeCompactSensor(recordId: number, sensor: SimDiscreteSensor): Buffer {
  const body = Buffer.alloc(27)
  body.set([0x20, 0, sensor.number, 7, 1, 0x67, 0x40, sensor.type, sensor.eventType])
  body.writeUInt16LE(0x7fff, 9)
  body.writeUInt16LE(0x7fff, 11)
  body.writeUInt16LE(0x7fff, 13)
  const { sharing } = sensor
  const count = 1 + (sharing?.states.length ?? 0)
  // Each shared one belongs to an entity instance of its own.
  const instances = sharing ? 0x80 | sharing.offset : 0
  body.set([0xc0, 0, 0, count | (sharing?.suffix === 'letter' ? 0x10 : 0), instances], 15)
  body[26] = 0xc0 | sensor.name.length
  return record(recordId, 0x02, Buffer.concat([body, Buffer.from(sensor.name, 'latin1')]))
}

/** Management controller locator (type 12h). */
export function encodeController(recordId: number, name: string): Buffer {
  const body = Buffer.from([0x20, 0x00, 0x00, 0x9f, 0, 0, 0, 6, 1, 0, 0xc0 | name.length])
  return record(recordId, 0x12, Buffer.concat([body, Buffer.from(name, 'latin1')]))
}

/** Bit mask of the thresholds there are. */
export function thresholdMask(thresholds: Partial<Record<ThresholdName, number>>): number {
  return thresholdNames.reduce(
    (mask, name, bit) => (thresholds[name] === undefined ? mask : mask | (1 << bit)),
    0,
  )
}

function record(recordId: number, type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt16LE(recordId, 0)
  head.set([version, type, body.length], 2)
  return Buffer.concat([head, body])
}

export interface SelEvent {
  sensorType: number
  sensorNumber: number
  eventType: number
  isAssertion?: boolean
  data: readonly [number, number, number]
}

/** System event record (type 02h) of the log. @see IPMI 2.0 §32.1 */
export function encodeSelEvent(recordId: number, timestamp: number, event: SelEvent): Buffer {
  const out = Buffer.alloc(16)
  out.writeUInt16LE(recordId, 0)
  out[2] = 0x02
  out.writeUInt32LE(timestamp, 3)
  out.set([0x20, 0x00, 0x04, event.sensorType, event.sensorNumber], 7)
  out[12] = event.eventType | (event.isAssertion === false ? 0x80 : 0)
  out.set(event.data, 13)
  return out
}

export interface FruTexts {
  chassis: { partNumber: string; serialNumber: string }
  board: { manufacturer: string; product: string; serialNumber: string; partNumber: string }
  product: {
    manufacturer: string
    name: string
    partNumber: string
    version: string
    serialNumber: string
    assetTag: string
  }
}

/** FRU inventory with chassis, board and product areas. @see FRU Information Storage Definition §8 to §12 */
export function encodeFru(texts: FruTexts): Buffer {
  const { chassis, board, product } = texts
  const chassisArea = area([0x17], [chassis.partNumber, chassis.serialNumber])
  const boardFields = [board.manufacturer, board.product, board.serialNumber, board.partNumber, '']
  // Minutes from 1996-01-01 to 2024-02-29.
  const minutes = Buffer.alloc(3)
  minutes.writeUIntLE(14_811_840, 0, 3)
  const boardArea = area([0x19, ...minutes], boardFields)
  const { manufacturer, name, partNumber, version: productVersion, serialNumber, assetTag } = product
  const productArea = area(
    [0x19],
    [manufacturer, name, partNumber, productVersion, serialNumber, assetTag, ''],
  )
  const head = Buffer.alloc(8)
  const boardAt = 8 + chassisArea.length
  head.set([1, 0, 1, boardAt / 8, (boardAt + boardArea.length) / 8, 0, 0])
  head[7] = checksum(head, 0, 7)
  return Buffer.concat([head, chassisArea, boardArea, productArea])
}

/** One character alone would look like the end of the fields (C1h), so it gets a blank. */
function field(text: string): Buffer {
  const padded = text.length === 1 ? `${text} ` : text
  return Buffer.concat([Buffer.of(0xc0 | padded.length), Buffer.from(padded, 'latin1')])
}

function area(start: readonly number[], fields: readonly string[]): Buffer {
  const texts = fields.map(field)
  const content = Buffer.concat([Buffer.of(1, 0, ...start), ...texts, Buffer.of(0xc1)])
  const out = Buffer.alloc(Math.ceil((content.length + 1) / 8) * 8)
  out.set(content)
  out[1] = out.length / 8
  out[out.length - 1] = checksum(out, 0, out.length - 1)
  return out
}
