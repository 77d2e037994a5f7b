/** A field that both changed: what was typed here and what stands there now. */
export type Clash<T> = { field: keyof T; mine: T[keyof T]; theirs: T[keyof T] }
export type Merged<T> = { values: T; clashes: Clash<T>[] }

/**
 * Brings an edit onto a newer state. A field that was not touched here takes the newer value; a field that was keeps
 * what was typed, and is a clash when the newer state differs from it and from what was opened.
 */
export function mergeEdit<T extends object>(opened: T, typed: T, newer: T): Merged<T> {
  const values = { ...typed }
  const clashes: Clash<T>[] = []
  for (const field of Object.keys(typed) as (keyof T)[]) {
    const isMine = !isEqual(typed[field], opened[field])
    const isTheirs = !isEqual(newer[field], opened[field])
    if (!isMine) values[field] = newer[field]
    else if (isTheirs && !isEqual(typed[field], newer[field])) {
      clashes.push({ field, mine: typed[field], theirs: newer[field] })
    }
  }
  return { values, clashes }
}

/** The fields of `typed` that differ from `opened`: what an edit has to send. */
export function changedFields<T extends object>(opened: T, typed: T): Partial<T> {
  const entries = Object.entries(typed).filter(([field, value]) => !isEqual(value, opened[field as keyof T]))
  return Object.fromEntries(entries) as Partial<T>
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
