import { ApiError } from '../../api/api-error.ts'

/** The browser or the person refused (no such key, cancelled, wrong place): one code, with the reason as cause. */
export function passkeyProblem(cause: unknown): never {
  throw new ApiError('access/passkeyRefused', 'The passkey did not work here.', {}, cause)
}
