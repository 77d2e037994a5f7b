import { type RawThresholds, type ThresholdName, thresholdNames } from '../commands/sensor.ts'
import { ByteReader } from '../wire/byte-reader.ts'
import { sensorTypeName, sensorUnit } from './sensor-words.ts'
import type { Conversion } from './sensor-value.ts'
import { decodeIdString } from './type-length.ts'

interface SensorBase {
  recordId: number
  name: string
  /** Address of the controller that owns the sensor; 0x20 is the BMC. */
  owner: number
  lun: number
  channel: number
  number: number
  entity: { id: number; instance: number }
  sensorType: number
  typeName: string
  eventType: number
}

/** How sensors that share a record differ: their numbers follow one another. @see IPMI 2.0 §43.2, bytes 24 and 25 */
export interface Sharing {
  count: number
  /** What is added to the name of each: numbers from `offset` on, or letters (0 is A, 26 is AA). */
  suffix: 'number' | 'letter'
  offset: number
  /** Each belongs to the next instance of the entity. */
  countsEntities: boolean
}

export type SdrRecord =
  /** Sensor with a reading; `conversion` only for those in units (record type 01h). */
  | (SensorBase & {
      type: 'sensor'
      unit: string
      conversion: Conversion | undefined
      thresholds: RawThresholds
      /** Which thresholds can be read. */
      readable: readonly ThresholdName[]
      /** There when more sensors than one have this record; `sharingSensors` gives each its own. */
      sharing?: Sharing
    })
  | (SensorBase & { type: 'event-only' })
  | { type: 'fru'; recordId: number; name: string; fruId: number; owner: number; isLogical: boolean }
  | { type: 'controller'; recordId: number; name: string; address: number }
  | { type: 'other'; recordId: number; recordType: number }
  /** The board's own fault: what is there cannot be a record. `reason` says why, for people. */
  | { type: 'malformed'; recordId: number; reason: string }

/** Bytes before the body of every record: id, version, type, length. */
export const sdrHeaderBytes = 5

/** Length of the whole record as its header says. @throws IpmiProtocolError when the header is not whole */
export function sdrLength(header: Uint8Array): number {
  const r = new ByteReader(header, 'A sensor data record')
  r.skip(4)
  return sdrHeaderBytes + r.u8()
}

/**
 * Reads one sensor data record.
 * @see IPMI 2.0 §43
 * @throws IpmiProtocolError when it is cut short
 */
export function decodeSdrRecord(bytes: Uint8Array): SdrRecord {
  const r = new ByteReader(bytes, 'A sensor data record')
  const recordId = r.u16()
  r.skip(1)
  const recordType = r.u8()
  r.skip(1)
  if (recordType === 0x01 || recordType === 0x02) return decodeSensor(r, recordId, recordType === 0x01)
  if (recordType === 0x03) return decodeEventOnly(r, recordId)
  if (recordType === 0x11) return decodeFruLocator(r, recordId)
  if (recordType === 0x12) return decodeController(r, recordId)
  return { type: 'other', recordId, recordType }
}

function decodeSensor(r: ByteReader, recordId: number, isFull: boolean): SdrRecord {
  const key = readKey(r)
  r.skip(2)
  const [sensorType, eventType] = [r.u8(), r.u8()]
  r.skip(4)
  const readingMask = r.u16()
  const [units1, base, modifier] = [r.u8(), r.u8(), r.u8()]
  const details = isFull ? readFull(r, units1 >> 6) : readCompact(r)
  const readable =
    eventType === 0x01 ? thresholdNames.filter((_, bit) => (readingMask & (1 << bit)) !== 0) : []
  const thresholds: RawThresholds = {}
  for (const name of readable) {
    const value = details.thresholds[name]
    if (value !== undefined) thresholds[name] = value
  }
  return {
    type: 'sensor',
    recordId,
    ...key,
    sensorType,
    typeName: sensorTypeName(sensorType),
    eventType,
    unit: sensorUnit(units1, base, modifier),
    conversion: details.conversion,
    thresholds,
    readable,
    ...(details.sharing ? { sharing: details.sharing } : {}),
    name: readName(r),
  }
}

interface SensorDetails {
  conversion: Conversion | undefined
  thresholds: RawThresholds
  sharing?: Sharing
}

function readFull(r: ByteReader, format: number): SensorDetails {
  const linearization = r.u8()
  const [mLow, mHigh, bLow, bHigh] = [r.u8(), r.u8(), r.u8(), r.u8()]
  r.skip(1)
  const exponents = r.u8()
  r.skip(6)
  const [upperNonRecoverable, upperCritical, upperNonCritical] = [r.u8(), r.u8(), r.u8()]
  const [lowerNonRecoverable, lowerCritical, lowerNonCritical] = [r.u8(), r.u8(), r.u8()]
  r.skip(5)
  const conversion = {
    format,
    linearization,
    m: signed(mLow | ((mHigh & 0xc0) << 2), 10),
    b: signed(bLow | ((bHigh & 0xc0) << 2), 10),
    rExp: signed(exponents >> 4, 4),
    bExp: signed(exponents & 0x0f, 4),
  }
  const upper = { upperNonRecoverable, upperCritical, upperNonCritical }
  const lower = { lowerNonRecoverable, lowerCritical, lowerNonCritical }
  return { conversion, thresholds: { ...upper, ...lower } }
}

function readCompact(r: ByteReader): SensorDetails {
  const [kind, instances] = [r.u8(), r.u8()]
  r.skip(6)
  const count = kind & 0x0f
  if (count < 2) return { conversion: undefined, thresholds: {} }
  const sharing: Sharing = {
    count,
    suffix: (kind & 0x30) === 0x10 ? 'letter' : 'number',
    offset: instances & 0x7f,
    countsEntities: (instances & 0x80) !== 0,
  }
  return { conversion: undefined, thresholds: {}, sharing }
}

function decodeEventOnly(r: ByteReader, recordId: number): SdrRecord {
  const key = readKey(r)
  const [sensorType, eventType] = [r.u8(), r.u8()]
  r.skip(4)
  const typeName = sensorTypeName(sensorType)
  return { type: 'event-only', recordId, ...key, sensorType, typeName, eventType, name: readName(r) }
}

function decodeFruLocator(r: ByteReader, recordId: number): SdrRecord {
  const [owner, fruId, logical] = [r.u8(), r.u8(), r.u8()]
  r.skip(7)
  return { type: 'fru', recordId, owner, fruId, isLogical: (logical & 0x80) !== 0, name: readName(r) }
}

function decodeController(r: ByteReader, recordId: number): SdrRecord {
  const address = r.u8()
  r.skip(9)
  return { type: 'controller', recordId, address, name: readName(r) }
}

function readKey(r: ByteReader): Pick<SensorBase, 'owner' | 'lun' | 'channel' | 'number' | 'entity'> {
  const [owner, lunByte, number, id, instance] = [r.u8(), r.u8(), r.u8(), r.u8(), r.u8()]
  return { owner, lun: lunByte & 3, channel: lunByte >> 4, number, entity: { id, instance: instance & 0x7f } }
}

/** Some boards cut the name short of its stated length; what is there is taken. */
function readName(r: ByteReader): string {
  const type = r.u8()
  return decodeIdString(type, r.bytes(Math.min(type & 0x1f, r.remaining)))
}

function signed(value: number, bits: number): number {
  return value >= 1 << (bits - 1) ? value - (1 << bits) : value
}
