/**
 * kvmd lets go of every held key of everybody whenever any websocket client comes or goes. A socket of our own tells
 * when that has happened (`loop`, or the end of its closing); a stranger's only shows as `clients` events on the
 * control socket, which also come for our own. Pressing again what is held must happen once each time: a second
 * "down" is a release and a press.
 */
export interface ReleaseWatch {
  /** A socket of ours starts coming or going: until `ownEnds`, `clients` events are taken for its. */
  ownBegins(): void
  /** It has come or gone. */
  ownEnds(nowMs: number): void
  /** A `clients` event came at `nowMs` (monotonic). True when it tells of a stranger's socket for the first time. */
  strangerShows(nowMs: number): boolean
}

/** One coming or going gives up to two `clients` events within some 25 ms; this is generous to a loaded Pi. */
const echoMs = 200
/** How long the first of them may take after a socket of ours has come or gone, when it did not come before. */
const firstEchoMs = 2_000

/** Nothing coming or going. */
export function createReleaseWatch(): ReleaseWatch {
  let ownMoves = 0
  let isEchoed = false
  let firstUntil = Number.NEGATIVE_INFINITY
  let echoUntil = Number.NEGATIVE_INFINITY
  return {
    ownBegins() {
      ownMoves++
      isEchoed = false
    },
    ownEnds(nowMs) {
      ownMoves = Math.max(0, ownMoves - 1)
      firstUntil = isEchoed ? Number.NEGATIVE_INFINITY : nowMs + firstEchoMs
      isEchoed = false
      echoUntil = nowMs + echoMs
    },
    strangerShows(nowMs) {
      const isOwn = ownMoves > 0 || nowMs < firstUntil
      if (!isOwn && nowMs < echoUntil) return false
      isEchoed = ownMoves > 0
      firstUntil = Number.NEGATIVE_INFINITY
      echoUntil = nowMs + echoMs
      return !isOwn
    },
  }
}
