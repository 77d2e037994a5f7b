import type { DriverLog, JpegFrame, Unsubscribe, VideoSource } from '../driver.ts'
import { createListeners } from './listeners.ts'
import type { Stills } from './still.ts'

type Upstream =
  | { name: 'idle' }
  | { name: 'viewed'; stop: AbortController; ended: Promise<void> }
  /** The last viewer left; it ends when the timer fires, unless somebody comes back. */
  | { name: 'lingering'; stop: AbortController; ended: Promise<void>; timer: NodeJS.Timeout }

export type PikvmVideo = VideoSource & {
  /** Ends the upstream now; resolves when its socket is gone. */
  close(): Promise<void>
}

/** A frame this old is not shown to a newcomer as the present picture, ms. */
const freshMs = 2_000

/**
 * One upstream for all viewers. `view` runs it until aborted; frames are handed to every viewer as they come, the
 * newest one at once to a newcomer.
 */
export function createVideo(parts: {
  view(signal: AbortSignal, onFrame: (frame: JpegFrame) => void): Promise<void>
  still: Stills['still']
  lingerMs: number
  now(): number
  log: DriverLog
}): PikvmVideo {
  const viewers = createListeners<JpegFrame>(parts.log)
  let upstream: Upstream = { name: 'idle' }
  let newest: JpegFrame | null = null
  let isClosed = false
  let ending: Promise<void> = Promise.resolve()

  function begin(): void {
    if (upstream.name === 'viewed') return
    if (upstream.name === 'lingering') {
      clearTimeout(upstream.timer)
      upstream = { name: 'viewed', stop: upstream.stop, ended: upstream.ended }
      return
    }
    const stop = new AbortController()
    // The former one's socket must be gone first: each coming and going makes the device release held keys.
    const ended = ending.then(() =>
      parts.view(stop.signal, (frame) => {
        newest = frame
        viewers.tell(frame)
      }),
    )
    upstream = { name: 'viewed', stop, ended }
  }

  function end(): void {
    if (upstream.name === 'idle') return
    if (upstream.name === 'lingering') clearTimeout(upstream.timer)
    upstream.stop.abort()
    ending = upstream.ended
    upstream = { name: 'idle' }
    newest = null
  }

  function linger(): void {
    if (upstream.name !== 'viewed') return
    const { stop, ended } = upstream
    upstream = { name: 'lingering', stop, ended, timer: setTimeout(end, parts.lingerMs) }
  }

  return {
    still: parts.still,
    subscribe(onFrame): Unsubscribe {
      if (isClosed) return () => undefined
      let isLeft = false
      const leave = viewers.add(onFrame)
      begin()
      const present = newest
      if (present && parts.now() - present.reachedAt < freshMs) {
        queueMicrotask(() => !isLeft && onFrame(present))
      }
      return () => {
        if (isLeft) return
        isLeft = true
        leave()
        if (viewers.size === 0) linger()
      }
    },
    async close() {
      isClosed = true
      end()
      await ending
    },
  }
}
