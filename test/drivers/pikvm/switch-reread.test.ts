import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DeviceEvent } from '../../../server/drivers/pikvm/events.ts'
import { createSwitchReread } from '../../../server/drivers/pikvm/switch-reread.ts'
import { AppError } from '../../../server/errors.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A device whose answers are given by the test. */
function rig({ isThere = true } = {}) {
  const asked: PromiseWithResolvers<unknown>[] = []
  const events: DeviceEvent[] = []
  const reread = createSwitchReread({
    everyMs: 1000,
    isThere: () => isThere,
    read() {
      const answer = Promise.withResolvers<unknown>()
      asked.push(answer)
      return answer.promise
    },
    onEvent: (event) => events.push(event),
  })
  return { asked, events, reread }
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

test('without a Switch nothing is asked', async () => {
  const { asked, reread } = rig({ isThere: false })
  reread.online()
  await vi.advanceTimersByTimeAsync(5000)
  expect(asked).toEqual([])
})
