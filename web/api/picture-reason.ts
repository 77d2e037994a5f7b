import type { KvmState, SeatPlace } from '../../server/contract/state.ts'

/** Why a machine's picture stands still, or `live`. `since` in ms, server clock; null when nobody knows. */
export type PictureReason = {
  kind: 'noKvm' | 'kvmUnreachable' | 'elsewhere' | 'coming' | 'off' | 'noSignal' | 'unchanged' | 'live'
  since: number | null
}

const unchangedAfterMs = 60_000

/**
 * The first of these that is true: no KVM, KVM silent, a shared KVM shows another machine or is on its way to this one,
 * machine off, no signal, nothing changed for a minute. "Off" is said only when the LED can be trusted and no picture
 * contradicts it.
 */
export function pictureReason(kvm: KvmState | null, now: number): PictureReason {
  if (kvm === null) return { kind: 'noKvm', since: null }
  if (kvm.problem !== null || kvm.reachable.value === false) {
    return { kind: 'kvmUnreachable', since: kvm.reachable.since }
  }
  const place = kvm.seat?.place
  if (place && place.value !== null && place.value !== 'here')
    return { kind: isOnItsWay(place.value) ? 'coming' : 'elsewhere', since: place.since }
  const hasSignal = kvm.signal.value?.present === true
  if (isOff(kvm)) return { kind: 'off', since: kvm.power.since }
  if (!hasSignal && kvm.signal.value !== null) return { kind: 'noSignal', since: kvm.signal.since }
  const changedAt = kvm.pictureChangedAt
  if (changedAt !== null && now - changedAt >= unchangedAfterMs)
    return { kind: 'unchanged', since: changedAt }
  return { kind: 'live', since: null }
}

/** How a small picture is drawn for that reason: dark, hatched as out of date, or as it is. */
export function pictureLook(kind: PictureReason['kind']): 'off' | 'hatched' | 'plain' {
  if (kind === 'off') return 'off'
  const isOld = kind === 'kvmUnreachable' || kind === 'elsewhere' || kind === 'coming' || kind === 'noSignal'
  return isOld ? 'hatched' : 'plain'
}

function isOnItsWay(place: SeatPlace): boolean {
  return place === 'moving' || place === 'arriving'
}

/** A shared KVM is being switched to this machine: what is to be sent waits until its picture is there. */
export function isComing(kvm: KvmState | null): boolean {
  return kvm !== null && pictureReason(kvm, 0).kind === 'coming'
}

/** True when the LED says off, it is wired, and there is no picture. */
export function isOff(kvm: KvmState): boolean {
  return kvm.power.value === 'off' && kvm.ledWiring === 'wired' && kvm.signal.value?.present !== true
}
