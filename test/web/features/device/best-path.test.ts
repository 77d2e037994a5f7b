import { describe, expect, it } from 'vitest'
import type { PowerPath } from '../../../../server/contract/inventory.ts'
import { blankBmcState } from '../../../../server/drivers/blank-bmc-state.ts'
import { bestPath } from '../../../../web/features/device/best-path.ts'
import { kvm, observed, state } from '../../machines.ts'

const path = (target: 'atx' | 'ipmi', fields: Partial<PowerPath> = {}): PowerPath => ({
  id: target,
  siteId: 's',
  deviceId: 'd',
  endpointId: target,
  target,
  wiring: target,
  priority: target === 'atx' ? 0 : 1,
  rev: 1,
  provenAt: null,
  lastVerdict: null,
  ...fields,
})
const bmc = { ...blankBmcState('ipmi', null, 0), reachable: observed(true) }
const both = state('d', { kvm: kvm(), bmc })

describe('the path that a hard reboot would take', () => {
  it('is the preferred one of equals, the proven one of others, and never one that is silent', () => {
    expect(bestPath([path('ipmi'), path('atx')], both)?.id).toBe('atx')
    const proven = path('ipmi', { provenAt: 1, lastVerdict: 'restarted' })
    expect(bestPath([path('atx'), proven], both)?.id).toBe('ipmi')
    expect(bestPath([path('atx', { lastVerdict: 'unknown' }), path('ipmi')], both)?.id).toBe('ipmi')
    const silent = state('d', { kvm: kvm({ reachable: observed(false) }), bmc })
    expect(bestPath([path('atx', { provenAt: 1 }), path('ipmi')], silent)?.id).toBe('ipmi')
    const switchedOff = state('d', { kvm: kvm({ atxEnabled: observed(false) }), bmc })
    expect(bestPath([path('atx', { provenAt: 1 }), path('ipmi')], switchedOff)?.id).toBe('ipmi')
    expect(bestPath([path('atx')], switchedOff)).toBeUndefined()
    expect(bestPath([], both)).toBeUndefined()
  })
})
