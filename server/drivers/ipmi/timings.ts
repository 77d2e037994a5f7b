/** All waits of this driver, ms. */
export type IpmiTimings = {
  /** From one chassis status to the next, give or take a tenth. */
  statusEveryMs: number
  /** While somebody watches closely: a power cycle may keep the machine off for one second only. */
  closeEveryMs: number
  /** Event log, restart cause. */
  detailEveryMs: number
  /** While somebody watches closely: a new restart cause is a part of the proof of a reset. */
  closeDetailEveryMs: number
  sensorsEveryMs: number
  /** From one try of cipher suite 0 that told nothing to the next. */
  cipherZeroEveryMs: number
  /** After a failure while somebody watches closely. */
  retryMs: number
  /** A console that was taken or could not be opened is tried again after this. */
  serialRetryMs: number
  /** A BMC may replay what the machine said before: output this soon after the opening proves nothing. */
  serialSettlesMs: number
  connectMs: number
  commandMs: number
}

export const defaultTimings: IpmiTimings = {
  statusEveryMs: 12_000,
  closeEveryMs: 300,
  detailEveryMs: 12_000,
  closeDetailEveryMs: 2_000,
  sensorsEveryMs: 60_000,
  cipherZeroEveryMs: 300_000,
  retryMs: 1_000,
  serialRetryMs: 5_000,
  serialSettlesMs: 1_000,
  connectMs: 8_000,
  commandMs: 5_000,
}
