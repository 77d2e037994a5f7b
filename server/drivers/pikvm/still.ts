import type { JpegFrame } from '../driver.ts'
import type { Credentials } from './credentials.ts'
import { askDevice } from './device-http.ts'
import type { Dialer } from './dialer.ts'
import { jpegSize } from './jpeg-size.ts'
import { startPatience } from './patience.ts'
import type { PikvmTimings } from './timings.ts'

type StillOptions = { maxWidth: number; quality: number; maxAgeMs?: number }
export type Stills = {
  still(options: StillOptions): Promise<JpegFrame | null>
  /** Gives no picture any more that was asked for before. */
  forget(): void
}

const maxStillBytes = 4_000_000

/**
 * Small pictures through the daemon's snapshot. Parallel ones cost the device a frame's time each and one without a
 * signal blocks it for over three seconds, so one runs at a time and its result is shared for a while; `mayHavePicture`
 * is asked first.
 */
export function createStills(parts: {
  dialer: Dialer
  credentials: Credentials
  timings: PikvmTimings
  signal: AbortSignal
  mayHavePicture(): boolean
  now(): number
  onPicture(key: string, bytes: Buffer): void
}): Stills {
  const cache = new Map<string, { at: number; picture: Promise<JpegFrame | null> }>()
  let last: Promise<unknown> = Promise.resolve()
  let turn = 0

  async function take(key: string, options: StillOptions): Promise<JpegFrame | null> {
    const startedIn = turn
    if (!parts.mayHavePicture() || parts.signal.aborted) return null
    try {
      const { signal } = parts
      const patience = startPatience(parts.timings.stillMs)
      const headers = await parts.credentials.headers({ timeoutMs: patience.leftMs(), signal })
      const reply = await askDevice(parts.dialer, {
        method: 'GET',
        path: snapshotPath(options),
        headers,
        maxBytes: maxStillBytes,
        timeoutMs: patience.leftMs(),
        signal,
      })
      if (reply.status === 401 || reply.status === 403) parts.credentials.renew(headers)
      const size = reply.status === 200 ? jpegSize(reply.body) : null
      if (!size || turn !== startedIn) return null
      const online = reply.headers['x-ustreamer-online'] !== 'false'
      if (online) parts.onPicture(key, reply.body)
      return { bytes: reply.body, ...size, online, reachedAt: parts.now() }
    } catch {
      // No picture now is an answer here; why the device does not answer shows in its state.
      return null
    }
  }

  return {
    still(options) {
      const key = `${options.maxWidth}/${options.quality}`
      const known = cache.get(key)
      if (known && performance.now() - known.at < (options.maxAgeMs ?? parts.timings.stillReuseMs))
        return known.picture
      if (!parts.mayHavePicture()) return Promise.resolve(null)
      const picture = last.then(() => take(key, options))
      const entry = { at: Number.POSITIVE_INFINITY, picture }
      // Under way it is shared however long it takes; its age counts from its end.
      last = picture.then(() => (entry.at = performance.now()))
      cache.set(key, entry)
      if (cache.size > 8) cache.delete(cache.keys().next().value!)
      return picture
    },
    forget() {
      turn++
      cache.clear()
    },
  }
}

function snapshotPath({ maxWidth, quality }: StillOptions): string {
  const width = Math.min(4096, Math.max(16, Math.round(maxWidth)))
  const percent = Math.min(100, Math.max(1, Math.round(quality)))
  return `/api/streamer/snapshot?preview=1&preview_max_width=${width}&preview_quality=${percent}`
}
