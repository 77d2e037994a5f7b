import { hasPassed } from '../../clock/has-passed.ts'
import type { DriverLog, H264Source, JpegFrame, Unsubscribe, VideoSource } from '../driver.ts'
import { createLease } from './lease.ts'
import { createListeners } from './listeners.ts'
import type { Stills } from './still.ts'

export type PikvmVideo = VideoSource & {
  /** The newest frame is no longer given to newcomers. */
  forget(): void
  /** Ends the upstreams now; resolves when their sockets are gone. */
  close(): Promise<void>
}

/** A frame this old is not shown to a newcomer as the present picture, ms. */
const freshMs = 2_000

/**
 * One MJPEG upstream for all viewers, beside stills and H.264. `view` runs it until aborted; frames are handed to
 * every viewer as they come, the newest one at once to a newcomer.
 */
export function createVideo(parts: {
  view(signal: AbortSignal, onFrame: (frame: JpegFrame) => void): Promise<void>
  still: Stills['still']
  /** Keeps the streamer running until aborted. */
  stayPresent(signal: AbortSignal): Promise<void>
  h264: H264Source & { close(): Promise<void> }
  lingerMs: number
  now(): number
  log: DriverLog
}): PikvmVideo {
  const viewers = createListeners<JpegFrame>(parts.log)
  let newest: JpegFrame | null = null
  let isClosed = false
  const upstream = createLease({ lingerMs: parts.lingerMs, run })
  const awake = createLease({ lingerMs: parts.lingerMs, run: parts.stayPresent })
  let awakeHolders = 0

  async function run(signal: AbortSignal): Promise<void> {
    await parts.view(signal, (frame) => {
      newest = frame
      viewers.tell(frame)
    })
    newest = null
  }

  return {
    still: parts.still,
    h264: parts.h264,
    subscribe(onFrame): Unsubscribe {
      if (isClosed) return () => undefined
      let isLeft = false
      const leave = viewers.add(onFrame)
      upstream.take()
      const present = newest
      if (present && !hasPassed(present.reachedAt, parts.now(), freshMs)) {
        queueMicrotask(() => !isLeft && onFrame(present))
      }
      return () => {
        if (isLeft) return
        isLeft = true
        leave()
        if (viewers.size === 0) upstream.leave()
      }
    },
    keepAwake(): Unsubscribe {
      if (isClosed) return () => undefined
      let isLeft = false
      awakeHolders++
      awake.take()
      return () => {
        if (isLeft) return
        isLeft = true
        awakeHolders--
        if (awakeHolders === 0) awake.leave()
      }
    },
    forget() {
      newest = null
    },
    async close() {
      isClosed = true
      await Promise.all([upstream.close(), awake.close(), parts.h264.close()])
    },
  }
}
