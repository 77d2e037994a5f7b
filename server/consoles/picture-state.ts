import { hasPassed } from '../clock/has-passed.ts'
import type { PictureState } from '../contract/screen.ts'
import type { KvmState } from '../contract/state.ts'

/** A live stream gives about one frame a second even when nothing changes. */
const silentAfterMs = 2_200
const startWithinMs = 10_000
/** A KVM that lives is heard every second or so, since it is asked; within 3 s a still picture says why it is still. */
const kvmSilentAfterMs = 2_400

export type PictureFacts = {
  /** Null: no connection to the endpoint is configured, unlocked and approved. */
  kvm: KvmState | null
  /** Since when the stream is wanted; null while everybody has paused. */
  subscribedAt: number | null
  lastFrame: { at: number; isOnline: boolean } | null
  now: number
}

/**
 * Why the picture is as it is. Frames that come are believed before anything the KVM says of itself, except that it
 * shows another machine now: the last of this one may be a moment old. `off` needs a power LED that is known to be
 * wired: without one, a dark screen is only "no signal".
 */
export function pictureState(facts: PictureFacts): PictureState {
  const { kvm, lastFrame, now } = facts
  if (kvm !== null && awayFrom(kvm) !== null) return 'elsewhere'
  const isFlowing = lastFrame !== null && !hasPassed(lastFrame.at, now, silentAfterMs)
  if (isFlowing && lastFrame.isOnline) return 'live'
  if (kvm === null || kvm.reachable.value === false) return 'kvmUnreachable'
  if (kvm.reachable.value === null) return 'starting'
  const isDark = isFlowing || kvm.signal.value?.present === false
  if (isDark && kvm.power.value === 'off' && kvm.ledWiring === 'wired') return 'off'
  if (isDark) return 'noSignal'
  return hasGoneSilent(facts) ? silentState(kvm, now) : 'starting'
}

/** Why the one screen and keyboard of a shared KVM take nothing for this machine now; null: they do, or it is silent. */
export function awayFrom({ seat, reachable }: KvmState): 'elsewhere' | 'switching' | null {
  const place = seat?.place.value ?? null
  if (reachable.value !== true || place === null || place === 'here') return null
  return place === 'moving' || place === 'arriving' ? 'switching' : 'elsewhere'
}

/** Since when it is so: a stream that stopped did so with its last frame, before anybody could know. */
export function pictureSince(
  state: PictureState,
  { kvm, subscribedAt, lastFrame, now }: PictureFacts,
): number {
  if (state === 'elsewhere') return kvm?.seat?.place.since ?? now
  if (state === 'stalled') return lastFrame?.at ?? subscribedAt ?? now
  if (state !== 'kvmUnreachable') return now
  return lastFrame?.at ?? kvm?.reachable.since ?? now
}

/** A KVM that came back, or from another machine, begins anew, as one that was just asked does. */
function hasGoneSilent({ kvm, subscribedAt, lastFrame, now }: PictureFacts): boolean {
  if (subscribedAt === null) return false
  const startedAt = Math.max(subscribedAt, kvm?.reachable.since ?? 0, kvm?.seat?.place.since ?? 0)
  const hasBegun = lastFrame !== null && lastFrame.at >= startedAt
  return hasBegun ? hasPassed(lastFrame.at, now, silentAfterMs) : hasPassed(startedAt, now, startWithinMs)
}

/** The stream stopped: either the KVM went with it, or only its streamer. */
function silentState(kvm: KvmState, now: number): PictureState {
  return now - kvm.reachable.observedAt > kvmSilentAfterMs ? 'kvmUnreachable' : 'stalled'
}
