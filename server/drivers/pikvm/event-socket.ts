import type { ClientRequest, IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { AppError, isAppError } from '../../errors.ts'
import type { Credentials } from './credentials.ts'
import { isRefusal } from './device-api.ts'
import type { Dialer } from './dialer.ts'
import { pingFrame, pongByte } from './input-frames.ts'
import { keepaliveStep } from './keepalive.ts'
import { createRateBudget } from './rate-budget.ts'

export type EventSocketHandlers = {
  /** A text frame, unparsed. */
  onText(text: string): void
  /** Any sign of life, after `onText` for the same frame. */
  onHeard(): void
  /** Once, at the end, whoever ended it. `error` says why. */
  onClosed(error: AppError): void
}

/** One websocket to `/api/ws`, open. */
export interface EventSocket {
  /** Lets frames come; nothing is read before. */
  start(): void
  /** False when the frame could not be put on the wire now; nothing is queued for later. */
  send(frame: Buffer): boolean
  /** Bytes that the network has not taken yet. */
  readonly backlogBytes: number
  /** Resolves when the daemon has handled everything sent before (its next pong), or false when it does not. */
  settle(timeoutMs: number): Promise<boolean>
  /** Closes politely and then at the latest after a second by force; resolves when it is gone. */
  close(): Promise<void>
}

export type KeepaliveTimings = { pingAfterMs: number; deadAfterMs: number; checkEveryMs: number }

const maxFrameBytes = 1_000_000
/** kvmd sends some kilobytes a second; this much is a fault or an attack. */
const maxBytesPerSecond = 8_000_000
const maxFramesPerSecond = 3_000
const maxBacklogBytes = 64_000
const politeCloseMs = 1_000

type OpenOptions = {
  /** Asks for the streamer to run (`stream=1`). */
  isViewer: boolean
  timeoutMs: number
  /** A login may have to wait for its next one-time code. */
  loginMs: number
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
  for (let attempt = 1; ; attempt++) {
    const headers = await link.credentials.headers({ timeoutMs: options.loginMs, signal: options.signal })
    try {
      return runSocket(await upgrade(link.dialer, headers, options), options.keepalive, handlers)
    } catch (error) {
      const isRefused = isAppError(error) && error.code === 'device/refusedCredentials'
      if (!isRefused || attempt > 1 || !link.credentials.renew(headers)) throw error
    }
  }
}

async function upgrade(
  dialer: Dialer,
  headers: Record<string, string>,
  options: OpenOptions,
): Promise<WebSocket> {
  const limits = { timeoutMs: options.timeoutMs, signal: options.signal }
  const connection = await dialer.dial(limits)
  connection.setNoDelay(true)
  const socket = new WebSocket(`ws://device/api/ws?stream=${options.isViewer ? 1 : 0}`, {
    createConnection: () => connection,
    headers: { ...headers, Host: dialer.host },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: maxFrameBytes,
  })
  try {
    await upgraded(socket, limits)
    return socket
  } catch (error) {
    connection.destroy()
    throw error
  }
}

function upgraded(socket: WebSocket, limits: { timeoutMs: number; signal: AbortSignal }): Promise<void> {
  const deadline = AbortSignal.timeout(limits.timeoutMs)
  const signal = AbortSignal.any([limits.signal, deadline])
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      socket.terminate()
      reject(
        deadline.aborted
          ? new AppError('device/timeout', `The device did not finish the upgrade in ${limits.timeoutMs} ms.`)
          : new AppError('device/unreachable', 'Connecting was given up.'),
      )
    }
    const forget = () => signal.removeEventListener('abort', onAbort)
    // Stays: every error is followed by 'close', which the runner handles, and none may end the process.
    socket.on('error', (cause) => {
      forget()
      reject(new AppError('device/unreachable', 'The device ended the upgrade.', { cause }))
    })
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('open', () => {
      forget()
      // Nothing may be read before somebody listens.
      socket.pause()
      resolve()
    })
    socket.once('unexpected-response', (request: ClientRequest, response: IncomingMessage) => {
      forget()
      request.destroy()
      reject(upgradeRefused(response.statusCode ?? 0))
    })
  })
}

function upgradeRefused(status: number): AppError {
  if (isRefusal(status)) {
    return new AppError('device/refusedCredentials', 'The device refused the user name or password.')
  }
  return status >= 500
    ? new AppError('device/unreachable', `The device's own service is not running (${status}).`)
    : new AppError('device/protocol', `The device answered the upgrade with status ${status}.`)
}

function runSocket(
  socket: WebSocket,
  keepalive: KeepaliveTimings,
  handlers: EventSocketHandlers,
): EventSocket {
  const bytes = createRateBudget(maxBytesPerSecond)
  const frames = createRateBudget(maxFramesPerSecond)
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
  const send = (frame: Buffer) => {
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

  const heard = (size: number) => {
    heardAt = performance.now()
    if (!bytes.spend(size, heardAt) || !frames.spend(1, heardAt)) {
      fail(new AppError('device/protocol', 'The device sends more than it reasonably can.'))
      return false
    }
    return true
  }
  socket.on('error', (cause) => {
    failure = new AppError('device/protocol', 'The device broke the websocket protocol.', { cause })
  })
  socket.on('ping', (data: Buffer) => {
    if (heard(data.length)) handlers.onHeard()
  })
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!heard(data.length)) return
    if (isBinary && data[0] === pongByte) {
      pongsSeen++
      while (pongs[0] && pongs[0].pingNumber <= pongsSeen) pongs.shift()!.done(true)
    }
    if (!isBinary) handlers.onText(data.toString('utf8'))
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
