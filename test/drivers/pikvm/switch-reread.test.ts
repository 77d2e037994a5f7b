import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DeviceEvent } from '../../../server/drivers/pikvm/events.ts'
import { createSwitchReread } from '../../../server/drivers/pikvm/switch-reread.ts'
import {
  advanceBoard,
  noneSettleMs,
  startingBoard,
  type BoardInput,
} from '../../../server/drivers/pikvm/switch-board.ts'
import { AppError } from '../../../server/errors.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const ofPorts = (portCount: number): BoardInput => ({
  type: 'facts',
  facts: { portCount, labels: [], activePort: portCount > 0 ? 0 : null, isSettled: true },
})

/** A device whose answers are given by the test. */
function rig({ hadSwitch = true } = {}) {
  const asked: PromiseWithResolvers<unknown>[] = []
  const signals = new Set<AbortSignal>()
  const events: DeviceEvent[] = []
  let board = startingBoard(0, hadSwitch)
  const reread = createSwitchReread({
    everyMs: 1000,
    board: () => board,
    read(signal) {
      const answer = Promise.withResolvers<unknown>()
      asked.push(answer)
      signals.add(signal)
      return answer.promise
    },
    onEvent: (event) => events.push(event),
  })
  function tellBoard(input: BoardInput): void {
    reread.told()
    board = advanceBoard(board, input, Date.now())
    reread.boardTaken()
  }
  return { asked, signals, events, reread, tellBoard }
}

test('the answer counts as if it had been told, and is asked for again', async () => {
  const { asked, events, reread } = rig()
  reread.online()
  await vi.advanceTimersByTimeAsync(1000)
  asked[0]?.resolve({ summary: { active_port: 1 } })
  await vi.advanceTimersByTimeAsync(1000)
  expect(events).toEqual([{ type: 'switch', event: { summary: { active_port: 1 } } }])
  expect(asked).toHaveLength(2)
})

test('an answer counts for nothing when the device told something meanwhile: it may be older', async () => {
  const { asked, events, reread } = rig()
  reread.online()
  await vi.advanceTimersByTimeAsync(1000)
  reread.told()
  asked[0]?.resolve({ summary: { active_port: 1 } })
  await vi.advanceTimersByTimeAsync(1000)
  expect(events).toEqual([])
  expect(asked).toHaveLength(2)
})

test('an answer from before the connection was lost counts for nothing, and nothing is asked without one', async () => {
  const { asked, events, reread } = rig()
  reread.online()
  await vi.advanceTimersByTimeAsync(1000)
  reread.offline()
  asked[0]?.resolve({})
  await vi.advanceTimersByTimeAsync(5000)
  expect({ events, asked: asked.length }).toEqual({ events: [], asked: 1 })
})

test('asks on after a failure, but not with credentials that were refused', async () => {
  const { asked, reread } = rig()
  reread.online()
  await vi.advanceTimersByTimeAsync(1000)
  asked[0]?.reject(new AppError('device/timeout', 'Late.'))
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toHaveLength(2)
  asked[1]?.reject(new AppError('device/refusedCredentials', 'No.'))
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toHaveLength(2)
})

test('not asked any more with credentials that were refused, whatever the device tells', async () => {
  const { asked, reread, tellBoard } = rig()
  reread.online()
  await vi.advanceTimersByTimeAsync(1000)
  tellBoard(ofPorts(4))
  asked[0]?.reject(new AppError('device/refusedCredentials', 'No.'))
  await vi.advanceTimersByTimeAsync(0)
  tellBoard(ofPorts(4))
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toHaveLength(1)
})

test('without a Switch nothing is asked and nothing waits, until one is there', async () => {
  const { asked, reread, tellBoard } = rig({ hadSwitch: false })
  reread.online()
  tellBoard(ofPorts(0))
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toEqual([])
  tellBoard(ofPorts(4))
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toHaveLength(1)
  tellBoard(ofPorts(0))
  asked[0]?.resolve({})
  await vi.advanceTimersByTimeAsync(5000)
  expect({ asked: asked.length, timers: vi.getTimerCount() }).toEqual({ asked: 1, timers: 0 })
})

test('however long it goes on, one timer waits, and nobody more listens for the end', async () => {
  const { asked, signals, reread, tellBoard } = rig()
  reread.online()
  for (let round = 0; round < 20; round++) {
    await vi.advanceTimersByTimeAsync(1000)
    tellBoard(ofPorts(4))
    asked.at(-1)?.resolve({})
    await vi.advanceTimersByTimeAsync(0)
    tellBoard(ofPorts(4))
  }
  expect(asked).toHaveLength(20)
  expect(vi.getTimerCount()).toBe(1)
  expect([...signals].map((signal) => getEventListeners(signal, 'abort').length)).toEqual([0])
  reread.offline()
  expect(vi.getTimerCount()).toBe(0)
})

test('asked again when a Switch that is not told of yet would be believed to be gone', async () => {
  const { asked, reread, tellBoard } = rig()
  reread.online()
  tellBoard(ofPorts(0))
  await vi.advanceTimersByTimeAsync(noneSettleMs - 1)
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toHaveLength(1)
})
