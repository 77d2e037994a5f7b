import type { IpmiClient, RunOptions } from '../client/client.ts'
import {
  getSensorReading,
  getSensorThresholds,
  type ThresholdName,
  thresholdNames,
} from '../commands/sensor.ts'
import type { SdrRecord } from '../decode/sdr-record.ts'
import { sharingSensors } from '../decode/shared-sensors.ts'
import { discreteStates } from '../decode/sensor-words.ts'
import { convertReading } from '../decode/sensor-value.ts'
import { IpmiCommandError } from '../errors.ts'

export type SensorRecord = Extract<SdrRecord, { type: 'sensor' }>

/** How bad a threshold sensor is, worst threshold crossed. */
export type SensorSeverity = 'ok' | 'non-critical' | 'critical' | 'non-recoverable' | 'unknown'

export interface SensorReading {
  name: string
  number: number
  typeName: string
  unit: string
  /** Undefined for discrete sensors, and while the sensor gives nothing (machine off). */
  value: number | undefined
  severity: SensorSeverity
  /** States of a discrete sensor, in words. */
  states: string[]
  /** In `unit`; only those that the sensor has. */
  thresholds: Partial<Record<ThresholdName, number>>
}

const bmcAddress = 0x20

/**
 * The sensors among records that the BMC itself owns, each with a record of its own; sensors behind other controllers
 * need bridging.
 */
export function bmcSensors(records: readonly SdrRecord[]): SensorRecord[] {
  return records
    .filter((record) => record.type === 'sensor')
    .filter((record) => record.owner === bmcAddress)
    .flatMap((record) => sharingSensors(record))
}

/**
 * Reads one sensor with its thresholds as they are now.
 * @throws IpmiError of the command that failed, except that a missing sensor reads as unknown
 */
export async function readSensor(
  client: IpmiClient,
  record: SensorRecord,
  run: RunOptions = {},
): Promise<SensorReading> {
  const thresholds = await readThresholds(client, record, run)
  const base = {
    name: record.name,
    number: record.number,
    typeName: record.typeName,
    unit: record.unit,
    thresholds,
  }
  const unknown: SensorReading = { ...base, value: undefined, severity: 'unknown', states: [] }
  try {
    const { raw, isScanning, isUnavailable, states } = await client.run(
      getSensorReading(record.number, record.lun),
      run,
    )
    if (!isScanning || isUnavailable) return unknown
    const value = record.conversion && convertReading(raw, record.conversion)
    if (record.eventType === 0x01) return { ...base, value, severity: thresholdSeverity(states), states: [] }
    const words = discreteStates(record.eventType, record.sensorType, states)
    return { ...base, value, severity: 'unknown', states: words }
  } catch (error) {
    // A record may name a sensor that this model does not have.
    if (error instanceof IpmiCommandError) return unknown
    throw error
  }
}

/** Reads all sensors of the BMC, one after another. */
export async function readSensors(
  client: IpmiClient,
  records: readonly SdrRecord[],
  run: RunOptions = {},
): Promise<SensorReading[]> {
  const readings: SensorReading[] = []
  for (const record of bmcSensors(records)) readings.push(await readSensor(client, record, run))
  return readings
}

async function readThresholds(
  client: IpmiClient,
  record: SensorRecord,
  run: RunOptions,
): Promise<SensorReading['thresholds']> {
  const { conversion, readable } = record
  if (!conversion || readable.length === 0) return {}
  const raw = await client
    .run(getSensorThresholds(record.number, record.lun), run)
    .catch((error: unknown) => {
      // Boards without this command still have the values of their record.
      if (error instanceof IpmiCommandError) return record.thresholds
      throw error
    })
  const thresholds: SensorReading['thresholds'] = {}
  for (const name of thresholdNames) {
    const rawValue = raw[name]
    const value = rawValue === undefined ? undefined : convertReading(rawValue, conversion)
    if (value !== undefined) thresholds[name] = value
  }
  return thresholds
}

/** Bits 0 and 3 are non-critical, 1 and 4 critical, 2 and 5 non-recoverable. @see IPMI 2.0 table 35-15 */
function thresholdSeverity(states: number): SensorSeverity {
  if ((states & 0x24) !== 0) return 'non-recoverable'
  if ((states & 0x12) !== 0) return 'critical'
  return (states & 0x09) !== 0 ? 'non-critical' : 'ok'
}
