import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../errors.ts'
import type { DriverLog } from '../driver.ts'
import type { Credentials } from './credentials.ts'
import type { Dialer } from './dialer.ts'
import { openEventSocket, type EventSocket } from './event-socket.ts'
import type { PikvmTimings } from './timings.ts'

type Parts = {
  dialer: Dialer
  credentials: Credentials
  timings: PikvmTimings
  log: DriverLog
  endpointId: string
  /** Resolves when the control socket is online (at once when it is); rejects when aborted. */
  untilOnline(signal: AbortSignal): Promise<void>
  /** Our socket is about to come or go, at which the daemon lets go of every key. */
  onDisturbing(): void
  /** It has come (`opened`; also when that failed half-way) or gone (`closed`). */
  onDisturbed(why: 'opened' | 'closed'): void
  /** Reads the stream until it fails. */
  stream(signal: AbortSignal): Promise<never>
}

/**
 * Keeps the streamer running and the stream read until `signal` aborts; resolves when the socket is gone. The
 * `stream=1` socket carries nothing: it only counts as a viewer. Since each new one makes the daemon release all held
 * keys, it stays while the stream alone fails and is opened again.
 */
export async function viewUntil(parts: Parts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await parts.untilOnline(signal)
      await viewOnce(parts, signal)
    } catch (error) {
      if (!signal.aborted && !isAppError(error)) {
        parts.log.warn({ endpointId: parts.endpointId, err: error }, 'PiKVM video fault')
      }
    }
    await pause(parts.timings.streamRetryMs, signal)
  }
}

async function viewOnce(parts: Parts, signal: AbortSignal): Promise<void> {
  const ended = new AbortController()
  const socket = await openViewer(parts, signal, () => ended.abort())
  const either = AbortSignal.any([signal, ended.signal])
  try {
    while (!either.aborted) {
      await parts.stream(either).catch(() => undefined)
      await pause(parts.timings.streamRetryMs, either)
    }
  } finally {
    parts.onDisturbing()
    await socket.close()
    parts.onDisturbed('closed')
  }
}

async function openViewer(parts: Parts, signal: AbortSignal, onEnded: () => void): Promise<EventSocket> {
  const greeted = Promise.withResolvers<void>()
  // A socket that closes unheard must not be an unhandled rejection.
  greeted.promise.catch(() => undefined)
  parts.onDisturbing()
  try {
    const socket = await openEventSocket(
      parts,
      {
        isViewer: true,
        timeoutMs: parts.timings.connectMs,
        loginMs: parts.timings.loginMs,
        signal,
        keepalive: parts.timings.keepalive,
      },
      {
        onText: () => greeted.resolve(),
        onHeard: () => undefined,
        onClosed: (error) => {
          greeted.reject(error)
          onEnded()
        },
      },
    )
    socket.start()
    await greeting(greeted, socket, parts.timings.greetMs)
    return socket
  } finally {
    parts.onDisturbed('opened')
  }
}

async function greeting(
  greeted: PromiseWithResolvers<void>,
  socket: EventSocket,
  greetMs: number,
): Promise<void> {
  const late = setTimeout(() => {
    greeted.reject(new AppError('device/timeout', 'The device accepted the connection and says nothing.'))
    void socket.close()
  }, greetMs)
  try {
    await greeted.promise
  } finally {
    clearTimeout(late)
  }
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(waitMs, undefined, { signal })
  } catch {
    // Aborted: whoever called looks at the signal next.
  }
}
