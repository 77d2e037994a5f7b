import type { KvmState, LinkProblem, Observed } from '../contract/state.ts'

/** State of an endpoint that nobody is connected to: nothing known, and why. */
export function blankKvmState(endpointId: string, problem: LinkProblem | null, now: number): KvmState {
  const unknown = <T>(): Observed<T> => ({ value: null, observedAt: now, since: now })
  return {
    endpointId,
    reachable: unknown(),
    problem,
    signal: unknown(),
    pictureChangedAt: null,
    power: unknown(),
    hddActive: unknown(),
    atxBusy: unknown(),
    atxEnabled: unknown(),
    ledWiring: 'unproven',
    keyboardOnline: unknown(),
    mouseOnline: unknown(),
    mouseAbsolute: unknown(),
    capsLock: unknown(),
    streamerRunning: unknown(),
    cpuTemperatureC: unknown(),
    throttled: unknown(),
  }
}
