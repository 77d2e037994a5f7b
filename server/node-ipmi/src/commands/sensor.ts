import { netFn } from '../wire/lan-message.ts'
import { type IpmiCommand, reader } from './command.ts'

export interface RawSensorReading {
  /** As the sensor gives it; the record says how to convert it. */
  raw: number
  isScanning: boolean
  isUnavailable: boolean
  /** Threshold comparison (bits 0 to 5) or discrete states (bits 0 to 14). */
  states: number
}

/** Get Sensor Reading. @see IPMI 2.0 §35.14 */
export function getSensorReading(sensorNumber: number, lun = 0): IpmiCommand<RawSensorReading> {
  return {
    name: 'Get Sensor Reading',
    netFn: netFn.sensor,
    command: 0x2d,
    data: Uint8Array.of(sensorNumber),
    lun,
    privilege: 'user',
    isRepeatable: true,
    decode(data) {
      const r = reader(data, 'Get Sensor Reading')
      const [raw, flags] = [r.u8(), r.u8()]
      const low = r.remaining > 0 ? r.u8() : 0
      const high = r.remaining > 0 ? r.u8() & 0x7f : 0
      return {
        raw,
        isScanning: (flags & 0x40) !== 0,
        isUnavailable: (flags & 0x20) !== 0,
        states: low | (high << 8),
      }
    },
  }
}

/** Raw thresholds in the specification's order; undefined where there is none. */
export interface RawThresholds {
  lowerNonCritical?: number
  lowerCritical?: number
  lowerNonRecoverable?: number
  upperNonCritical?: number
  upperCritical?: number
  upperNonRecoverable?: number
}

/** Names of thresholds in the order of their bits. */
export const thresholdNames = [
  'lowerNonCritical',
  'lowerCritical',
  'lowerNonRecoverable',
  'upperNonCritical',
  'upperCritical',
  'upperNonRecoverable',
] as const
export type ThresholdName = (typeof thresholdNames)[number]

/** Get Sensor Thresholds, as they are now. @see IPMI 2.0 §35.9 */
export function getSensorThresholds(sensorNumber: number, lun = 0): IpmiCommand<RawThresholds> {
  return {
    name: 'Get Sensor Thresholds',
    netFn: netFn.sensor,
    command: 0x27,
    data: Uint8Array.of(sensorNumber),
    lun,
    privilege: 'user',
    isRepeatable: true,
    decode(data) {
      const r = reader(data, 'Get Sensor Thresholds')
      const mask = r.u8()
      const thresholds: RawThresholds = {}
      for (const [bit, name] of thresholdNames.entries()) {
        const value = r.u8()
        if ((mask & (1 << bit)) !== 0) thresholds[name] = value
      }
      return thresholds
    },
  }
}
