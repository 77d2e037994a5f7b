import type { PictureState } from '../../../server/contract/screen.ts'

export type PictureFacts = {
  /** Whether our own link to Crashcart is open. */
  isLinked: boolean
  state: PictureState
  since: number
  /** Server time of the newest picture drawn here; null before the first. */
  drawnAt: number | null
  /** When the machine's picture last changed by more than a cursor or a clock, as far as the server knows. */
  changedAt: number | null
  /** When anything in it last changed. */
  stirredAt: number | null
  now: number
}

/** Why the picture stands still, and since when; `live` when it does not. */
export type PictureReason =
  | { name: 'live' }
  | { name: 'loading' }
  /** `smallChange`: a cursor blinks or a clock goes, and nothing else has since. */
  | { name: 'unchanged' | 'smallChange'; at: number }
  | { name: 'noLink'; at: number | null }
  | { name: 'linkSlow'; at: number }
  | { name: 'starting' | 'noSignal' | 'off' }
  /** `at`: when the last picture of this machine was drawn; null: none was. */
  | { name: 'elsewhere'; at: number | null }
  | { name: 'stalled' | 'kvmUnreachable'; at: number }

/** It is to be said within 3 s, and the page looks each quarter of a second. */
const staleMs = 2_500
const unchangedMs = 2_000
/** The server tells of small changes every 5 s. */
const stirringMs = 8_000

/** The one reason that is told, the nearest cause first: our link, then the KVM, then the machine. */
export function pictureReason(facts: PictureFacts): PictureReason {
  const { state, since, drawnAt, changedAt, stirredAt, now } = facts
  if (!facts.isLinked) return { name: 'noLink', at: drawnAt }
  if (state === 'kvmUnreachable' || state === 'stalled') return { name: state, at: since }
  if (state === 'elsewhere') return { name: state, at: drawnAt }
  if (state !== 'live') return { name: state }
  if (drawnAt === null) return { name: 'loading' }
  if (now - drawnAt > staleMs) return { name: 'linkSlow', at: drawnAt }
  if (changedAt !== null && now - changedAt > unchangedMs) {
    const isStirring = stirredAt !== null && stirredAt > changedAt && now - stirredAt < stirringMs
    return { name: isStirring ? 'smallChange' : 'unchanged', at: changedAt }
  }
  return { name: 'live' }
}

/** True when the picture on show is not what the machine shows now, so that it must be marked. */
export function isOutdated(reason: PictureReason): boolean {
  return reason.name !== 'live' && reason.name !== 'unchanged' && reason.name !== 'smallChange'
}
