import { describe, expect, it } from 'vitest'
import type { PictureQuality } from '../../server/contract/screen.ts'
import { FormChoice, type DeliveryFacts } from '../../server/consoles/form-choice.ts'

const good = { bytesPerMs: 1_000, underWayMs: 0, jpegBytes: 90_000 }

function choosing(quality: PictureQuality, canH264 = true) {
  const choice = new FormChoice()
  let now = 1_000_000
  choice.wish(quality, canH264, now)
  /** Looks twice a second for so long; answers the forms in order. */
  const look = (seconds: number, facts: Omit<DeliveryFacts, 'now'>): string[] => {
    const forms: string[] = [choice.form]
    for (let half = 0; half < seconds * 2; half += 1) {
      now += 500
      choice.look({ now, ...facts })
      if (choice.form !== forms.at(-1)) forms.push(choice.form)
    }
    return forms
  }
  const miss = (times: number, everyMs: number): void => {
    for (let count = 0; count < times; count += 1) {
      choice.missed(now)
      now += everyMs
    }
  }
  return { choice, look, miss, now: () => now }
}

describe('the form of pictures', () => {
  it('is the best that browser and device can do, as the person chose', () => {
    expect(choosing('auto').choice.form).toBe('h264')
    expect(choosing('auto', false).choice.form).toBe('jpeg')
    expect(choosing('sharp').choice.form).toBe('h264')
    expect(choosing('light').choice.form).toBe('stills')
  })

  it('is JPEG after two misses in 10 s, and not after two that are further apart', () => {
    const apart = choosing('auto')
    apart.miss(3, 10_000)
    expect(apart.choice.form).toBe('h264')
    const close = choosing('auto')
    close.miss(2, 9_000)
    expect(close.choice.form).toBe('jpeg')
  })

  it('goes up again when the link has recovered, later each time that it did not hold', () => {
    const { choice, look, miss } = choosing('auto')
    const waits: number[] = []
    for (let round = 0; round < 3; round += 1) {
      miss(2, 100)
      let seconds = 0
      while (choice.form === 'jpeg' && seconds < 1_000) {
        look(1, good)
        seconds += 1
      }
      waits.push(seconds)
    }
    expect(waits[0]).toBeLessThanOrEqual(21)
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0)
    expect(waits[2]).toBeGreaterThan(waits[1] ?? 0)
  })

  it('stays down while the link is poor, and scaled where a JPEG takes more than 3 s', () => {
    const poor = { ...good, bytesPerMs: 50 }
    const { look, miss, choice } = choosing('auto')
    miss(2, 100)
    expect(look(120, poor)).toEqual(['jpeg'])
    expect(look(5, { ...good, bytesPerMs: 8 })).toEqual(['jpeg', 'stills'])
    expect(look(120, { ...good, bytesPerMs: 40 })).toEqual(['stills'])
    expect(look(60, good)).toEqual(['stills', 'jpeg', 'h264'])
    expect(choice.form).toBe('h264')
  })

  it('goes down when nothing moves at all, but never below what was chosen', () => {
    const stuck = { ...good, underWayMs: 5_000 }
    expect(choosing('auto').look(3, stuck)).toEqual(['h264', 'jpeg', 'stills'])
    expect(choosing('sharp').look(3, stuck)).toEqual(['h264', 'jpeg'])
    expect(choosing('light').look(60, good)).toEqual(['stills'])
  })

  it('tries a better one when the link was not measured of late: a still picture measures nothing', () => {
    const { look } = choosing('auto', false)
    look(3, { ...good, bytesPerMs: 8 })
    expect(look(60, { ...good, bytesPerMs: null })).toEqual(['stills', 'jpeg'])
  })

  it('follows at once what device or browser turn out not to do, and what they can again', () => {
    const { choice, now } = choosing('auto')
    choice.wish('auto', false, now())
    expect(choice.form).toBe('jpeg')
    choice.wish('auto', true, now())
    expect(choice.form).toBe('h264')
    choice.wish('light', true, now())
    expect(choice.form).toBe('stills')
  })
})
