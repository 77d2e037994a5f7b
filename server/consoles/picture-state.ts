import type { PictureState } from '../contract/screen.ts'
import type { KvmState } from '../contract/state.ts'

/** A live stream gives about one frame a second even when nothing changes. */
const silentAfterMs = 2_500

export type PictureFacts = {
  /** Null: no connection to the endpoint is configured, unlocked and approved. */
  kvm: KvmState | null
  /** Since when the stream is wanted; null while everybody has paused. */
  subscribedAt: number | null
  lastFrame: { at: number; isOnline: boolean } | null
  now: number
}

/**
 * Why the picture is as it is. Frames that come are believed before anything the KVM says of itself. `off` needs a
 * power LED that is known to be wired: without one, a dark screen is only "no signal".
 */
export function pictureState(facts: PictureFacts): PictureState {
  const { kvm, lastFrame, now } = facts
  const isFlowing = lastFrame !== null && now - lastFrame.at < silentAfterMs
  if (isFlowing && lastFrame.isOnline) return 'live'
  if (kvm === null || kvm.reachable.value === false) return 'kvmUnreachable'
  if (kvm.reachable.value === null) return 'starting'
  const isDark = isFlowing || kvm.signal.value?.present === false
  if (isDark && kvm.power.value === 'off' && kvm.ledWiring === 'wired') return 'off'
  if (isDark) return 'noSignal'
  return hasGoneSilent(facts) ? silentState(kvm, now) : 'starting'
}

function hasGoneSilent({ subscribedAt, lastFrame, now }: PictureFacts): boolean {
  if (subscribedAt === null) return false
  return lastFrame === null ? now - subscribedAt > silentAfterMs * 4 : now - lastFrame.at >= silentAfterMs
}

/** The stream stopped: either the KVM went with it, or only its streamer. */
function silentState(kvm: KvmState, now: number): PictureState {
  return now - kvm.reachable.observedAt > silentAfterMs * 2 ? 'kvmUnreachable' : 'stalled'
}
