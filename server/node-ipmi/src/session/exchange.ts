import type { LanResponse } from '../wire/lan-message.ts'

/** How long to wait for an answer, and how often to repeat the same datagram. */
export interface ExchangeTiming {
  /** Wait before the first retransmission; later ones wait 1.5 times longer each. */
  retransmitMs: number
  /** Most datagrams for one request, the first included. */
  maxAttempts: number
  /** From the first datagram until the request has failed. */
  deadlineMs: number
}

export interface ExchangeRequest {
  netFn: number
  command: number
  data: Uint8Array
  lun?: number
}

export type ExchangeState =
  | { name: 'idle'; nextRqSeq: number }
  | {
      name: 'waiting'
      rqSeq: number
      request: ExchangeRequest
      timing: ExchangeTiming
      attempts: number
      startedMs: number
      wakeMs: number
    }

export type ExchangeEffect =
  | { type: 'send'; rqSeq: number; request: ExchangeRequest; attempt: number }
  | { type: 'answered'; response: LanResponse }
  | { type: 'timed out'; attempts: number; elapsedMs: number }

export interface ExchangeResult {
  state: ExchangeState
  effects: ExchangeEffect[]
}

export const idleExchange: ExchangeState = { name: 'idle', nextRqSeq: 1 }

/** Sends a request; the state must be idle, since one request is in flight at a time. */
export function beginExchange(
  state: Extract<ExchangeState, { name: 'idle' }>,
  request: ExchangeRequest,
  timing: ExchangeTiming,
  nowMs: number,
): ExchangeResult {
  const rqSeq = state.nextRqSeq
  return {
    state: {
      name: 'waiting',
      rqSeq,
      request,
      timing,
      attempts: 1,
      startedMs: nowMs,
      wakeMs: nowMs + firstWait(timing),
    },
    effects: [{ type: 'send', rqSeq, request, attempt: 1 }],
  }
}

/** An answer came in; late, doubled or foreign ones change nothing. */
export function answerExchange(state: ExchangeState, response: LanResponse): ExchangeResult {
  if (state.name !== 'waiting') return { state, effects: [] }
  const { request, rqSeq } = state
  const isOurs =
    response.rqSeq === rqSeq && response.command === request.command && response.netFn === (request.netFn | 1)
  if (!isOurs) return { state, effects: [] }
  return { state: idleAfter(rqSeq), effects: [{ type: 'answered', response }] }
}

/** Time has passed: repeat the same request under the same rqSeq, or give up. */
export function tickExchange(state: ExchangeState, nowMs: number): ExchangeResult {
  if (state.name !== 'waiting' || nowMs < state.wakeMs) return { state, effects: [] }
  const { timing, startedMs, attempts, rqSeq, request } = state
  const deadline = startedMs + timing.deadlineMs
  if (nowMs >= deadline) {
    return {
      state: idleAfter(rqSeq),
      effects: [{ type: 'timed out', attempts, elapsedMs: nowMs - startedMs }],
    }
  }
  if (attempts >= timing.maxAttempts) return { state: { ...state, wakeMs: deadline }, effects: [] }
  const wait = timing.retransmitMs * 1.5 ** attempts
  return {
    state: { ...state, attempts: attempts + 1, wakeMs: Math.min(nowMs + wait, deadline) },
    effects: [{ type: 'send', rqSeq, request, attempt: attempts + 1 }],
  }
}

/** Gives the request up (the caller aborted); a late answer will not be taken for the next one. */
export function abandonExchange(state: ExchangeState): ExchangeState {
  return state.name === 'waiting' ? idleAfter(state.rqSeq) : state
}

function firstWait(timing: ExchangeTiming): number {
  return timing.maxAttempts > 1 ? Math.min(timing.retransmitMs, timing.deadlineMs) : timing.deadlineMs
}

/** Request sequence numbers have six bits. */
function idleAfter(rqSeq: number): ExchangeState {
  return { name: 'idle', nextRqSeq: (rqSeq + 1) & 0x3f }
}
