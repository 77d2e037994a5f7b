import { ZodError } from 'zod'
import type { ErrorBody, ErrorCode } from '../contract/errors.ts'
import { AppError, isAppError } from '../errors.ts'

const statuses: Record<ErrorCode, number> = {
  'request/invalid': 400,
  'request/notFound': 404,
  'request/tooLarge': 413,
  'request/unsupportedMedia': 415,
  'access/signInNeeded': 401,
  'access/forbidden': 403,
  'access/wrongCredentials': 401,
  'access/slowDown': 429,
  'access/setupDone': 409,
  'access/setupCodeWrong': 403,
  'access/originRefused': 403,
  'access/hostRefused': 421,
  'access/badName': 400,
  'access/lastAdmin': 409,
  'access/passkeyRefused': 403,
  'access/stepUpNeeded': 403,
  'access/signedInAlready': 409,
  'guest/linkOver': 410,
  'guest/linkTaken': 409,
  'inventory/stale': 409,
  'inventory/collision': 409,
  'inventory/circle': 409,
  'inventory/inUse': 409,
  'inventory/duplicateName': 409,
  'inventory/outOfRack': 400,
  'inventory/portsNeeded': 409,
  'power/nonceExpired': 410,
  'power/nonceMismatch': 409,
  'power/stateChanged': 409,
  'power/busy': 409,
  'power/looksOff': 409,
  'power/looksOn': 409,
  'power/nameNeeded': 409,
  'power/noWay': 409,
  'power/nothingToStop': 409,
  'console/noControl': 409,
  'console/inUse': 409,
  'console/unmappable': 400,
  'device/unreachable': 502,
  'device/timeout': 504,
  'device/refusedCredentials': 502,
  'device/busy': 409,
  'device/protocol': 502,
  'device/unsupported': 501,
  'device/pinChanged': 409,
  'device/notApproved': 409,
  'device/locked': 503,
  'server/unavailable': 503,
  'server/internal': 500,
}

/** The one place that maps a code to an HTTP status. */
export function statusOf(code: ErrorCode): number {
  return statuses[code]
}

/**
 * Any error as one of ours. What we do not know becomes `server/internal`, whose cause goes to the log and never to
 * the answer.
 */
export function toAppError(error: unknown): AppError {
  if (isAppError(error)) return error
  if (error instanceof ZodError) return invalid(error)
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError('request/tooLarge', 'The request is too large.', { cause: error })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError('request/unsupportedMedia', 'Only application/json is understood.', { cause: error })
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new AppError('request/invalid', 'The request cannot be read.', { cause: error })
  }
  return new AppError('server/internal', 'Something broke inside Crashcart; its log has the details.', {
    cause: error,
  })
}

/** The body of a refusal. */
export function errorBody(error: AppError): ErrorBody {
  const { code, message, details } = error
  return { error: { code, message, ...(details && { details }) } }
}

function invalid(error: ZodError): AppError {
  const fields = error.issues
    .slice(0, 8)
    .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  return new AppError('request/invalid', `The request has wrong fields: ${fields.join('; ')}`, {
    details: { fields },
    cause: error,
  })
}
