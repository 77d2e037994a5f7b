import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request as httpRequest } from '../../lean-http.ts'
import { AppError } from '../../errors.ts'
import type { Dialer } from './dialer.ts'

export type DeviceRequest = {
  method: 'GET' | 'POST'
  /** Path and query. kvmd reads parameters from the query only, also of a POST. */
  path: string
  headers: Record<string, string>
  body?: string
  /** For everything: look-up, connect, handshake, request, whole answer. */
  timeoutMs: number
  maxBytes: number
  signal?: AbortSignal
  /** Called once, just before the first byte of the request may leave; what it throws ends the request unsent. */
  onWriting?(): void
}
export type DeviceReply = { status: number; headers: IncomingHttpHeaders; body: Buffer }

/** An answer whose body is still coming; `destroy` ends the connection. */
export type DeviceStream = { status: number; incoming: IncomingMessage; destroy(): void }

/**
 * One request on a fresh pinned connection, which is closed after it: nothing idle that the device may close under
 * us, nothing retried, no redirect followed. Any status resolves. Throws AppError `device/unreachable`,
 * `device/timeout`, `device/protocol` (not HTTP, or more than `maxBytes`) or `device/pinChanged`.
 */
export async function askDevice(dialer: Dialer, ask: DeviceRequest): Promise<DeviceReply> {
  const deadline = AbortSignal.timeout(ask.timeoutMs)
  const signal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline
  try {
    const stream = await openDeviceStream(dialer, { ...ask, signal })
    try {
      const body = await readWhole(stream.incoming, ask.maxBytes, signal)
      return { status: stream.status, headers: stream.incoming.headers, body }
    } finally {
      stream.destroy()
    }
  } catch (error) {
    throw deadline.aborted ? timedOut(ask.timeoutMs, error) : toAppError(error)
  }
}

/**
 * Like `askDevice`, but resolves with the head of the answer. The caller reads `incoming` and must call `destroy`.
 * `signal` ends the connection at any time; `timeoutMs` bounds the part until the head.
 */
export async function openDeviceStream(
  dialer: Dialer,
  ask: Omit<DeviceRequest, 'maxBytes'>,
): Promise<DeviceStream> {
  const deadline = AbortSignal.timeout(ask.timeoutMs)
  const headSignal = ask.signal ? AbortSignal.any([ask.signal, deadline]) : deadline
  try {
    const socket = await dialer.dial({ timeoutMs: ask.timeoutMs, signal: headSignal })
    return await headOf(socket, dialer.host, ask, headSignal)
  } catch (error) {
    throw deadline.aborted ? timedOut(ask.timeoutMs, error) : toAppError(error)
  }
}

function headOf(
  socket: Awaited<ReturnType<Dialer['dial']>>,
  host: string,
  ask: Omit<DeviceRequest, 'maxBytes'>,
  headSignal: AbortSignal,
): Promise<DeviceStream> {
  return new Promise((resolve, reject) => {
    const destroy = () => {
      ask.signal?.removeEventListener('abort', destroy)
      socket.destroy()
    }
    const fail = (error: unknown) => {
      headSignal.removeEventListener('abort', onAbort)
      destroy()
      reject(error)
    }
    const onAbort = () => fail(new AppError('device/unreachable', 'The request was given up.'))
    if (headSignal.aborted || socket.destroyed) return onAbort()
    headSignal.addEventListener('abort', onAbort, { once: true })
    ask.signal?.addEventListener('abort', destroy, { once: true })
    try {
      ask.onWriting?.()
    } catch (error) {
      return fail(error)
    }
    const request = httpRequest({
      createConnection: () => socket,
      method: ask.method,
      path: ask.path,
      headers: { ...ask.headers, Host: host, Connection: 'close' },
    })
    // Also after the head: a reset in the middle of the body ends `incoming` with its own error.
    request.on('error', fail)
    request.on('response', (incoming) => {
      headSignal.removeEventListener('abort', onAbort)
      resolve({ status: incoming.statusCode ?? 0, incoming, destroy })
    })
    request.on('upgrade', () =>
      fail(new AppError('device/protocol', 'The device changed the protocol unasked.')),
    )
    request.end(ask.body)
  })
}

/** A piece counts as at least this many: kept one byte each, an answer would take a hundred times its size. */
const pieceCostsBytes = 64

async function readWhole(incoming: IncomingMessage, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += Math.max(chunk.length, pieceCostsBytes)
    if (size > maxBytes)
      throw new AppError('device/protocol', `The device's answer is larger than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  if (!incoming.complete || signal.aborted)
    throw new AppError('device/unreachable', 'The answer was cut off.')
  return Buffer.concat(chunks)
}

function timedOut(timeoutMs: number, cause: unknown): AppError {
  return new AppError('device/timeout', `The device did not answer within ${timeoutMs} ms.`, { cause })
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('HPE_') || code.startsWith('ERR_')
    ? new AppError('device/protocol', 'The device does not speak HTTP as expected.', { cause: error })
    : new AppError('device/unreachable', 'The connection to the device was lost.', { cause: error })
}
