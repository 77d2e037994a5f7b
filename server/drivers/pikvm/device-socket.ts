import type { ClientRequest, IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { AppError } from '../../errors.ts'
import { isRefusal } from './device-api.ts'
import type { Dialer } from './dialer.ts'

/**
 * Upgrades a pinned connection to a websocket, which is paused until its owner listens. Compression is not offered:
 * the daemon would use it for everything. Throws AppError `device/*` (`device/unsupported` where there is no such
 * path). `timeoutMs` is for all of it: look-up, connect, handshake and upgrade.
 */
export async function openDeviceSocket(
  dialer: Dialer,
  options: {
    path: string
    headers: Record<string, string>
    maxFrameBytes: number
    timeoutMs: number
    signal: AbortSignal
  },
): Promise<WebSocket> {
  const { timeoutMs, signal } = options
  const deadline = AbortSignal.timeout(timeoutMs)
  const connection = await dialer.dial({ timeoutMs, signal })
  connection.setNoDelay(true)
  const socket = new WebSocket(`ws://device${options.path}`, {
    createConnection: () => connection,
    headers: { ...options.headers, Host: dialer.host },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: options.maxFrameBytes,
  })
  try {
    await upgraded(socket, { timeoutMs, signal, deadline })
    return socket
  } catch (error) {
    connection.destroy()
    throw error
  }
}

type Limits = { timeoutMs: number; signal: AbortSignal; deadline: AbortSignal }

function upgraded(socket: WebSocket, { deadline, ...limits }: Limits): Promise<void> {
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
  if (status === 404) return new AppError('device/unsupported', 'The device does not have this.')
  return status >= 500
    ? new AppError('device/unreachable', `The device's own service is not running (${status}).`)
    : new AppError('device/protocol', `The device answered the upgrade with status ${status}.`)
}
