import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../errors.ts'
import type { DriverLog } from '../driver.ts'
import type { Credentials } from './credentials.ts'
import type { Dialer } from './dialer.ts'
import { eventLimits, openEventSocket, type EventSocket } from './event-socket.ts'
import { createLease } from './lease.ts'
import { startPatience } from './patience.ts'
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
}

type Read = (signal: AbortSignal) => Promise<'done' | 'again'>

/** Being a viewer in the eyes of the daemon, which runs the streamer only while there is one. */
export interface Presence {
  /**
   * Does `read` while the streamer is kept running, again each time it ends or fails, until `signal` aborts or `read`
   * says `done`, and a little longer, so that a reader who comes instead finds it running. Never rejects.
   */
  readWhilePresent(read: Read, signal: AbortSignal): Promise<void>
  /** Resolves when the socket is gone. */
  close(): Promise<void>
}

/**
 * One `stream=1` socket for all streams. It carries nothing: it only counts as a viewer. Since each new one makes the
 * daemon release all held keys, it stays while a stream alone fails and is opened again.
 */
export function createPresence(parts: Parts): Presence {
  let readers = 0
  /** Aborts when the socket is gone; null while there is none. */
  let present: AbortSignal | null = null
  const arrivals = new Set<(present: AbortSignal) => void>()
  const lease = createLease({ lingerMs: 0, run: keepPresent })

  async function keepPresent(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await parts.untilOnline(signal)
        await bePresent(signal)
      } catch (error) {
        report(error, signal)
      }
      await pause(parts.timings.streamRetryMs, signal)
    }
  }
  async function bePresent(signal: AbortSignal): Promise<void> {
    const ended = new AbortController()
    const socket = await openViewer(parts, signal, () => ended.abort())
    const either = AbortSignal.any([signal, ended.signal])
    present = either
    for (const arrive of Array.from(arrivals)) arrive(either)
    await aborted(either)
    present = null
    parts.onDisturbing()
    await socket.close()
    parts.onDisturbed('closed')
  }
  function untilPresent(signal: AbortSignal): Promise<AbortSignal | null> {
    if (present && !present.aborted) return Promise.resolve(present)
    return new Promise((resolve) => {
      const finish = (result: AbortSignal | null) => {
        arrivals.delete(finish)
        signal.removeEventListener('abort', onAbort)
        resolve(result)
      }
      const onAbort = () => finish(null)
      if (signal.aborted) return resolve(null)
      arrivals.add(finish)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
  async function readOnce(read: Read, signal: AbortSignal): Promise<'done' | 'again'> {
    try {
      return await read(signal)
    } catch (error) {
      report(error, signal)
      return 'again'
    }
  }
  function report(error: unknown, signal: AbortSignal): void {
    // What the device does wrong shows in the state of its connection, or in the picture that does not come.
    if (signal.aborted || isAppError(error)) return
    parts.log.warn({ endpointId: parts.endpointId, err: error }, 'PiKVM video fault')
  }

  return {
    async readWhilePresent(read, signal) {
      readers++
      lease.take()
      let result: 'done' | 'again' = 'again'
      while (!signal.aborted && result === 'again') {
        const whilePresent = await untilPresent(signal)
        if (!whilePresent) break
        const either = AbortSignal.any([signal, whilePresent])
        result = await readOnce(read, either)
        await pause(parts.timings.streamRetryMs, either)
      }
      readers--
      if (readers === 0) lease.leave()
    },
    close: () => lease.close(),
  }
}

/** Resolves when `signal` aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function openViewer(parts: Parts, signal: AbortSignal, onEnded: () => void): Promise<EventSocket> {
  const greeted = Promise.withResolvers<void>()
  // A socket that closes unheard must not be an unhandled rejection.
  greeted.promise.catch(() => undefined)
  const patience = startPatience(parts.timings.attemptMs)
  parts.onDisturbing()
  try {
    const socket = await openEventSocket(
      parts,
      {
        path: '/api/ws?stream=1',
        limits: eventLimits,
        timeoutMs: parts.timings.connectMs,
        patience,
        codeWaitMs: parts.timings.codeWaitMs,
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
    await greeting(greeted, socket, Math.min(parts.timings.greetMs, patience.leftMs()))
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
