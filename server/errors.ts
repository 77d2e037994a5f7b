import type { ErrorCode } from './contract/errors.ts'

/**
 * A refusal or failure whose `code` crosses the wire. `message` is a plain sentence for the log and for API clients;
 * the page chooses its own words by `code` and `details`.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly details: Record<string, unknown> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details
  }
}

/** True when `error` is one of ours, with a code that may be shown. */
export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError
}
