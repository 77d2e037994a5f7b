import { IpmiBackoffError, type IpmiError } from '../errors.ts'

const firstMs = 2000
const longestMs = 300_000

/** After a refused login: twice the wait each time, so that no account gets locked by a wrong password. */
export class Backoff {
  #last: { error: IpmiError; untilMs: number; failures: number } | undefined

  /** @throws IpmiBackoffError while it is too early for another attempt */
  check(nowMs: number): void {
    if (!this.#last || nowMs >= this.#last.untilMs) return
    throw new IpmiBackoffError(this.#last.untilMs, this.#last.untilMs - nowMs, this.#last.error)
  }

  /** Notes a refusal; gives the time before which nothing is tried. */
  refused(error: IpmiError, nowMs: number): number {
    const failures = (this.#last?.failures ?? 0) + 1
    const untilMs = nowMs + Math.min(firstMs * 2 ** (failures - 1), longestMs)
    this.#last = { error, untilMs, failures }
    return untilMs
  }

  reset(): void {
    this.#last = undefined
  }
}
