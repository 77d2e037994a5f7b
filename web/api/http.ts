import ky, { isHTTPError, isTimeoutError } from 'ky'
import type { ErrorBody } from '../../server/contract/errors.ts'
import { ApiError } from './api-error.ts'
import { describeForeign, isJson, type ForeignAnswer } from './foreign-answer.ts'
import { useSessionStore } from './session-store.ts'

const timeoutMs = 15_000

// Reading may be tried again; anything that changes something is sent once, whatever becomes of the answer.
const client = ky.create({
  prefix: '/api',
  timeout: timeoutMs,
  // Never ours: it leads to a proxy's own page.
  redirect: 'manual',
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
    if (response.status === 204) return undefined as T
    if (!isJson(response)) throw foreignError(describeForeign(response, await response.text()))
    return await response.json<T>()
  } catch (error) {
    const failure = toApiError(error)
    // Everything else fails too until somebody has seen to it: the page says so on every screen.
    if (failure.code === 'link/foreign')
      useSessionStore().foreignAnswered(failure.details as unknown as ForeignAnswer)
    throw failure
  }
}

/** A GET of something of this type that is no JSON. Rejects with ApiError only. */
export async function apiBytes(path: string, type: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await client(path)
    if (response.headers.get('content-type') !== type)
      throw foreignError(describeForeign(response, await response.text()))
    return new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    throw toApiError(error)
  }
}

/** Names a failure by code: the server's own, or `link/…` when no answer of ours came. */
function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (isHTTPError(error)) {
    const body = error.data
    if (isErrorBody(body)) return new ApiError(body.error.code, body.error.message, body.error.details, error)
    return foreignError(describeForeign(error.response, typeof body === 'string' ? body : ''), error)
  }
  if (isTimeoutError(error)) return new ApiError('link/timeout', 'No answer in time.', {}, error)
  return new ApiError('link/lost', 'The server could not be reached.', {}, error)
}

function foreignError(answer: ForeignAnswer, cause?: unknown): ApiError {
  return new ApiError('link/foreign', 'Something else answered.', answer, cause)
}

function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false
  const inner = value.error
  return typeof inner === 'object' && inner !== null && 'code' in inner && typeof inner.code === 'string'
}
