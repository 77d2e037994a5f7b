import { describe, expect, it } from 'vitest'
import type { KvmState, SeatPlace } from '../../server/contract/state.ts'
import { pictureSince, pictureState, type PictureFacts } from '../../server/consoles/picture-state.ts'
import { kvmState } from './fake-kvm.ts'

const now = 100_000
const live: PictureFacts = {
  kvm: kvmState({ reachable: { value: true, observedAt: now, since: 0 } }),
  subscribedAt: now - 60_000,
  lastFrame: { at: now - 100, isOnline: true },
  now,
}
const noSignal = { value: { present: false, width: 0, height: 0 }, observedAt: now, since: now }
const observed = <T>(value: T) => ({ value, observedAt: now, since: 0 })

describe('picture state', () => {
  it('is live while frames come, whatever else is said', () => {
    expect(pictureState(live)).toBe('live')
    expect(pictureState({ ...live, kvm: null })).toBe('live')
  })

  it('says that the KVM is unreachable, or not set up to be reached', () => {
    const lastFrame = { at: now - 5_000, isOnline: true }
    const kvm = kvmState({ reachable: observed(false) })
    expect(pictureState({ ...live, lastFrame, kvm })).toBe('kvmUnreachable')
    expect(pictureState({ ...live, lastFrame, kvm: null })).toBe('kvmUnreachable')
  })

  it('is elsewhere while a shared KVM has its screen at another machine, and begins anew when it came back', () => {
    const at = (place: SeatPlace, since = 0): KvmState =>
      kvmState({
        reachable: observed(true),
        seat: {
          port: 0,
          label: '1',
          place: { value: place, observedAt: now, since },
          shown: { port: 1, label: '2', since: 0, by: null },
          longPressS: null,
        },
      })
    for (const place of ['elsewhere', 'moving', 'noPort'] as const)
      expect(pictureState({ ...live, kvm: at(place) })).toBe('elsewhere')
    const silent = { ...live, lastFrame: { at: now - 60_000, isOnline: true } }
    expect(pictureState({ ...silent, kvm: at('here', now - 1_000) })).toBe('starting')
    expect(pictureState({ ...silent, kvm: at('here') })).toBe('stalled')
    const gone = { ...at('elsewhere'), reachable: observed(false) }
    expect(pictureState({ ...silent, kvm: gone })).toBe('kvmUnreachable')
  })

  it('tells a dark screen from a machine that is off by a wired LED only', () => {
    const lastFrame = { at: now - 100, isOnline: false }
    const off = { power: observed('off' as const), reachable: observed(true) }
    expect(pictureState({ ...live, lastFrame })).toBe('noSignal')
    expect(pictureState({ ...live, lastFrame, kvm: kvmState(off) })).toBe('off')
    expect(pictureState({ ...live, lastFrame, kvm: kvmState({ ...off, ledWiring: 'unproven' }) })).toBe(
      'noSignal',
    )
    expect(pictureState({ ...live, lastFrame, kvm: kvmState({ ...off, ledWiring: 'unwired' }) })).toBe(
      'noSignal',
    )
  })

  it('believes a lost signal when frames have stopped', () => {
    const kvm = kvmState({ signal: noSignal, reachable: observed(true) })
    expect(pictureState({ ...live, lastFrame: null, kvm })).toBe('noSignal')
  })

  it('is starting until the first frame, and stalled when it does not come', () => {
    expect(pictureState({ ...live, lastFrame: null, subscribedAt: now - 3_000 })).toBe('starting')
    expect(pictureState({ ...live, lastFrame: null, subscribedAt: now - 11_000 })).toBe('stalled')
    expect(pictureState({ ...live, lastFrame: null, subscribedAt: null })).toBe('starting')
  })

  it('names a stream that stopped within 3 s, and the KVM when it is silent as well', () => {
    const lastFrame = { at: now - 2_600, isOnline: true }
    expect(pictureState({ ...live, lastFrame })).toBe('stalled')
    const silent = kvmState({ reachable: { value: true, observedAt: now - 2_500, since: 0 } })
    expect(pictureState({ ...live, lastFrame, kvm: silent })).toBe('kvmUnreachable')
  })

  it('is starting again for 10 s after the KVM came back', () => {
    const lastFrame = { at: now - 20_000, isOnline: true }
    const backSince = (since: number) => kvmState({ reachable: { value: true, observedAt: now, since } })
    expect(pictureState({ ...live, lastFrame, kvm: backSince(now - 4_000) })).toBe('starting')
    expect(pictureState({ ...live, lastFrame, kvm: backSince(now - 11_000) })).toBe('stalled')
  })

  it('dates a stream that stopped by its last frame, and a KVM nobody watched by what is known of it', () => {
    const lastFrame = { at: now - 2_600, isOnline: true }
    expect(pictureSince('stalled', { ...live, lastFrame })).toBe(now - 2_600)
    expect(pictureSince('kvmUnreachable', { ...live, lastFrame })).toBe(now - 2_600)
    const kvm = kvmState({ reachable: { value: false, observedAt: now, since: now - 90_000 } })
    expect(pictureSince('kvmUnreachable', { ...live, lastFrame: null, kvm })).toBe(now - 90_000)
    expect(pictureSince('noSignal', live)).toBe(now)
  })
})
