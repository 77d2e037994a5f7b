import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SelfState } from '../../../../server/contract/state.ts'
import { useLiveStore } from '../../../../web/api/live-store.ts'
import CutOffNotice from '../../../../web/features/triage/CutOffNotice.vue'
import TriageHeader from '../../../../web/features/triage/TriageHeader.vue'
import type { TriageCounts } from '../../../../web/features/triage/triage-order.ts'
import { formatTime } from '../../../../web/locales/times.ts'
import { fakePage, type FakePage } from '../../api/fake-page.ts'
import { observed } from '../../machines.ts'
import { freshStores, saidBy } from '../../said-by.ts'

const none: TriageCounts = { down: 0, degraded: 0, unknown: 0, action: 0, up: 0, paused: 0, checking: 0 }
const at = Date.UTC(2026, 10, 9, 22, 15, 7)
beforeEach(freshStores)

describe('the first line of the page', () => {
  const header = (counts: Partial<TriageCounts>, language: 'en' | 'ja' = 'en') =>
    saidBy(TriageHeader, { counts: { ...none, ...counts }, isLoading: false }, { language })

  it('says how many of all are looked at for the first time, before what is known', async () => {
    const justStarted = { checking: 4, up: 10, down: 1 }
    expect(await header(justStarted)).toBe('Checking 4 of 15 · 1 down · 10 ok')
    expect(await header(justStarted, 'ja')).toBe('15台中4台を確認中 · 停止 1 · 正常 10')
  })

  it('says nothing of checking once all were looked at', async () => {
    expect(await header({ down: 2, degraded: 1, up: 12 })).toBe('2 down · 1 check · 12 ok')
  })
})

describe('above the list', () => {
  let page: FakePage
  beforeEach(() => {
    page = fakePage()
    useLiveStore().start()
    page.newest().open()
  })
  afterEach(() => {
    useLiveStore().stop()
    vi.unstubAllGlobals()
  })
  const notice = async (doubt: SelfState['doubt'], language: 'en' | 'ja' = 'en'): Promise<string> => {
    const value: SelfState = { doubt, gateway: { address: '192.168.1.1', answers: observed(false) } }
    const changes = [{ entity: 'self', id: 'self', siteId: '', value }]
    page.newest().say({ type: 'snapshot', serverTime: at, version: '1.2.3', changes })
    return saidBy(CutOffNotice, {}, { language, now: at + 60_000 })
  }

  it('stands that Crashcart itself may be cut off, by what and since when, and what to look at', async () => {
    const gateway = await notice({ by: 'gateway', since: at })
    expect(gateway).toMatch(
      /^Crashcart itself may be cut off .*192\.168\.1\.1.* Look at Crashcart’s own cable/,
    )
    const majority = await notice({ by: 'majority', since: at })
    expect(majority).toMatch(/^Crashcart itself may be cut off More than half/)
    for (const text of [gateway, majority]) expect(text).toContain(formatTime(at, 'en'))
    expect(await notice({ by: 'majority', since: at }, 'ja')).toMatch(/^Crashcart自身が孤立/)
  })

  it('stands nothing while there is no doubt', async () => {
    expect(await notice(null)).toBe('')
  })
})
