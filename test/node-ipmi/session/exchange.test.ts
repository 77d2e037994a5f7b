import { expect, test } from 'vitest'
import {
  abandonExchange,
  answerExchange,
  beginExchange,
  type ExchangeState,
  idleExchange,
  tickExchange,
} from '../../../server/node-ipmi/src/session/exchange.ts'

const timing = { retransmitMs: 100, maxAttempts: 3, deadlineMs: 1000 }
const request = { netFn: 0, command: 1, data: Buffer.alloc(0) }
const reply = { netFn: 1, command: 1, completionCode: 0, data: Buffer.alloc(0) }

function idle(state: ExchangeState): Extract<ExchangeState, { name: 'idle' }> {
  if (state.name !== 'idle') throw new Error('not idle')
  return state
}

const first = beginExchange(idle(idleExchange), request, timing, 0)

test('repeats a request under the same sequence, each wait longer, then gives up at the deadline', () => {
  expect(first.effects).toEqual([{ type: 'send', rqSeq: 1, request, attempt: 1 }])
  expect(tickExchange(first.state, 99).effects).toEqual([])
  const second = tickExchange(first.state, 100)
  expect(second.effects).toEqual([{ type: 'send', rqSeq: 1, request, attempt: 2 }])
  const third = tickExchange(second.state, 250)
  expect(third.effects).toEqual([{ type: 'send', rqSeq: 1, request, attempt: 3 }])
  const spent = tickExchange(third.state, 475)
  expect(spent.effects).toEqual([])
  const end = tickExchange(spent.state, 1000)
  expect(end.effects).toEqual([{ type: 'timed out', attempts: 3, elapsedMs: 1000 }])
  expect(end.state).toEqual({ name: 'idle', nextRqSeq: 2 })
})

test('takes the answer with its sequence, command and function, once', () => {
  const done = answerExchange(first.state, { ...reply, rqSeq: 1 })
  expect(done.effects).toHaveLength(1)
  expect(answerExchange(done.state, { ...reply, rqSeq: 1 }).effects).toEqual([])
})

test.each([
  ['another sequence', { ...reply, rqSeq: 2 }],
  ['another command', { ...reply, rqSeq: 1, command: 2 }],
  ['another function', { ...reply, rqSeq: 1, netFn: 7 }],
])('ignores an answer with %s', (_, response) => {
  const after = answerExchange(first.state, response)
  expect(after.effects).toEqual([])
  expect(after.state).toBe(first.state)
})

test('an abandoned request uses its sequence up, so that a late answer fits nothing', () => {
  const state = idle(abandonExchange(first.state))
  const next = beginExchange(state, request, timing, 5)
  expect(next.effects).toMatchObject([{ rqSeq: 2 }])
  expect(answerExchange(next.state, { ...reply, rqSeq: 1 }).effects).toEqual([])
})

test('the sequence has six bits', () => {
  const last = beginExchange({ name: 'idle', nextRqSeq: 63 }, request, timing, 0)
  expect(idle(answerExchange(last.state, { ...reply, rqSeq: 63 }).state).nextRqSeq).toBe(0)
})

test('a single attempt waits its whole time without repeating', () => {
  const once = beginExchange(idle(idleExchange), request, { ...timing, maxAttempts: 1 }, 0)
  expect(tickExchange(once.state, 999).effects).toEqual([])
  expect(tickExchange(once.state, 1000).effects).toMatchObject([{ type: 'timed out', attempts: 1 }])
})
