import type { NetState } from '../contract/state.ts'

/** What is known of a machine's address before anything was asked. */
export function blankNet(now: number, address: string | null = null): NetState {
  const unknown = { value: null, observedAt: now, since: now }
  return { address, ping: unknown, pingProblem: null, connect: unknown }
}
