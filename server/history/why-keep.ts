import type { PastPicture, PictureWhy } from '../contract/history.ts'

const minuteMs = 60_000
/** A picture that moves only by its cursor or a clock is kept this often. */
const everyMs = 10 * minuteMs
/** A picture that changes all the time is kept this often. */
const mostOftenMs = minuteMs
/** What comes later than this after a change of the machine's state no longer shows it. */
const stateWithinMs = 2 * minuteMs

export type NewPicture = {
  pictureAt: number
  /** The last one that was kept. */
  last: PastPicture | null
  /** When the machine's state changed without a picture of it yet. */
  stateChangedAt: number | null
  /** When the picture last changed, and when anything in it last stirred, as far as that is known. */
  pictureChangedAt: number | null
  pictureStirredAt: number | null
  /** Another connection than the one that the last picture came over: nobody compared the two. */
  isUnsure: boolean
}

/** Why a new picture is kept; or `same`, it shows what the last one did; or `late`, it changed too soon after it. */
export function whyKeep(picture: NewPicture): PictureWhy | 'same' | 'late' {
  const { pictureAt, last, stateChangedAt, pictureChangedAt, pictureStirredAt, isUnsure } = picture
  if (stateChangedAt !== null && pictureAt >= stateChangedAt && pictureAt - stateChangedAt <= stateWithinMs)
    return 'state'
  if (last === null) return 'time'
  const isOther = isUnsure || (pictureChangedAt ?? 0) > last.at
  if (isOther) return pictureAt - last.at >= mostOftenMs ? 'picture' : 'late'
  const hasStirred = (pictureStirredAt ?? 0) > last.at
  return hasStirred && pictureAt - last.at >= everyMs ? 'time' : 'same'
}

/** Has a picture that came too soon waited long enough? */
export function isSettled(last: PastPicture | null, now: number): boolean {
  return last === null || now - last.at >= mostOftenMs
}
