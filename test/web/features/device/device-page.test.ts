import { beforeEach, describe, expect, it } from 'vitest'
import { useLiveStore } from '../../../../web/api/live-store.ts'
import { useSessionStore } from '../../../../web/api/session-store.ts'
import DeviceView from '../../../../web/features/device/DeviceView.vue'
import { device } from '../../machines.ts'
import { freshStores, saidBy } from '../../said-by.ts'
import { signedIn } from '../../signed-in.ts'

beforeEach(freshStores)
const pageFor = (role: 'admin' | 'operator', language: 'en' | 'ja' = 'en'): Promise<string> => {
  useSessionStore().accept(signedIn(role))
  useLiveStore().devices.set('d1', device('d1'))
  return saidBy(DeviceView, { id: 'd1' }, { language })
}

describe('the page of a machine', () => {
  it('leads whoever may edit it to its form, and nobody else', async () => {
    expect(await pageFor('admin')).toMatch(/Where ▸ Edit ▸ Guest ▸/)
    expect(await pageFor('admin', 'ja')).toContain('編集 ▸')
    expect(await pageFor('operator')).not.toContain('Edit')
  })
})
