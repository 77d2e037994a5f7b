import { AppError } from '../../errors.ts'
import { at, parseBoundedJson } from './bounded-json.ts'
import type { Credentials } from './credentials.ts'
import type { Dialer } from './dialer.ts'
import { openEventSocket, type SocketLimits } from './event-socket.ts'
import { startPatience } from './patience.ts'
import type { PikvmTimings } from './timings.ts'

type Parts = {
  dialer: Dialer
  credentials: Credentials
  timings: PikvmTimings
}

export type MediaHandlers = {
  /** The device told what it has; without H.264 the stream ends then. */
  onOffer(hasH264: boolean): void
  /** Frames will come; `requestKeyFrame` asks for one that can be decoded alone. */
  onStarted(requestKeyFrame: () => void): void
  /** One access unit as the device sent it, unparsed. */
  onUnit(data: Buffer): void
}

/** The daemon's encoder makes at most 20 Mbit/s; a key frame of a 4K screen stays below a unit's limit. */
const mediaLimits: SocketLimits = {
  frameBytes: 4_000_000,
  bytesPerSecond: 16_000_000,
  framesPerSecond: 500,
}
const offerLimits = { maxBytes: 64_000, maxDepth: 8 }
const startH264 = '{"event_type":"start","event":{"type":"video","format":"h264"}}'
const keyFrameRequest = Buffer.from([1])
const frameOpcode = 1

/**
 * Reads H.264 from `/api/media/ws` until it ends, falls silent or is aborted. Throws AppError `device/*` in every
 * case; `device/unsupported` when the device offers none.
 */
export async function readMedia(parts: Parts, signal: AbortSignal, handlers: MediaHandlers): Promise<never> {
  const { timings } = parts
  const reading = createReading()
  const patience = startPatience(timings.attemptMs)
  const socket = await openEventSocket(
    parts,
    {
      path: '/api/media/ws',
      limits: mediaLimits,
      timeoutMs: timings.connectMs,
      patience,
      codeWaitMs: timings.codeWaitMs,
      signal,
      keepalive: timings.keepalive,
    },
    {
      onText: (text) => reading.guard(() => onText(text)),
      onBinary: (data) => {
        if (data[0] === frameOpcode && data.length > 2) reading.guard(() => onFrame(data.subarray(2)))
      },
      onHeard: () => undefined,
      onClosed: reading.fail,
    },
  )
  let isStarted = false

  function onText(text: string): void {
    const offered = isStarted ? null : offerOf(text)
    if (offered === null) return
    isStarted = true
    handlers.onOffer(offered)
    if (!offered) throw new AppError('device/unsupported', 'The device offers no H.264.')
    reading.expectWithin(timings.streamSilenceMs, 'The video stream fell silent.')
    socket.sendText(startH264)
    handlers.onStarted(() => void socket.send(keyFrameRequest))
  }
  function onFrame(data: Buffer): void {
    if (!isStarted) return
    reading.expectWithin(timings.streamSilenceMs, 'The video stream fell silent.')
    handlers.onUnit(data)
  }

  const onAbort = () => reading.fail(new AppError('device/unreachable', 'The video was given up.'))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const greetMs = Math.min(timings.greetMs, patience.leftMs())
  reading.expectWithin(greetMs, 'The device accepted the connection and says nothing.')
  socket.start()
  try {
    return await reading.ended
  } finally {
    signal.removeEventListener('abort', onAbort)
    await socket.close()
  }
}

/** One reading until it fails, at the latest when what is expected does not come. */
function createReading() {
  const end = Promise.withResolvers<never>()
  // It may fail before anybody waits.
  end.promise.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  let isEnded = false

  function fail(error: unknown): void {
    isEnded = true
    clearTimeout(timer)
    end.reject(error)
  }
  return {
    ended: end.promise,
    fail,
    /** Does the work unless the reading ended; what it throws ends it. */
    guard(work: () => void): void {
      if (isEnded) return
      try {
        work()
      } catch (error) {
        fail(error)
      }
    },
    /** Fails unless called again within `waitMs`. */
    expectWithin(waitMs: number, otherwise: string): void {
      clearTimeout(timer)
      if (!isEnded) timer = setTimeout(() => fail(new AppError('device/timeout', otherwise)), waitMs)
    },
  }
}

/** Whether the first message offers H.264; null for another message. */
function offerOf(text: string): boolean | null {
  const message = parseBoundedJson(text, offerLimits)
  if (at(message, 'event_type') !== 'media') return null
  return at(message, 'event', 'video', 'h264') !== undefined
}
