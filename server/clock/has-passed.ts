/**
 * True when `ms` have gone by since `since`. A `since` that lies ahead was written before the clock was put back: how long
 * ago that is nobody knows, and waiting for it could take years.
 */
export function hasPassed(since: number, now: number, ms: number): boolean {
  return now < since || now - since >= ms
}
