import { describe, expect, it } from 'vitest'
import {
  bmcBody,
  emptySettings,
  settingsEdit,
  settingsOf,
} from '../../../../web/features/inventory/bmc-draft.ts'

const at = { address: '10.0.0.20', port: 623 }
const signIn = { user: ' ops ', password: 'secret', credentialsFrom: '' }
const machine = { deviceId: 'd1', name: '', siteId: '' }

describe('adding a BMC', () => {
  it('says nothing of what was left as it is', () => {
    expect(bmcBody(at, signIn, emptySettings, machine)).toEqual({
      ...at,
      user: 'ops',
      password: 'secret',
      machine: { deviceId: 'd1' },
    })
  })

  it('names the BMC whose password to use instead of one, and every setting that was chosen', () => {
    const settings = { kg: 'key', suite: '3', quirks: ['solstatus' as const] }
    const newMachine = { deviceId: '', name: ' nas1 ', siteId: 's1' }
    expect(bmcBody(at, { ...signIn, credentialsFrom: 'b1' }, settings, newMachine)).toEqual({
      ...at,
      user: 'ops',
      credentialsFrom: 'b1',
      kg: 'key',
      suite: 3,
      quirks: ['solstatus'],
      machine: { name: 'nas1', siteId: 's1' },
    })
  })
})

describe('editing its settings', () => {
  const before = { suite: 3, quirks: ['solport' as const], hasKg: true }
  it('sends only what changed', () => {
    expect(settingsEdit(before, settingsOf(before), false)).toEqual({})
    const changed = { kg: '', suite: '', quirks: [] }
    expect(settingsEdit(before, changed, true)).toEqual({ kg: null, suite: null, quirks: [] })
    expect(settingsEdit(before, { ...settingsOf(before), kg: 'new' }, true)).toEqual({ kg: 'new' })
  })
})
