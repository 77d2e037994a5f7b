import { asRecord } from './bounded-json.ts'

/** Which part of a device's JSON is kept: a plain value, a list, or an object's named fields. */
type Kept = 'plain' | readonly [Kept] | KeptFields
export type KeptFields = { readonly [name: string]: Kept }

/** No list that is read is longer, and no text. */
const longestList = 20
const longestText = 64

/**
 * Of a device's object only what `kept` names, so that it stays small whatever else is sent. A value of another type is
 * null; a field that is absent stays so.
 */
export function keepFields(
  record: Readonly<Record<string, unknown>>,
  kept: KeptFields,
): Record<string, unknown> {
  const present = Object.entries(kept).filter(([name]) => Object.hasOwn(record, name))
  return Object.fromEntries(present.map(([name, of]) => [name, keepOnly(record[name], of)]))
}

function keepOnly(value: unknown, kept: Kept): unknown {
  if (kept === 'plain') return isPlain(value) ? value : null
  if (isList(kept)) {
    return Array.isArray(value) ? value.slice(0, longestList).map((one) => keepOnly(one, kept[0])) : null
  }
  const record = asRecord(value)
  return record && keepFields(record, kept)
}

function isList(kept: readonly [Kept] | KeptFields): kept is readonly [Kept] {
  return Array.isArray(kept)
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= longestText
  return typeof value === 'boolean' || typeof value === 'number'
}
