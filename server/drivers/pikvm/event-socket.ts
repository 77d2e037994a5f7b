import { WebSocket } from 'ws'
import { AppError, isAppError } from '../../errors.ts'
import type { Credentials } from './credentials.ts'
import { openDeviceSocket } from './device-socket.ts'
import type { Dialer } from './dialer.ts'
import { pingFrame, pongByte } from './input-frames.ts'
import { keepaliveStep } from './keepalive.ts'
import type { Patience } from './patience.ts'
import { createRateBudget } from './rate-budget.ts'

export type EventSocketHandlers = {
  /** A text frame, unparsed. */
  onText(text: string): void
  /** A binary frame other than a pong. */
  onBinary?(data: Buffer): void
  /** Any sign of life, after `onText` for the same frame. */
  onHeard(): void
  /** Once, at the end, whoever ended it. `error` says why. */
  onClosed(error: AppError): void
}

/** One websocket of the daemon (`/api/ws` or `/api/media/ws`), open. */
export interface EventSocket {
  /** Lets frames come; nothing is read before. */
  start(): void
  /** False when the frame could not be put on the wire now; nothing is queued for later. */
  send(frame: Buffer): boolean
  /** The same for a text frame. */
  sendText(text: string): boolean
  /** Bytes that the network has not taken yet. */
  readonly backlogBytes: number
  /** Resolves when the daemon has handled everything sent before (its next pong), or false when it does not. */
  settle(timeoutMs: number): Promise<boolean>
  /** Closes politely and then at the latest after a second by force; resolves when it is gone. */
  close(): Promise<void>
}

export type KeepaliveTimings = { pingAfterMs: number; deadAfterMs: number; checkEveryMs: number }

/** What may come; more is a fault or an attack. */
export type SocketLimits = { frameBytes: number; bytesPerSecond: number; framesPerSecond: number }
/** kvmd sends some kilobytes of states a second. */
export const eventLimits: SocketLimits = {
  frameBytes: 1_000_000,
  bytesPerSecond: 8_000_000,
  framesPerSecond: 3_000,
}
const maxBacklogBytes = 64_000
const politeCloseMs = 1_000

type OpenOptions = {
  path: string
  limits: SocketLimits
  /** For the upgrade alone. */
  timeoutMs: number
  /** For everything that the device has to do, the login too. */
  patience: Patience
  /** For the next one-time code, where a login has to wait for it. */
  codeWaitMs: number
  signal: AbortSignal
  keepalive: KeepaliveTimings
}

/**
 * Opens the daemon's websocket on a pinned connection; resolves after the upgrade. A cookie that the daemon forgot
 * is renewed once. Throws AppError `device/*`.
 */
export async function openEventSocket(
  link: { dialer: Dialer; credentials: Credentials },
  options: OpenOptions,
  handlers: EventSocketHandlers,
): Promise<EventSocket> {
  const { patience, signal } = options
  for (let attempt = 1; ; attempt++) {
    await patience.without(link.credentials.untilCodeDue({ timeoutMs: options.codeWaitMs, signal }))
    const headers = await link.credentials.headers({ timeoutMs: patience.leftMs(), signal })
    try {
      const socket = await openDeviceSocket(link.dialer, {
        path: options.path,
        headers,
        maxFrameBytes: options.limits.frameBytes,
        timeoutMs: Math.min(options.timeoutMs, patience.leftMs()),
        signal,
      })
      return runSocket(socket, options, handlers)
    } catch (error) {
      const isRefused = isAppError(error) && error.code === 'device/refusedCredentials'
      if (!isRefused || attempt > 1 || !link.credentials.renew(headers)) throw error
    }
  }
}

function runSocket(
  socket: WebSocket,
  { keepalive, limits }: Pick<OpenOptions, 'keepalive' | 'limits'>,
  handlers: EventSocketHandlers,
): EventSocket {
  const bytes = createRateBudget(limits.bytesPerSecond)
  const frames = createRateBudget(limits.framesPerSecond)
  const pongs: { pingNumber: number; done(isSettled: boolean): void }[] = []
  let pingsSent = 0
  let pongsSeen = 0
  let heardAt = performance.now()
  let pingAt = heardAt
  let failure = new AppError('device/unreachable', 'The device closed the connection.')

  const fail = (error: AppError) => {
    failure = error
    socket.terminate()
  }
  const send = (frame: Buffer | string) => {
    if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > maxBacklogBytes) return false
    socket.send(frame)
    return true
  }
  const ping = () => {
    pingAt = performance.now()
    if (send(pingFrame)) pingsSent++
    // Daemons that do not know the binary ping know this one.
    if (pongsSeen === 0 && socket.readyState === WebSocket.OPEN)
      socket.send('{"event_type":"ping","event":{}}')
  }
  const timer = setInterval(() => {
    const now = performance.now()
    const step = keepaliveStep({ sinceHeardMs: now - heardAt, sincePingMs: now - pingAt }, keepalive)
    if (step === 'ping') ping()
    if (step === 'dead')
      fail(new AppError('device/timeout', `Nothing heard for ${keepalive.deadAfterMs} ms.`))
  }, keepalive.checkEveryMs)

  const isWithinLimits = (size: number) => {
    const now = performance.now()
    if (bytes.spend(size, now) && frames.spend(1, now)) return true
    fail(new AppError('device/protocol', 'The device sends more than it reasonably can.'))
    return false
  }
  const heard = (size: number) => {
    heardAt = performance.now()
    return isWithinLimits(size)
  }
  socket.on('error', (cause) => {
    failure = new AppError('device/protocol', 'The device broke the websocket protocol.', { cause })
  })
  socket.on('ping', (data: Buffer) => {
    if (heard(data.length)) handlers.onHeard()
  })
  // Never asked for: no sign of life, and a flood of them is a flood.
  socket.on('pong', (data: Buffer) => void isWithinLimits(data.length))
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!heard(data.length)) return
    if (isBinary && data[0] === pongByte) {
      pongsSeen++
      while (pongs[0] && pongs[0].pingNumber <= pongsSeen) pongs.shift()!.done(true)
    }
    if (!isBinary) handlers.onText(data.toString('utf8'))
    else if (data[0] !== pongByte) handlers.onBinary?.(data)
    handlers.onHeard()
  })
  const gone = new Promise<void>((resolve) => {
    socket.once('close', () => {
      clearInterval(timer)
      for (const pong of pongs.splice(0)) pong.done(false)
      handlers.onClosed(failure)
      resolve()
    })
  })

  return {
    start: () => socket.resume(),
    send,
    sendText: send,
    get backlogBytes() {
      return socket.bufferedAmount
    },
    settle(timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      ping()
      pongs.push({ pingNumber: pingsSent, done: resolve })
      const late = setTimeout(resolve, timeoutMs, false)
      return promise.finally(() => clearTimeout(late))
    },
    async close() {
      socket.resume()
      socket.close(1000)
      const force = setTimeout(() => socket.terminate(), politeCloseMs)
      await gone
      clearTimeout(force)
    },
  }
}
