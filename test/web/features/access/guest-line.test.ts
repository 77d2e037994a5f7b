import { beforeEach, expect, it } from 'vitest'
import type { SessionView } from '../../../../server/contract/access.ts'
import type { GuestHere } from '../../../../server/contract/guest.ts'
import { useSessionStore } from '../../../../web/api/session-store.ts'
import GuestLine from '../../../../web/features/access/GuestLine.vue'
import { useLivePage } from '../../live-page.ts'
import { device } from '../../machines.ts'
import { saidBy } from '../../said-by.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 10, 9, 22, 15)
const mia: GuestHere = {
  id: 'g1',
  name: 'Mia',
  deviceId: 'd1',
  level: 'type',
  byName: 'kei',
  joinedAt: now,
  expiresAt: now + hour,
}
function signedInAs(role: 'admin' | 'viewer'): void {
  useSessionStore().accept({
    state: 'signedIn',
    serverTime: now,
    user: { id: 'u', name: 'kei', role },
    sessionId: 's',
    offerPasskey: false,
    passphraseNeeded: false,
    ask: null,
  } satisfies SessionView)
}
const line = (deviceId?: string) => saidBy(GuestLine, deviceId === undefined ? {} : { deviceId }, { now })

const page = useLivePage()
beforeEach(() => {
  const changes = [
    { entity: 'device', id: 'd1', siteId: 's1', value: device('d1', { name: 'nas1' }) },
    { entity: 'guest', id: 'g1', siteId: '', value: mia },
  ]
  page.snapshot(now, changes)
})

it('a guest is named to all with the machine and what they may do, and an admin ends the visit in one tap', async () => {
  signedInAs('viewer')
  expect(await line()).toMatch(/Mia.*nas1/)
  expect(await line()).not.toMatch(/ End$/)
  signedInAs('admin')
  expect(await line()).toMatch(/Mia.*nas1.* End$/)
})

it('a guest of one machine is not named on another', async () => {
  signedInAs('admin')
  expect(await line('d1')).toMatch(/Mia/)
  expect(await line('d2')).toBe('')
})
