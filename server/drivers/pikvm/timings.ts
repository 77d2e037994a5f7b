import type { KeepaliveTimings } from './event-socket.ts'
import { soonestAgainMs } from './session.ts'

/** All waits of this driver, ms. */
export type PikvmTimings = {
  /** Look-up, connect, handshake and upgrade. */
  connectMs: number
  /**
   * Login, upgrade and first word together, so that a device that drips is told within 10 s however it spreads that
   * over the steps. Waiting for the next TOTP code comes on top: that is no fault of the device.
   */
  attemptMs: number
  /** How long the next TOTP code is waited for. */
  codeWaitMs: number
  /** The same before a press: what is pressed much later is not what the person saw. */
  pressCodeWaitMs: number
  /**
   * How long no login is tried after a refused one, the first and every other: long enough that a wrong password is no
   * hammering, short enough for a PiKVM without a battery whose clock is right some minutes after it came on.
   */
  refusedMs: number
  refusedAgainMs: number
  /** The same where a person asks. */
  soonestAgainMs: number
  /** From the upgrade to `loop`. */
  greetMs: number
  keepalive: KeepaliveTimings
  /** How long the viewer's socket and the stream outlive the last viewer. */
  lingerMs: number
  /** From the moment a Switch has moved until pictures are taken for the new machine's. */
  pictureSettleMs: number
  /** How long keys wait after that for the new machine's first picture. */
  firstPictureMs: number
  /** A streamer that was just started answers 502 or 503 for a while. */
  streamerStartMs: number
  /** ustreamer sends about one frame a second even of a still picture. */
  streamSilenceMs: number
  streamRetryMs: number
  /** Key frames are asked for at most this often. */
  keyFrameEveryMs: number
  stillMs: number
  stillReuseMs: number
  /** For a press with all that comes before it (a login, whether it still counts), so that one that drips is told. */
  powerAnswerMs: number
  /** With less than this left of it a press is not begun: a slow device might do it and be cut off. */
  pressNeedsMs: number
  /** How much longer than its own time a GPIO channel may be busy before reading back is given up. */
  readBackGraceMs: number
  readMs: number
  /**
   * For all that is asked for one purpose, so that one that drips is told within 10 s: when a device is added or asked
   * again, or its stream is set.
   */
  readAllMs: number
  /** What the Switch at a PiKVM is like is asked this often besides being told. */
  switchRereadMs: number
  /** kvmd waits for a second whether more is asked of its streamer, and only then has the new values. */
  streamAppliedMs: number
}

/** Why these: facts of kvmd are named in the fields above; the rest is patience of a person with a phone. */
export const defaultTimings: PikvmTimings = {
  connectMs: 6_000,
  attemptMs: 8_500,
  codeWaitMs: 31_000,
  pressCodeWaitMs: 10_000,
  refusedMs: 30_000,
  refusedAgainMs: 60_000,
  soonestAgainMs,
  greetMs: 3_000,
  keepalive: { pingAfterMs: 1_000, deadAfterMs: 10_000, checkEveryMs: 500 },
  lingerMs: 30_000,
  pictureSettleMs: 1_000,
  firstPictureMs: 5_000,
  streamerStartMs: 2_000,
  streamSilenceMs: 10_000,
  streamRetryMs: 1_000,
  keyFrameEveryMs: 2_000,
  stillMs: 6_000,
  stillReuseMs: 2_000,
  powerAnswerMs: 9_000,
  pressNeedsMs: 3_000,
  readBackGraceMs: 3_000,
  readMs: 8_000,
  readAllMs: 9_000,
  switchRereadMs: 15_000,
  streamAppliedMs: 4_000,
}
