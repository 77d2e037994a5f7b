/**
 * kvmd lets go of every held key of everybody whenever any websocket client comes or goes. Several signs tell of one
 * such moment: `loop` on a new socket of ours, and `clients` on the control socket (twice for a newcomer). Pressing
 * again what is held must happen once a moment, since a second "down" is a release and a press.
 */
export interface ReleaseWatch {
  /** A sign was seen at `nowMs` (monotonic). True when it is the first of its moment. */
  sign(nowMs: number): boolean
}

/** Signs of one moment come within some 25 ms; a quarter of a second is one moment. */
export function createReleaseWatch(momentMs = 250): ReleaseWatch {
  let announcedAt = Number.NEGATIVE_INFINITY
  return {
    sign(nowMs) {
      if (nowMs - announcedAt < momentMs) return false
      announcedAt = nowMs
      return true
    },
  }
}
