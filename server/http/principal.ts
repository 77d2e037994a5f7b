import type { Principal } from '../access/can.ts'
import { AppError } from '../errors.ts'

/** The signed-in person of a route that is not public (`authorise` has seen to it). */
export function signedIn(principal: Principal | null): Principal {
  if (principal === null) throw new AppError('access/signInNeeded', 'Sign in first.')
  return principal
}
