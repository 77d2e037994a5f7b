import { describe, expect, it } from 'vitest'
import { ServerClock } from '../../../web/api/server-clock.ts'

describe('server clock', () => {
  it('is ours before anything was measured', () => {
    expect(new ServerClock().offsetMs).toBe(0)
  })

  it('takes the middle of the round trip', () => {
    expect(new ServerClock().add({ sentAt: 1000, roundTripMs: 100, serverTime: 3050 })).toBe(2000)
  })

  it('trusts the shortest of the last ten round trips', () => {
    const clock = new ServerClock()
    clock.add({ sentAt: 0, roundTripMs: 20, serverTime: 510 })
    expect(clock.add({ sentAt: 0, roundTripMs: 4000, serverTime: 9000 })).toBe(500)
    for (let sample = 0; sample < 10; sample += 1) clock.add({ sentAt: 0, roundTripMs: 200, serverTime: 700 })
    expect(clock.offsetMs).toBe(600)
  })

  it('follows at once when the server’s clock was set, forward and back', () => {
    const clock = new ServerClock()
    const years = 56 * 365 * 86_400_000
    clock.add({ sentAt: 0, roundTripMs: 5, serverTime: 100 })
    expect(clock.add({ sentAt: 0, roundTripMs: 300, serverTime: years })).toBe(years - 150)
    expect(clock.add({ sentAt: 0, roundTripMs: 400, serverTime: 200 })).toBe(0)
  })
})
