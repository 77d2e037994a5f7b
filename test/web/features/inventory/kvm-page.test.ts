import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Endpoint } from '../../../../server/contract/inventory.ts'
import type { KvmState } from '../../../../server/contract/state.ts'
import { useSessionStore } from '../../../../web/api/session-store.ts'
import KvmView from '../../../../web/features/inventory/KvmView.vue'
import { en, ja } from '../../../../web/features/inventory/kvm-words.ts'
import { useLivePage } from '../../live-page.ts'
import { device, kvm, state } from '../../machines.ts'
import { saidBy } from '../../said-by.ts'
import { signedIn } from '../../signed-in.ts'

vi.mock('vue-router', async (original) => ({ ...(await original<object>()), useRouter: () => ({}) }))

const endpoint: Endpoint = {
  id: 'e1',
  siteId: 's1',
  rev: 1,
  kind: 'pikvm',
  address: 'kvm.lan',
  port: 443,
  user: 'admin',
  hasPassword: true,
  hasTotp: false,
  fingerprint: 'AA',
  offeredFingerprint: null,
  model: 'PiKVM',
  version: '4.197',
  hasSwitch: false,
  portLabels: [],
  ipmi: null,
}
const page = useLivePage()
beforeEach(() => useSessionStore().accept(signedIn()))

function said(problem: KvmState['problem'], fields: Partial<Endpoint> = {}, language: 'en' | 'ja' = 'en') {
  const at = { siteId: 's1' }
  const console = { id: 'c1', deviceId: 'd1', endpointId: 'e1', port: null, type: 'kvm' as const }
  const changes = [
    { entity: 'endpoint', id: 'e1', ...at, value: { ...endpoint, ...fields } },
    { entity: 'device', id: 'd1', ...at, value: device('d1') },
    { entity: 'console', id: 'c1', ...at, value: console },
    { entity: 'state', id: 'd1', ...at, value: state('d1', { kvm: kvm({ problem }) }) },
  ]
  page.snapshot(0, changes)
  return saidBy(KvmView, { id: 'e1' }, { language })
}

describe('the page of a PiKVM that refuses what is stored', () => {
  it('offers to try again, and says that it is tried again anyway', async () => {
    expect(await said('refusedCredentials')).toContain(`${en.triesItself} ${en.tryAgain}`)
    expect(await said('refusedCredentials', {}, 'ja')).toContain(`${ja.triesItself} ${ja.tryAgain}`)
  })

  it('speaks of the clock where one-time codes need it', async () => {
    expect(await said('refusedCredentials')).not.toContain(en.needsClock)
    expect(await said('refusedCredentials', { hasTotp: true })).toContain(en.needsClock)
  })

  it('offers it for no other trouble, without a stored password, or to who may not', async () => {
    for (const problem of [null, 'unreachable', 'pinChanged'] as const)
      expect(await said(problem)).not.toContain(en.tryAgain)
    expect(await said('refusedCredentials', { hasPassword: false })).not.toContain(en.tryAgain)
    useSessionStore().accept(signedIn('operator'))
    expect(await said('refusedCredentials')).not.toContain(en.tryAgain)
  })
})
