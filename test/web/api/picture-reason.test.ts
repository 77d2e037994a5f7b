import { describe, expect, it } from 'vitest'
import type { KvmState, SeatPlace } from '../../../server/contract/state.ts'
import { pictureReason } from '../../../web/api/picture-reason.ts'
import { kvm, observed } from '../machines.ts'

const now = 1_000_000
const noSignal = observed({ present: false, width: 0, height: 0 }, 7000)

const seat = (place: SeatPlace): NonNullable<KvmState['seat']> => ({
  port: 0,
  label: '1',
  place: observed(place, 9000),
  shown: { port: 1, label: '2', since: 9000, by: null },
  longPressS: null,
})

describe('why the picture is still', () => {
  it.each([
    ['no KVM', null, { kind: 'noKvm', since: null }],
    ['silent KVM', kvm({ reachable: observed(false, 5000) }), { kind: 'kvmUnreachable', since: 5000 }],
    [
      'refused password',
      kvm({ problem: 'refusedCredentials', reachable: observed(true, 6000) }),
      { kind: 'kvmUnreachable', since: 6000 },
    ],
    [
      'LED off without signal',
      kvm({ power: observed<'on' | 'off'>('off', 8000), signal: noSignal }),
      { kind: 'off', since: 8000 },
    ],
    ['a shared KVM at another machine', kvm({ seat: seat('elsewhere') }), { kind: 'elsewhere', since: 9000 }],
    ['a shared KVM on its way here', kvm({ seat: seat('moving') }), { kind: 'coming', since: 9000 }],
    ['a shared KVM that came', kvm({ seat: seat('arriving') }), { kind: 'coming', since: 9000 }],
    ['a shared KVM that leaves', kvm({ seat: seat('leaving') }), { kind: 'elsewhere', since: 9000 }],
    [
      'a shared KVM at this one',
      kvm({ seat: seat('here'), pictureChangedAt: null }),
      { kind: 'live', since: null },
    ],
    ['no signal', kvm({ signal: noSignal }), { kind: 'noSignal', since: 7000 }],
    ['nothing changed', kvm({ pictureChangedAt: now - 60_000 }), { kind: 'unchanged', since: now - 60_000 }],
    ['changing', kvm({ pictureChangedAt: now - 59_999 }), { kind: 'live', since: null }],
    ['change unknown', kvm({ pictureChangedAt: null }), { kind: 'live', since: null }],
  ] as const)('%s', (_, state, reason) => {
    expect(pictureReason(state, now)).toEqual(reason)
  })

  it('does not say off when a picture contradicts the LED, or the LED was never proven', () => {
    const off = observed<'on' | 'off'>('off')
    expect(pictureReason(kvm({ power: off, pictureChangedAt: now }), now).kind).toBe('live')
    expect(pictureReason(kvm({ power: off, signal: noSignal, ledWiring: 'unproven' }), now).kind).toBe(
      'noSignal',
    )
    expect(pictureReason(kvm({ power: off, signal: noSignal, ledWiring: 'unwired' }), now).kind).toBe(
      'noSignal',
    )
  })

  it('says nothing about a signal that was never observed', () => {
    expect(pictureReason(kvm({ signal: observed<never>(null), pictureChangedAt: null }), now).kind).toBe(
      'live',
    )
  })
})
