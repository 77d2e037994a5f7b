import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useSessionStore } from '../../web/api/session-store.ts'
import { useTransportStore } from '../../web/api/transport-store.ts'
import LinkStrip from '../../web/LinkStrip.vue'
import { freshStores, saidBy } from './said-by.ts'
import { signedIn } from './signed-in.ts'

const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)'
const strip = (language: 'en' | 'ja' = 'en') => saidBy(LinkStrip, {}, { language })
function openedOn(userAgent: string, hostname: string): void {
  vi.stubGlobal('navigator', { userAgent, maxTouchPoints: 5 })
  vi.stubGlobal('location', { hostname })
}

beforeEach(() => {
  freshStores()
  openedOn(iPhone, 'rack.lan')
  useSessionStore().accept(signedIn())
})
afterEach(() => vi.unstubAllGlobals())

describe('on every screen', () => {
  it('nothing is said while all is well', async () => {
    expect(await strip()).toBe('')
  })

  it('refused live connections are told with the cause and the way to the cures', async () => {
    useTransportStore().isRefused = true
    expect(await strip()).toMatch(
      /^This iPhone does not trust the certificate for live connections\..*What to do$/,
    )
    expect(await strip('ja')).toMatch(
      /^このiPhoneは、ライブ通信にはこの証明書を信頼していません。.*対処方法$/,
    )
    openedOn('Mozilla/5.0 (Linux; Android 16)', 'rack.lan')
    expect(await strip()).toMatch(/^Live connections are refused: a proxy .*What to do$/)
  })

  it('something else that answers is named, and one full navigation offered, whatever else is wrong', async () => {
    useTransportStore().isRefused = true
    const says = async (what: 'redirect' | 'gateway' | 'page'): Promise<string> => {
      useSessionStore().foreignAnswered({ what, status: 502, by: 'cloudflare', title: 'Sign in · Access' })
      return strip()
    }
    expect(await says('gateway')).toMatch(/cloudflare.*502.* Open it$/)
    expect(await says('page')).toMatch(/Sign in · Access.* Open it$/)
    expect(await says('redirect')).toMatch(/ Open it$/)
    expect(await says('redirect')).not.toMatch(/Live connections|certificate/)
  })
})
