import { describe, expect, it } from 'vitest'
import type { ActionStep, PowerVerb } from '../../server/contract/power.ts'
import { isInBoot, signsOfPress } from '../../server/power/boot-signs.ts'
import { planOf } from '../../server/power/action-state.ts'
import { look, startTracker } from '../../server/power/evidence.ts'
import { hasRestarted } from '../../server/power/proof.ts'
import { sightOf, type Sight } from '../../server/power/sight.ts'

const now = 1_000_000
const checked = (lastGoodAt: number | null): Pick<Sight, 'checks'> => ({
  checks: [{ checkId: 'ssh', label: 'SSH', result: 'noAnswer', observedAt: now, lastGoodAt }],
})
const proven = (agoMs: number, verdict: 'restarted' | 'poweredOn' | 'poweredOff' | 'unknown') => {
  const steps: ActionStep[] = [{ at: now - agoMs, type: 'effect', verdict }]
  return { steps }
}

describe('a machine boots', () => {
  it('for a minute after it was proven to start, or as long as it usually takes', () => {
    expect(isInBoot([proven(600, 'restarted')], checked(null), null, now)).toBe(true)
    expect(isInBoot([proven(600, 'poweredOn')], checked(null), null, now)).toBe(true)
    expect(isInBoot([proven(61_000, 'restarted')], checked(null), null, now)).toBe(false)
    expect(isInBoot([proven(61_000, 'restarted')], checked(null), 180_000, now)).toBe(true)
  })

  it('until something on it answers', () => {
    expect(isInBoot([proven(20_000, 'restarted')], checked(now - 30_000), null, now)).toBe(true)
    expect(isInBoot([proven(20_000, 'restarted')], checked(now - 5_000), null, now)).toBe(false)
  })

  it('whatever was tried since without proof', () => {
    const recent = [proven(1_000, 'unknown'), proven(20_000, 'restarted')]
    expect(isInBoot(recent, checked(null), null, now)).toBe(true)
  })

  it('not as far as anybody knows when no start was proven', () => {
    expect(isInBoot([], checked(null), null, now)).toBe(false)
    expect(isInBoot([proven(600, 'poweredOff')], checked(null), null, now)).toBe(false)
  })
})

describe('picture and USB that go and come back', () => {
  const lit: Sight = {
    ...sightOf(undefined, false),
    isReachable: true,
    signal: true,
    mode: '720x400',
    isUsbOnline: true,
  }
  const dark: Partial<Sight> = { signal: false, mode: null, isUsbOnline: false }

  function isRestart(verb: PowerVerb, isBooting: boolean, goneAfterMs: number): boolean {
    const plan = planOf(verb, { wiring: 'atx', target: 'atx' }, lit, null, now)
    if (isBooting) plan.isInBoot = true
    let tracker = startTracker(lit, now)
    const looks: [number, Sight][] = [
      [goneAfterMs, { ...lit, ...dark }],
      [goneAfterMs + 2_000, lit],
      [goneAfterMs + 4_000, lit],
    ]
    for (const [ms, sight] of looks) tracker = look(tracker, sight, now + ms).tracker
    const own = signsOfPress({ tracker, plan })
    return own !== null && hasRestarted(own, lit, now + goneAfterMs + 4_000)
  }

  it('prove a restart of a machine that ran', () => {
    expect(isRestart('reset', false, 9_000)).toBe(true)
    expect(isRestart('sysrqReboot', false, 9_000)).toBe(true)
  })

  it('prove one of a machine that booted already only when they went with the press', () => {
    expect(isRestart('reset', true, 1_500)).toBe(true)
    expect(isRestart('reset', true, 9_000)).toBe(false)
  })

  it('never prove that keys were read during a boot', () => {
    expect(isRestart('sysrqReboot', true, 1_500)).toBe(false)
  })
})
