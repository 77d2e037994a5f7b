import { AppError } from '../../errors.ts'
import { at, parseBoundedJson } from './bounded-json.ts'
import type { Credentials } from './credentials.ts'
import { askDevice } from './device-http.ts'
import type { Dialer } from './dialer.ts'

const jsonLimits = { maxBytes: 1_000_000, maxDepth: 32 }

/**
 * `result` of a GET under /api. Credentials that the device refuses are refreshed once where that is possible.
 * Throws AppError `device/refusedCredentials`, `device/unreachable` (the daemon behind the device's web server is
 * not running), `device/unsupported` (404), or what `askDevice` throws.
 */
export async function readApi(
  link: { dialer: Dialer; credentials: Credentials },
  path: string,
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const headers = await link.credentials.headers(limits)
    const reply = await askDevice(link.dialer, {
      method: 'GET',
      path,
      headers,
      maxBytes: jsonLimits.maxBytes,
      ...limits,
    })
    if (isRefusal(reply.status)) {
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
  if (status === 404) throw new AppError('device/unsupported', 'The device does not have this.')
  if (status >= 500)
    throw new AppError('device/unreachable', `The device's own service is not running (${status}).`)
  if (status !== 200) throw new AppError('device/protocol', `The device answered with status ${status}.`)
  const answer = parseBoundedJson(body.toString('utf8'), jsonLimits)
  if (at(answer, 'ok') !== true)
    throw new AppError('device/protocol', 'The device answered in an unexpected form.')
  return at(answer, 'result')
}
