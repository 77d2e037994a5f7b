import { AppError } from '../../errors.ts'
import { at, parseBoundedJson } from './bounded-json.ts'
import type { Credentials } from './credentials.ts'
import { askDevice } from './device-http.ts'
import type { Dialer } from './dialer.ts'
import type { Patience } from './patience.ts'

type Link = { dialer: Dialer; credentials: Credentials }
type Limits = {
  /** For everything, a login that is needed and a second try too. */
  patience: Patience
  /** For a next one-time code before the login, besides; without it the code has to be due within that patience. */
  codeWaitMs?: number
  signal?: AbortSignal
  /** As of `askDevice`, for each try. */
  onWriting?(): void
}
const jsonLimits = { maxBytes: 1_000_000, maxDepth: 32 }

/**
 * `result` of a GET under /api. Credentials that the device refuses are refreshed once where that is possible.
 * Throws AppError `device/refusedCredentials`, `device/unreachable` (the daemon behind the device's web server is
 * not running), `device/unsupported` (404), or what `askDevice` throws.
 */
export function readApi(link: Link, path: string, limits: Limits): Promise<unknown> {
  return callApi(link, { method: 'GET', path, isRefused: isRefusal }, limits)
}

/** `result` of a POST under /api that may be said twice; throws as `readApi` does. */
export function tellApi(link: Link, path: string, limits: Limits): Promise<unknown> {
  // 400 is what it says of a parameter that it does not take.
  const isRefused = (status: number): boolean => status === 401 || status === 403
  return callApi(link, { method: 'POST', path, isRefused }, limits)
}

async function callApi(
  link: Link,
  { isRefused, ...call }: { method: 'GET' | 'POST'; path: string; isRefused(status: number): boolean },
  { patience, codeWaitMs, onWriting, ...limits }: Limits,
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    if (codeWaitMs !== undefined)
      await patience.without(link.credentials.untilCodeDue({ ...limits, timeoutMs: codeWaitMs }))
    const headers = await link.credentials.headers({ ...limits, timeoutMs: patience.leftMs() })
    const reply = await askDevice(link.dialer, {
      ...call,
      headers,
      maxBytes: jsonLimits.maxBytes,
      ...limits,
      timeoutMs: patience.leftMs(),
      onWriting: () => onWriting?.(),
    })
    if (isRefused(reply.status)) {
      if (attempt === 1 && link.credentials.renew(headers)) continue
      throw new AppError('device/refusedCredentials', 'The device refused the user name or password.')
    }
    return resultOf(reply.status, reply.body)
  }
}

/** kvmd says 401 for none, 403 for wrong or expired, and 400 for credentials in a form it never accepts. */
export function isRefusal(status: number): boolean {
  return status === 400 || status === 401 || status === 403
}

function resultOf(status: number, body: Buffer): unknown {
  if (status === 400 || status === 404)
    throw new AppError('device/unsupported', 'The device does not have this.')
  if (status >= 500)
    throw new AppError('device/unreachable', `The device's own service is not running (${status}).`)
  if (status !== 200) throw new AppError('device/protocol', `The device answered with status ${status}.`)
  const answer = parseBoundedJson(body.toString('utf8'), jsonLimits)
  if (at(answer, 'ok') !== true)
    throw new AppError('device/protocol', 'The device answered in an unexpected form.')
  return at(answer, 'result')
}
