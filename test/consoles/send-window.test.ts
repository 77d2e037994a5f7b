import { describe, expect, it } from 'vitest'
import { SendWindow } from '../../server/consoles/send-window.ts'

type Link = { bytesPerMs: number; rttMs: number; frameBytes: number; fps: number }

/** Plays a link for `totalMs`: frames come at `fps`, only the newest waits. Answers what the viewer got and how old. */
function play(
  link: Link,
  totalMs: number,
  knowsRtt = true,
): { delivered: number; worstAgeMs: number; maxInFlight: number } {
  const window = new SendWindow()
  const onWay: { arrivesAt: number; total: number; bornAt: number }[] = []
  let waitingBornAt: number | null = null
  let linkFreeAt = 0
  let total = 0
  const result = { delivered: 0, worstAgeMs: 0, maxInFlight: 0 }
  if (knowsRtt) window.roundTrip(link.rttMs, 0)
  for (let now = 0; now < totalMs; now += 1) {
    if (now % Math.round(1000 / link.fps) === 0) waitingBornAt = now
    while (onWay[0] !== undefined && onWay[0].arrivesAt + link.rttMs / 2 <= now) {
      const frame = onWay.shift()
      if (frame === undefined) break
      window.acknowledged(frame.total, now)
      result.delivered += 1
      if (now > totalMs / 3) result.worstAgeMs = Math.max(result.worstAgeMs, frame.arrivesAt - frame.bornAt)
    }
    if (waitingBornAt === null || !window.isOpen) continue
    window.sent(link.frameBytes, now)
    total += link.frameBytes
    linkFreeAt = Math.max(linkFreeAt, now) + link.frameBytes / link.bytesPerMs
    onWay.push({ arrivesAt: linkFreeAt + link.rttMs / 2, total, bornAt: waitingBornAt })
    waitingBornAt = null
    result.maxInFlight = Math.max(result.maxInFlight, window.inFlightBytes)
  }
  return result
}

describe('send window', () => {
  it('lets one message go before anything is known, and no second', () => {
    const window = new SendWindow()
    expect(window.isOpen).toBe(true)
    window.sent(90_000, 0)
    expect(window.isOpen).toBe(false)
    window.acknowledged(90_000, 1_000)
    expect(window.isOpen).toBe(true)
  })

  it.each([20, 80, 400])('reaches the full rate on an ample link with %d ms round trip', (rttMs) => {
    const { delivered } = play({ bytesPerMs: 20_000, rttMs, frameBytes: 90_000, fps: 30 }, 12_000)
    expect(delivered).toBeGreaterThan(30 * 12 * 0.9)
  })

  it('keeps frames no older than about one transfer on a 50 kB/s link', () => {
    const frame = { bytesPerMs: 50, rttMs: 100, frameBytes: 90_000, fps: 15 }
    const { delivered, worstAgeMs } = play(frame, 60_000)
    const transferMs = frame.frameBytes / frame.bytesPerMs
    expect(worstAgeMs).toBeLessThan(1.5 * transferMs)
    expect(delivered).toBeGreaterThan(0.85 * (60_000 / transferMs))
  })

  it('sends one at a time while no round trip is known', () => {
    const { maxInFlight } = play({ bytesPerMs: 20_000, rttMs: 80, frameBytes: 90_000, fps: 30 }, 3_000, false)
    expect(maxInFlight).toBe(90_000)
  })

  it('never has more than 2 MB and a frame on its way', () => {
    const { maxInFlight } = play({ bytesPerMs: 90_000, rttMs: 800, frameBytes: 300_000, fps: 60 }, 10_000)
    expect(maxInFlight).toBeLessThanOrEqual(2_300_000)
  })

  it('takes no acknowledgement of what was never sent, nor an older one', () => {
    const window = new SendWindow()
    window.sent(1_000, 0)
    window.acknowledged(5_000_000, 10)
    expect(window.inFlightBytes).toBe(0)
    window.sent(1_000, 20)
    window.acknowledged(900, 30)
    expect(window.inFlightBytes).toBe(1_000)
  })
})
