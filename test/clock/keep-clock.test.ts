import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hasPassed } from '../../server/clock/has-passed.ts'
import { ClockKeeper } from '../../server/clock/keep-clock.ts'
import { ServerClock } from '../../server/clock/server-clock.ts'
import type { StoreCall } from '../../server/store/together.ts'

const today = Date.UTC(2026, 5, 1)
const day = 24 * 3600_000

let system: number
let count: number
let clock: ServerClock
let kept: ClockKeeper
let lastAt: number | null
let written: StoreCall[][]
let isDiskFull: boolean

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  ;[system, count, lastAt, written, isDiskFull] = [today, 0, null, [], false]
  clock = new ServerClock(
    () => system,
    () => count,
  )
  kept = new ClockKeeper({
    clock,
    store: {
      clock: {
        read: async () => lastAt,
        note: async (at) => void (lastAt = at),
        move: async () => undefined,
      },
      together: async (calls) => {
        if (isDiskFull) throw new Error('disk full')
        written.push([...calls])
        return { isKept: true, results: [] }
      },
    },
    audit: { line: (_actor, event, { detail }) => ({ table: 'audit', name: event, args: [detail] }) },
    log: { info: () => undefined, warn: () => undefined },
  })
})
afterEach(async () => {
  await kept.close()
  vi.useRealTimers()
})

/** One second later, by both. */
async function tick(): Promise<void> {
  ;[system, count] = [system + 1000, count + 1000]
  await vi.advanceTimersByTimeAsync(1000)
}
const movedBy = (): unknown[] => written.map(([move]) => move?.args[0])

describe('the server’s clock', () => {
  it('goes on as it did while somebody sets the system’s', () => {
    const before = clock.now()
    ;[system, count] = [0, 500]
    expect(clock.now()).toBe(before + 500)
    expect(clock.behindMs).toBe(-today - 500)
  })

  it('is put right in a second, with every time that is compared with it, in one write', async () => {
    await kept.start()
    let steps = 0
    kept.onStep(() => (steps += 1))
    system += 3 * day
    await tick()
    expect(clock.now()).toBe(system)
    expect(movedBy()).toEqual([3 * day])
    expect(written[0]?.map(({ table, name }) => `${table}.${name}`)).toEqual([
      'clock.move',
      'clock.note',
      'audit.clock.set',
    ])
    expect(steps).toBe(1)
  })

  it('follows seconds without moving anything', async () => {
    await kept.start()
    system += 30_000
    await tick()
    expect(clock.now()).toBe(system)
    expect(written).toEqual([])
  })

  it('waits while something is being measured', async () => {
    await kept.start()
    let isBusy = true
    kept.waitWhile(() => isBusy)
    system -= 20 * day
    await tick()
    expect(clock.now()).toBe(today + 1000)
    isBusy = false
    await tick()
    expect(clock.now()).toBe(system)
    expect(movedBy()).toEqual([-20 * day])
  })

  it('stays with the stored times when these could not be moved, and tries again', async () => {
    await kept.start()
    isDiskFull = true
    system += 3 * day
    await tick()
    expect(clock.now()).toBe(today + 1000)
    isDiskFull = false
    await tick()
    expect(clock.now()).toBe(system)
    expect(movedBy()).toEqual([3 * day])
  })
})

describe('a start', () => {
  it.each([
    ['an hour off', 3600_000, []],
    ['a week off', 7 * day, []],
    ['years off, which is a clock that was set', 3 * 365 * day, [3 * 365 * day]],
    ['before the last end', -3600_000, [-3600_000]],
    ['at 1970', -today, [-today]],
  ])('after %s', async (_what, pauseMs, moves) => {
    lastAt = today - pauseMs
    await kept.start()
    expect(movedBy()).toEqual(moves)
    expect(kept.isDoubtful).toBe(moves.length > 0)
    expect(kept.isSettled).toBe(moves.length === 0)
    expect(clock.now()).toBe(today)
  })

  it('is doubted until the clock is set, or nobody does for a day', async () => {
    lastAt = today + 300 * day
    await kept.start()
    expect(kept.isDoubtful).toBe(true)
    system += 301 * day
    await tick()
    expect(kept.isDoubtful).toBe(false)
    // What is old by it may go only when it has stood for a day.
    expect(kept.isSettled).toBe(false)
    await vi.advanceTimersByTimeAsync(25 * 3600_000)
    expect(kept.isSettled).toBe(true)
  })

  it('does not believe years ahead from a time that was possible', async () => {
    await kept.start()
    system += 12 * 365 * day
    await tick()
    expect(kept.isDoubtful).toBe(true)
    system -= 12 * 365 * day
    await tick()
    expect(kept.isDoubtful).toBe(false)
  })
})

describe('an interval', () => {
  it('has passed when it is over, and when it began in the future', () => {
    expect([hasPassed(100, 109, 10), hasPassed(100, 110, 10), hasPassed(100, 99, 10)]).toEqual([
      false,
      true,
      true,
    ])
  })
})
