import { describe, expect, test } from 'vitest'
import type { PowerPath } from '../../server/contract/inventory.ts'
import type { ResetProof } from '../../server/contract/power.ts'
import { choosePath, type Candidate } from '../../server/power/paths.ts'
import { hardRebootOf, verbsOf } from '../../server/power/presses.ts'

function candidate(
  wiring: 'atx' | 'ipmi',
  over: Partial<PowerPath> & { reachable?: boolean; shownBy?: ResetProof[] } = {},
): Candidate {
  const { reachable = true, shownBy = [], ...fields } = over
  const path: PowerPath = {
    id: wiring,
    siteId: 's',
    deviceId: 'd',
    endpointId: `e-${wiring}`,
    target: wiring,
    wiring,
    priority: wiring === 'atx' ? 0 : 1,
    rev: 1,
    provenAt: null,
    lastVerdict: null,
    ...fields,
  }
  const { id, target, provenAt, lastVerdict } = path
  const known = { endpointName: '', reachable, ledWiring: 'wired' as const, longPressS: null, pulse: null }
  const view = { id, target, portLabel: null, wiring, ...known, provenAt, lastVerdict }
  const resetShownBy = wiring === 'ipmi' ? shownBy : null
  const reboot = hardRebootOf(wiring, resetShownBy)
  return { path, view: { ...view, verbs: verbsOf(wiring), reboot, resetShownBy } }
}
const choose = (...candidates: Candidate[]) => {
  const { chosen, verb, reason } = choosePath(candidates, 'reboot', null)
  return [chosen?.path.id, verb, reason]
}

describe('of two ways to the power of a machine', () => {
  test('the order that somebody set decides between equals', () => {
    expect(choose(candidate('atx'), candidate('ipmi'))).toEqual(['atx', 'reset', 'preferred'])
    const proven = { provenAt: 1, lastVerdict: 'restarted' }
    expect(choose(candidate('atx', proven), candidate('ipmi', proven))).toEqual(['atx', 'reset', 'preferred'])
  })

  test('the proven one comes before one that was never tried', () => {
    const proven = candidate('ipmi', { provenAt: 1, lastVerdict: 'restarted' })
    expect(choose(candidate('atx'), proven)).toEqual(['ipmi', 'cycle', 'proven'])
  })

  test('one whose last try changed nothing comes last, also when it once worked', () => {
    const loose = candidate('atx', { provenAt: 1, lastVerdict: 'unknown' })
    expect(choose(loose, candidate('ipmi'))).toEqual(['ipmi', 'cycle', 'othersFailed'])
  })

  test('one that answers comes before one that does not, whatever was proven', () => {
    const silent = candidate('atx', { provenAt: 1, lastVerdict: 'restarted', reachable: false })
    expect(choose(silent, candidate('ipmi'))).toEqual(['ipmi', 'cycle', 'onlyReachable'])
  })

  test('what was never sent says nothing about the way', () => {
    const unsent = candidate('atx', { provenAt: 1, lastVerdict: 'notSent' })
    expect(choose(unsent, candidate('ipmi'))).toEqual(['atx', 'reset', 'proven'])
  })

  test('a BMC resets where a KVM would see it, and else switches off and on', () => {
    const failed = candidate('atx', { lastVerdict: 'unknown' })
    const seen = candidate('ipmi', { shownBy: ['screen', 'network'] })
    expect(choose(failed, seen)).toEqual(['ipmi', 'reset', 'othersFailed'])
    expect(choose(candidate('ipmi', { shownBy: ['network', 'serial'] }))).toEqual(['ipmi', 'cycle', null])
  })

  test('a chosen one is taken as it is', () => {
    const candidates = [candidate('atx'), candidate('ipmi', { reachable: false })]
    expect(choosePath(candidates, 'reset', 'ipmi')).toMatchObject({
      chosen: { path: { id: 'ipmi' } },
      reason: null,
    })
    expect(choosePath(candidates, 'reboot', 'ipmi').verb).toBe('cycle')
    expect(choosePath(candidates, 'off', 'gone').chosen).toBeNull()
  })

  test('without any there is none', () => {
    expect(choose()).toEqual([undefined, 'reset', null])
  })
})
