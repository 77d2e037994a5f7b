/** Says whether a device sends more than it reasonably can. */
export interface RateBudget {
  /** Counts `amount` at `nowMs` (monotonic). False once more than `perSecond` came in within one second's window. */
  spend(amount: number, nowMs: number): boolean
}

/** Budget in fixed windows of one second; up to twice `perSecond` may pass across a window's edge. */
export function createRateBudget(perSecond: number): RateBudget {
  let windowStart = Number.NEGATIVE_INFINITY
  let spent = 0
  return {
    spend(amount, nowMs) {
      if (nowMs - windowStart >= 1000) {
        windowStart = nowMs
        spent = 0
      }
      spent += amount
      return spent <= perSecond
    },
  }
}
