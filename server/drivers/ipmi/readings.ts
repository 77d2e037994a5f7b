import {
  completionCode,
  bmcSensors,
  decodeSelRecord,
  getSelEntry,
  getSensorReading,
  IpmiCommandError,
  type IpmiClient,
  readSel,
  readSensor,
  type RunOptions,
  type SdrRecord,
  type SelEntry,
  selTime,
  type SensorReading,
} from 'node-ipmi'
import { isLastingRefusal } from './refusals.ts'
import type { BmcLogEntry, BmcSensor } from '../../contract/state.ts'

const shownEntries = 8
/** Record ids have gaps where entries were deleted one by one, and on some boards all over. */
const mostTries = 24
/** A longer log is not read from its start for a few entries more. */
const longestLog = 1024
const lastRecord = 0xffff
const thresholdType = 0x01

/**
 * The newest of `total` entries of the event log, newest first; null when the log was erased meanwhile. By their ids
 * downwards, since the log itself can only be read forwards; forwards where ids are far apart.
 */
export async function readNewestEntries(
  client: IpmiClient,
  total: number,
  run: RunOptions,
): Promise<BmcLogEntry[] | null> {
  const newest = await entryAt(client, lastRecord, run)
  if (newest === null) return null
  const wanted = Math.min(shownEntries, total)
  const entries = await readDownwards(client, newest, wanted, run)
  return entries.length >= wanted || total > longestLog ? entries : await readForwards(client, run)
}

async function readDownwards(
  client: IpmiClient,
  newest: BmcLogEntry,
  wanted: number,
  run: RunOptions,
): Promise<BmcLogEntry[]> {
  const entries = [newest]
  for (let tries = 1; tries < mostTries && entries.length < wanted; tries++) {
    const id = newest.recordId - tries
    if (id <= 0) break
    const entry = await entryAt(client, id, run)
    if (entry !== null) entries.push(entry)
  }
  return entries
}

async function readForwards(client: IpmiClient, run: RunOptions): Promise<BmcLogEntry[]> {
  const entries: BmcLogEntry[] = []
  for await (const entry of readSel(client, run)) {
    entries.unshift(toLogEntry(entry))
    entries.splice(shownEntries)
  }
  return entries
}

async function entryAt(client: IpmiClient, id: number, run: RunOptions): Promise<BmcLogEntry | null> {
  try {
    const { record } = await client.run(getSelEntry(id), run)
    return toLogEntry(decodeSelRecord(record))
  } catch (error) {
    const isGone = error instanceof IpmiCommandError && error.completionCode === completionCode.notPresent
    if (isGone) return null
    throw error
  }
}

function toLogEntry(entry: SelEntry): BmcLogEntry {
  const { recordId, timestamp } = entry
  const at = timestamp === undefined ? null : (selTime(timestamp)?.getTime() ?? null)
  if (entry.type === 'event') {
    return { recordId, at, text: `${entry.typeName}: ${entry.event}`, isAssertion: entry.isAssertion }
  }
  const kind = entry.recordType.toString(16)
  return { recordId, at, text: `OEM record ${kind}: ${entry.data.toString('hex')}`, isAssertion: true }
}

const severities = {
  'non-critical': 'nonCritical',
  critical: 'critical',
  'non-recoverable': 'nonRecoverable',
} as const
const worstFirst = ['nonRecoverable', 'critical', 'nonCritical'] as const

/**
 * Sensors beyond a threshold now, worst first; null when not one could be read. One exchange a sensor, more only for
 * those that are beyond one.
 */
export async function readAlarms(
  client: IpmiClient,
  records: readonly SdrRecord[],
  run: RunOptions,
): Promise<BmcSensor[] | null> {
  const alarms: BmcSensor[] = []
  let answers = 0
  for (const record of bmcSensors(records)) {
    if (record.eventType !== thresholdType) continue
    try {
      const { states, isScanning, isUnavailable } = await client.run(
        getSensorReading(record.number, record.lun),
        run,
      )
      answers++
      if (!isScanning || isUnavailable || (states & 0x3f) === 0) continue
      const alarm = toAlarm(await readSensor(client, record, run))
      if (alarm !== null) alarms.push(alarm)
    } catch (error) {
      // A record may name a sensor that this model does not have.
      if (!isLastingRefusal(error)) throw error
    }
  }
  if (answers === 0) return null
  const rank = ({ severity }: BmcSensor): number => worstFirst.indexOf(severity)
  return alarms.sort((a, b) => rank(a) - rank(b))
}

function toAlarm(reading: SensorReading): BmcSensor | null {
  const { name, value, unit, severity } = reading
  if (severity === 'ok' || severity === 'unknown') return null
  return { name, unit, severity: severities[severity], value: value ?? null, limit: crossedLimit(reading) }
}

/** The threshold of this severity that the value is beyond. */
function crossedLimit({ value, severity, thresholds }: SensorReading): number | null {
  if (value === undefined) return null
  const [lower, upper] = {
    'non-critical': [thresholds.lowerNonCritical, thresholds.upperNonCritical],
    critical: [thresholds.lowerCritical, thresholds.upperCritical],
    'non-recoverable': [thresholds.lowerNonRecoverable, thresholds.upperNonRecoverable],
  }[severity as keyof typeof severities]
  if (upper !== undefined && value >= upper) return upper
  return lower !== undefined && value <= lower ? lower : null
}
