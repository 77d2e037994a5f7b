import { describe, expect, test } from 'vitest'
import { keepaliveStep } from '../../../server/drivers/pikvm/keepalive.ts'
import { createRateBudget } from '../../../server/drivers/pikvm/rate-budget.ts'
import { createReleaseWatch } from '../../../server/drivers/pikvm/release-watch.ts'

describe('keepalive', () => {
  const limits = { pingAfterMs: 3000, deadAfterMs: 10_000 }
  test.each([
    [2999, 2999, 'ok'],
    [3000, 3000, 'ping'],
    [4000, 1000, 'ok'],
    [9999, 3000, 'ping'],
    [10_000, 500, 'dead'],
  ])('quiet for %s ms, pinged %s ms ago: %s', (sinceHeardMs, sincePingMs, step) => {
    expect(keepaliveStep({ sinceHeardMs, sincePingMs }, limits)).toBe(step)
  })
})

describe('rate budget', () => {
  test('refuses what is over the limit within a second and starts anew in the next', () => {
    const budget = createRateBudget(100)
    expect([budget.spend(100, 0), budget.spend(1, 999), budget.spend(100, 1000)]).toEqual([true, false, true])
  })
})

describe('release watch', () => {
  test("a stranger's socket is told of once, however many events it gives", () => {
    const watch = createReleaseWatch()
    expect([0, 5, 30, 199].map((at) => watch.strangerShows(at))).toEqual([true, false, false, false])
    expect(watch.strangerShows(500)).toBe(true)
  })

  test('events around a move of our own socket are its echo', () => {
    const watch = createReleaseWatch()
    watch.ownBegins()
    expect(watch.strangerShows(1000)).toBe(false)
    watch.ownEnds(1010)
    expect([1011, 1100, 1209].map((at) => watch.strangerShows(at))).toEqual([false, false, false])
    expect(watch.strangerShows(1300)).toBe(true)
  })

  test('the first event after a move of our own socket is its echo, also when it comes late', () => {
    const watch = createReleaseWatch()
    watch.ownBegins()
    watch.ownEnds(1000)
    expect([1900, 1925, 2099].map((at) => watch.strangerShows(at))).toEqual([false, false, false])
    expect([2200, 2225].map((at) => watch.strangerShows(at))).toEqual([true, false])
  })

  test("a move of our own socket that gives no event hides a stranger's for two seconds only", () => {
    const watch = createReleaseWatch()
    watch.ownEnds(1000)
    expect(watch.strangerShows(3000)).toBe(true)
  })

  test('two sockets of ours may move at once', () => {
    const watch = createReleaseWatch()
    watch.ownBegins()
    watch.ownBegins()
    watch.ownEnds(0)
    expect(watch.strangerShows(900)).toBe(false)
    watch.ownEnds(1000)
    expect(watch.strangerShows(1300)).toBe(true)
  })
})
