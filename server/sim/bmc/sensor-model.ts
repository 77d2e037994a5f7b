import type { ThresholdName } from '../../node-ipmi/src/commands/sensor.ts'

/** An analog sensor of the simulated board, in raw units of its record. */
export interface SimSensor {
  number: number
  name: string
  /** 1 temperature, 2 voltage, 4 fan, … */
  type: number
  /** Base unit code: 1 °C, 4 V, 6 W, 18 rpm. */
  unit: number
  m: number
  b: number
  rExp: number
  bExp: number
  /** Present value, raw. */
  raw: number
  /** False while the machine is off, for sensors fed by it. */
  worksWhenOff: boolean
  thresholds: Partial<Record<ThresholdName, number>>
}

/** A discrete sensor: bits of `states` are its offsets. */
export interface SimDiscreteSensor {
  number: number
  name: string
  type: number
  eventType: number
  states: number
  /** More sensors on the same record, with the numbers that follow. */
  sharing?: {
    /** States of the second and each further one. */
    states: readonly number[]
    suffix: 'number' | 'letter'
    /** Of the first one's name. */
    offset: number
  }
}

/** Bits of the sensor of this number, also where it shares another one's record. */
export function discreteStatesOf(
  sensors: readonly SimDiscreteSensor[],
  number: number | undefined,
): number | undefined {
  for (const { number: first, states, sharing } of sensors) {
    const all = [states, ...(sharing?.states ?? [])]
    const found = number === undefined ? undefined : all[number - first]
    if (found !== undefined) return found
  }
  return undefined
}

/** Sensors of a small server: CPU, board, fan, 12 V, power, supply. */
export function defaultSensors(): SimSensor[] {
  const plain = { b: 0, rExp: 0, bExp: 0, m: 1 }
  return [
    {
      ...plain,
      number: 1,
      name: 'CPU Temp',
      type: 1,
      unit: 1,
      raw: 47,
      worksWhenOff: false,
      thresholds: { upperNonCritical: 85, upperCritical: 95, upperNonRecoverable: 100 },
    },
    {
      ...plain,
      number: 2,
      name: 'Board Temp',
      type: 1,
      unit: 1,
      raw: 31,
      worksWhenOff: true,
      thresholds: { lowerCritical: 0, upperNonCritical: 60, upperCritical: 70 },
    },
    {
      ...plain,
      number: 3,
      name: 'FAN1',
      type: 4,
      unit: 18,
      m: 100,
      raw: 14,
      worksWhenOff: false,
      thresholds: { lowerNonCritical: 7, lowerCritical: 5 },
    },
    {
      number: 4,
      name: '12V',
      type: 2,
      unit: 4,
      m: 62,
      b: 0,
      rExp: -3,
      bExp: 0,
      raw: 194,
      worksWhenOff: false,
      thresholds: { lowerCritical: 173, upperCritical: 213 },
    },
    {
      ...plain,
      number: 5,
      name: 'Power',
      type: 0x0b,
      unit: 6,
      m: 2,
      raw: 33,
      worksWhenOff: false,
      thresholds: {},
    },
  ]
}

export function defaultDiscreteSensors(): SimDiscreteSensor[] {
  return [
    { number: 16, name: 'PS1 Status', type: 0x08, eventType: 0x6f, states: 0x0001 },
    { number: 17, name: 'Chassis Intru', type: 0x05, eventType: 0x6f, states: 0x0000 },
  ]
}

/** Comparison bits of a threshold sensor, lower ones first. */
export function thresholdStates({ raw, thresholds: t }: SimSensor): number {
  const below = (limit: number | undefined, bit: number): number =>
    limit !== undefined && raw <= limit ? 1 << bit : 0
  const above = (limit: number | undefined, bit: number): number =>
    limit !== undefined && raw >= limit ? 1 << bit : 0
  return (
    below(t.lowerNonCritical, 0) |
    below(t.lowerCritical, 1) |
    below(t.lowerNonRecoverable, 2) |
    above(t.upperNonCritical, 3) |
    above(t.upperCritical, 4) |
    above(t.upperNonRecoverable, 5)
  )
}
