import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { markGuest } from '../../../../web/api/guest-mark.ts'
import { useSessionStore } from '../../../../web/api/session-store.ts'
import SignInView from '../../../../web/features/access/SignInView.vue'
import { formatTime } from '../../../../web/locales/times.ts'
import { freshStores, saidBy } from '../../said-by.ts'

const minute = 60_000
const phoneTime = Date.UTC(2026, 10, 9, 22, 15)
const page = (language: 'en' | 'ja' = 'en') => saidBy(SignInView, {}, { language, now: phoneTime })
/** The server says, at this phone's `phoneTime`, that it is so much later. */
const serverAhead = (ms: number): void =>
  useSessionStore().accept({ state: 'signedOut', passkeysPossible: false, serverTime: phoneTime + ms })

beforeEach(() => {
  freshStores()
  vi.useFakeTimers({ toFake: ['Date'], now: phoneTime })
  const kept = new Map<string, string>()
  vi.stubGlobal('document', { documentElement: { dataset: {} } })
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('the sign-in page', () => {
  it('shows the server’s time', async () => {
    serverAhead(-minute)
    expect(await page()).toContain(formatTime(phoneTime - minute, 'en'))
  })

  it('says so when the clocks of phone and server differ by minutes, in both languages', async () => {
    serverAhead(30_000)
    expect(await page()).not.toMatch(/differ/)
    serverAhead(-300 * 24 * 60 * minute)
    expect(await page()).toMatch(/clock and Crashcart’s differ by/)
    expect(await page('ja')).toMatch(/時計が.*ずれています/)
  })

  it('tells a guest whose visit is over so, and nobody else', async () => {
    serverAhead(0)
    expect(await page()).not.toMatch(/visit is over/)
    markGuest(true)
    expect(await page()).toMatch(/Your visit is over .*ask for a new link/)
    expect(await page('ja')).toMatch(/ゲスト参加は終了しました/)
    markGuest(false)
    expect(await page()).not.toMatch(/visit is over/)
  })
})
