/** The fields that were given: an edit leaves out what it does not change. */
export function withoutUndefined<T extends object>(edit: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined)) as never
}
