import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, effectScope, ref } from 'vue'
import { pictureReason } from '../../../web/features/screen/picture-reason.ts'
import { useFineNow } from '../../../web/features/screen/use-fine-now.ts'
import { nowKey } from '../../../web/ui/now.ts'

const scope = effectScope()
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

describe('the time by which reasons are told', () => {
  it('is fine enough that a slow link is said within 3 s, whenever the last picture came', () => {
    const second = ref(1_000_000)
    setInterval(() => (second.value += 1_000), 1_000)
    const app = createApp({}).provide(nowKey, second)
    const now = app.runWithContext(() => scope.run(() => useFineNow())) ?? ref(0)
    for (let phase = 0; phase < 20; phase += 1) {
      vi.advanceTimersByTime(1_050)
      const drawnAt = second.value + (phase % 20) * 50
      while (now.value < drawnAt) vi.advanceTimersByTime(10)
      const said = () =>
        pictureReason({
          isLinked: true,
          state: 'live',
          since: 0,
          drawnAt,
          changedAt: null,
          stirredAt: null,
          now: now.value,
        }).name
      vi.advanceTimersByTime(drawnAt + 3_000 - now.value)
      expect(said()).toBe('linkSlow')
    }
  })
})
