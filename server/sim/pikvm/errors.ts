/** An error that kvmd answers as `{"ok":false,"result":{"error":kind,"error_msg":message}}`. */
export class KvmdError extends Error {
  readonly code = 'sim/kvmd'
  readonly kind: string
  readonly status: number

  constructor(kind: string, status: number, message: string) {
    super(message)
    this.kind = kind
    this.status = status
  }
}

/** 400 for an argument that kvmd's validators refuse. */
export function validationError(message: string): KvmdError {
  return new KvmdError('ValidatorError', 400, message)
}

/** 401: no credentials. */
export function unauthorized(): KvmdError {
  return new KvmdError('UnauthorizedError', 401, 'Unauthorized')
}

/** 403: wrong, stale or expired credentials. */
export function forbidden(): KvmdError {
  return new KvmdError('ForbiddenError', 403, 'Forbidden')
}

/** 503: the streamer has no picture to give. */
export function unavailable(): KvmdError {
  return new KvmdError('UnavailableError', 503, 'Service Unavailable')
}
