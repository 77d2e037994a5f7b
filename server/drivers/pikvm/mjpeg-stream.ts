import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import type { JpegFrame } from '../driver.ts'
import type { Credentials } from './credentials.ts'
import { isRefusal } from './device-api.ts'
import { openDeviceStream, type DeviceStream } from './device-http.ts'
import type { Dialer } from './dialer.ts'
import { jpegSize } from './jpeg-size.ts'
import { boundaryOf, createMjpegParser, type MjpegPart } from './mjpeg-parser.ts'
import { startPatience } from './patience.ts'
import { createRateBudget } from './rate-budget.ts'
import type { PikvmTimings } from './timings.ts'

type Parts = {
  dialer: Dialer
  credentials: Credentials
  timings: PikvmTimings
  now(): number
}

const maxPartBytes = 8_000_000
const maxHeadBytes = 8_192
/** Twice what a Pi's encoder gives for 1080p at 60 frames a second in its best quality. */
const maxBytesPerSecond = 64_000_000
/** Pieces and parts cost time, however small they are: a device may not keep us busy with single bytes. */
const pieceCostsBytes = 2_000
const partCostsBytes = 100_000
const startRetryMs = 150

/**
 * Reads `/streamer/stream` until it ends, is aborted or falls silent, and gives each whole frame. It always reads at
 * full speed: a reader that pauses gets old frames. Throws AppError `device/*` (also at a regular end).
 */
export async function readMjpeg(
  parts: Parts,
  signal: AbortSignal,
  onFrame: (frame: JpegFrame) => void,
): Promise<never> {
  const stream = await openWhenStarted(parts, signal)
  try {
    const boundary = boundaryOf(stream.incoming.headers['content-type'])
    if (boundary === null)
      throw new AppError('device/protocol', 'The video stream is not a multipart stream.')
    await pump(stream.incoming, boundary, parts, onFrame)
    throw new AppError('device/unreachable', 'The video stream ended.')
  } finally {
    stream.destroy()
  }
}

/** A streamer that was just started is not listening yet: its web server says 502 or 503 for up to two seconds. */
async function openWhenStarted(parts: Parts, signal: AbortSignal): Promise<DeviceStream> {
  const { streamerStartMs, attemptMs, codeWaitMs, connectMs } = parts.timings
  const until = performance.now() + streamerStartMs
  const patience = startPatience(attemptMs)
  for (;;) {
    await patience.without(parts.credentials.untilCodeDue({ timeoutMs: codeWaitMs, signal }))
    const headers = await parts.credentials.headers({ timeoutMs: patience.leftMs(), signal })
    const stream = await openDeviceStream(parts.dialer, {
      method: 'GET',
      path: '/streamer/stream?extra_headers=1',
      headers,
      timeoutMs: Math.min(connectMs, patience.leftMs()),
      signal,
    })
    if (stream.status === 200) return stream
    stream.destroy()
    if (isRefusal(stream.status)) {
      parts.credentials.renew(headers)
      throw new AppError('device/refusedCredentials', 'The device refused the video stream.')
    }
    const isStarting = stream.status === 502 || stream.status === 503
    if (!isStarting || performance.now() >= until) {
      throw new AppError('device/unreachable', `The streamer is not running (${stream.status}).`)
    }
    await sleep(startRetryMs, undefined, { signal })
  }
}

function pump(
  incoming: IncomingMessage,
  boundary: string,
  parts: Parts,
  onFrame: (frame: JpegFrame) => void,
): Promise<void> {
  const parser = createMjpegParser({ boundary, maxPartBytes, maxHeadBytes })
  const budget = createRateBudget(maxBytesPerSecond)
  return new Promise((resolve, reject) => {
    const silence = setTimeout(
      () => fail(new AppError('device/timeout', 'The video stream fell silent.')),
      parts.timings.streamSilenceMs,
    )
    const fail = (error: Error) => {
      clearTimeout(silence)
      incoming.destroy()
      reject(error)
    }
    incoming.on('data', (chunk: Buffer) => {
      try {
        if (!budget.spend(Math.max(chunk.length, pieceCostsBytes), performance.now())) throw tooMuch()
        for (const part of parser.push(chunk)) {
          if (!budget.spend(partCostsBytes, performance.now())) throw tooMuch()
          silence.refresh()
          const frame = toFrame(part, parts.now())
          if (frame) onFrame(frame)
        }
      } catch (error) {
        fail(error as Error)
      }
    })
    incoming.once('error', fail)
    incoming.once('close', () => {
      clearTimeout(silence)
      resolve()
    })
  })
}

/** Null for a part that is not a whole JPEG. The size is the picture's own: the device's headers are only a claim. */
function toFrame(part: MjpegPart, reachedAt: number): JpegFrame | null {
  const size = jpegSize(part.body)
  if (!size) return null
  return { bytes: part.body, ...size, online: part.headers.get('x-ustreamer-online') !== 'false', reachedAt }
}

function tooMuch(): AppError {
  return new AppError('device/protocol', 'The video stream is larger than any real one.')
}
