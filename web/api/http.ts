import ky, { isHTTPError, isTimeoutError } from 'ky'
import type { ErrorBody } from '../../server/contract/errors.ts'
import { ApiError } from './api-error.ts'

const timeoutMs = 15_000

// Reading may be tried again; anything that changes something is sent once, whatever becomes of the answer.
const client = ky.create({
  prefix: '/api',
  timeout: timeoutMs,
  retry: { limit: 2, methods: ['get'], statusCodes: [502, 503, 504], backoffLimit: 3000 },
})

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/**
 * One request to our own server; `path` without the leading `/api/`. Resolves with the parsed answer (undefined for
 * 204), rejects with ApiError only. GET is tried three times at most, everything else once.
 */
export async function api<T>(
  method: Method,
  path: string,
  options: { body?: unknown; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<T> {
  try {
    const response = await client(path, {
      method,
      ...(options.body !== undefined && { json: options.body }),
      ...(options.signal && { signal: options.signal }),
      ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs }),
    })
    return (response.status === 204 ? undefined : await response.json()) as T
  } catch (error) {
    throw toApiError(error)
  }
}

/** Names a failure by code: the server's own, or `link/…` when no answer came. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (isHTTPError(error)) {
    const body = error.data
    if (isErrorBody(body)) return new ApiError(body.error.code, body.error.message, body.error.details, error)
    const code = error.response.status >= 500 ? 'server/unavailable' : 'server/internal'
    return new ApiError(code, `The server answered ${error.response.status}.`, {}, error)
  }
  if (isTimeoutError(error)) return new ApiError('link/timeout', 'No answer in time.', {}, error)
  return new ApiError('link/lost', 'The server could not be reached.', {}, error)
}

function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false
  const inner = value.error
  return typeof inner === 'object' && inner !== null && 'code' in inner && typeof inner.code === 'string'
}
