import { beforeEach, describe, expect, it } from 'vitest'
import { useLiveStore } from '../../../../web/api/live-store.ts'
import DevicePicture from '../../../../web/features/device/DevicePicture.vue'
import { useLivePage } from '../../live-page.ts'
import { device, kvm, state } from '../../machines.ts'
import { saidBy } from '../../said-by.ts'

const now = new Date(2026, 10, 9, 2, 0, 30).getTime()
const page = useLivePage()
beforeEach(() => page.snapshot(now))

describe('below a machine’s picture that moves', () => {
  const caption = (ageMs: number, language: 'en' | 'ja' = 'en'): Promise<string> => {
    useLiveStore().thumbnails.set('d1', { at: now - ageMs, jpeg: new Uint8Array() })
    const seen = kvm({ pictureChangedAt: now - 1_000 })
    return saidBy(
      DevicePicture,
      { device: device('d1'), state: state('d1', { kvm: seen }) },
      { now, language },
    )
  }

  it('it is the newest one for a few seconds, then one of its own time', async () => {
    expect(await caption(11_000)).toBe('Newest picture · 11 s')
    expect(await caption(11_000, 'ja')).toMatch(/^最新の画像 · /)
    expect(await caption(12_000)).toBe('Picture of 02:00:18 · 12 s')
    expect(await caption(12_000, 'ja')).toMatch(/^02:00:18の画像 · /)
  })

  it('it is none of now while there is no link', async () => {
    page.newest().break()
    expect(await caption(1_000)).toBe('Picture of 02:00:29 · 1 s')
  })
})
