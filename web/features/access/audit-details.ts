import { browserName } from './browser-name.ts'
import type { DetailWords } from './audit-detail-words.ts'

/** Numbers for programs: they say nothing to a person who reads. */
const hidden = new Set([
  'actionId',
  'endpointId',
  'linkId',
  'sessionId',
  'siteId',
  'rackId',
  'pathId',
  'pathIds',
])

/**
 * What an entry of the record says besides its event, as parts of a line: known details in words, unknown ones after them as
 * they were written down. Text of devices and people stays text.
 */
export function detailParts(detail: Readonly<Record<string, unknown>>, words: DetailWords): string[] {
  const told = Object.entries(detail).filter(
    ([key, value]) =>
      !hidden.has(key) && value !== null && value !== '' && value !== false && !isEmpty(value),
  )
  const isKnown = ([key]: [string, unknown]): boolean => Object.hasOwn(words.keys, key) || key === 'userAgent'
  return [
    ...told.filter(isKnown).map(([key, value]) => known(key, value, words)),
    ...told.filter((entry) => !isKnown(entry)).map(([key, value]) => `${key} ${plain(value)}`),
  ]
}

function known(key: string, value: unknown, words: DetailWords): string {
  if (key === 'userAgent') return browserName(plain(value))
  const name = words.keys[key] ?? key
  if (value === true) return name
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return `${name}: ${list.map((one) => words.values[`${key}.${plain(one)}`] ?? plain(one)).join(words.comma)}`
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0
const plain = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
