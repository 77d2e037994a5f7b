import type { SdrRecord, Sharing } from './sdr-record.ts'

type SensorRecord = Extract<SdrRecord, { type: 'sensor' }>

const lastSensorNumber = 0xfe

/** A record for each sensor that shares this one, with its own number, name and entity. @see IPMI 2.0 §43.2 */
export function sharingSensors(record: SensorRecord): SensorRecord[] {
  const { sharing, ...own } = record
  if (!sharing) return [record]
  return Array.from({ length: sharing.count }, (_, index) => ({
    ...own,
    number: own.number + index,
    name: `${own.name} ${suffixOf(sharing, index)}`.trimStart(),
    entity: { ...own.entity, instance: own.entity.instance + (sharing.countsEntities ? index : 0) },
  })).filter(({ number }) => number <= lastSensorNumber)
}

function suffixOf({ suffix, offset }: Sharing, index: number): string {
  return suffix === 'number' ? String(offset + index) : letters(offset + index)
}

/** 0 is A, 25 is Z, 26 is AA. */
function letters(value: number): string {
  const last = String.fromCharCode(0x41 + (value % 26))
  return value < 26 ? last : letters(Math.floor(value / 26) - 1) + last
}
