import type { ErrorCode } from '../../server/contract/errors.ts'

/**
 * What the server answered, or `link/…` when no answer of ours came: then nobody knows whether it was done. For
 * `link/foreign` the details are a `ForeignAnswer`.
 */
export type ApiErrorCode = ErrorCode | 'link/lost' | 'link/timeout' | 'link/foreign'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ApiErrorCode
  readonly details: Record<string, unknown>

  constructor(code: ApiErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, { cause })
    this.code = code
    this.details = details
  }
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError
}
