import type { BmcState, BmcWarning, LinkProblem, Observed } from '../contract/state.ts'

/** State of a BMC of which nothing is known yet, and why. Times are ms since the epoch. */
export function blankBmcState(
  endpointId: string,
  problem: LinkProblem | null,
  now: number,
  warnings: BmcWarning[] = [],
): BmcState {
  const unknown = <T>(): Observed<T> => ({ value: null, observedAt: now, since: now })
  return {
    endpointId,
    reachable: unknown(),
    problem,
    power: unknown(),
    alarms: unknown(),
    hasNoSensors: false,
    log: unknown(),
    nextBoot: unknown(),
    identify: unknown(),
    restartCause: unknown(),
    serialSince: null,
    serialOutputAt: null,
    warnings,
  }
}
