import { ByteReader } from '../wire/byte-reader.ts'
import { eventName, sensorTypeName } from './sensor-words.ts'

export type SelEntry =
  | {
      type: 'event'
      recordId: number
      /** Seconds since 1970 by the BMC's clock; see `selTime`. */
      timestamp: number
      generator: number
      sensorType: number
      typeName: string
      sensorNumber: number
      eventType: number
      isAssertion: boolean
      /** What happened, in words. */
      event: string
      /** For threshold events: raw reading and threshold, to be converted with the sensor's record. */
      trigger?: { raw: number; threshold: number }
      data: Buffer
    }
  | { type: 'oem'; recordId: number; recordType: number; timestamp: number | undefined; data: Buffer }

/**
 * Reads one record of the system event log.
 * @see IPMI 2.0 §32.1
 * @throws IpmiProtocolError when it is cut short
 */
export function decodeSelRecord(bytes: Uint8Array): SelEntry {
  const r = new ByteReader(bytes, 'A log record')
  const [recordId, recordType] = [r.u16(), r.u8()]
  if (recordType !== 0x02) return decodeOem(r, recordId, recordType)
  const [timestamp, generator] = [r.u32(), r.u16()]
  r.skip(1)
  const [sensorType, sensorNumber, direction] = [r.u8(), r.u8(), r.u8()]
  const data = Buffer.from(r.bytes(3))
  const eventType = direction & 0x7f
  const [first = 0, raw = 0, threshold = 0] = data
  const hasTrigger = eventType === 0x01 && first >> 6 === 1 && ((first >> 4) & 3) === 1
  return {
    type: 'event',
    recordId,
    timestamp,
    generator,
    sensorType,
    typeName: sensorTypeName(sensorType),
    sensorNumber,
    eventType,
    isAssertion: (direction & 0x80) === 0,
    event: eventName(eventType, sensorType, first & 0x0f),
    ...(hasTrigger ? { trigger: { raw, threshold } } : {}),
    data,
  }
}

function decodeOem(r: ByteReader, recordId: number, recordType: number): SelEntry {
  const isTimestamped = recordType >= 0xc0 && recordType <= 0xdf
  const timestamp = isTimestamped ? r.u32() : undefined
  return { type: 'oem', recordId, recordType, timestamp, data: Buffer.from(r.bytes(isTimestamped ? 9 : 13)) }
}

/** A log timestamp as a date; undefined when the BMC had no clock yet (it then counts seconds since its start). */
export function selTime(timestamp: number): Date | undefined {
  return timestamp <= 0x2000_0000 || timestamp === 0xffff_ffff ? undefined : new Date(timestamp * 1000)
}
