import { expect, it } from 'vitest'
import type { PowerVerb } from '../../server/contract/power.ts'
import {
  advanceView,
  startingView,
  toKvmState,
  type KvmView,
  type ViewInput,
} from '../../server/drivers/pikvm/kvm-view.ts'
import type { Candidate } from '../../server/power/paths.ts'
import { refusalOf } from '../../server/power/refusal.ts'
import { looks, sightOf } from '../../server/power/sight.ts'
import { device } from '../web/machines.ts'

const dark: ViewInput = {
  type: 'event',
  event: { type: 'atx', event: { enabled: true, busy: false, leds: { power: false, hdd: false } } },
}
/** A kvmd that was restarted under a machine whose LED is known to be wired. */
const restarted = [10, 20].reduce<KvmView>(
  (view, at) => advanceView(view, at === 10 ? { type: 'online' } : dark, at),
  startingView(0, 'wired'),
)
const chosen: Candidate = {
  path: { id: 'p1', wiring: 'atx', target: 'atx' },
  view: { reachable: true },
} as Candidate
const sightAt = (at: number) =>
  sightOf(undefined, false, toKvmState(advanceView(restarted, { type: 'heard' }, at), 'kvm'))

function refused(verb: PowerVerb, at: number): string | undefined {
  const asked = { device: device('d1'), verb, candidates: [chosen], wantedPathId: null, chosen }
  return refusalOf({ ...asked, hasConsole: true, sight: sightAt(at), running: null })?.code
}

it('a machine whose KVM was just restarted does not look off before its LED was looked at', () => {
  expect(sightAt(30)).toMatchObject({ isReachable: true, ledWiring: 'wired', led: null })
  expect(looks(sightAt(30))).toBe('unknown')
  expect(refused('reset', 30)).toBeUndefined()
  // One that stays dark is off.
  expect(looks(sightAt(1_100))).toBe('off')
  expect(refused('reset', 1_100)).toBe('power/looksOff')
})
