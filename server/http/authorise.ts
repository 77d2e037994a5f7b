import { can } from '../access/can.ts'
import type { Principal, Resource } from '../access/can.ts'
import { AppError } from '../errors.ts'
import type { Access } from './route.ts'

/**
 * Lets a request or an upgrade pass, or throws AppError `access/signInNeeded` or `access/forbidden`. A device that
 * does not exist is refused like one that is not yours, so that nothing can be learned by trying.
 */
export function authorise(access: Access, principal: Principal | null, params: Record<string, string>): void {
  if (access === 'public') return
  if (principal === null) throw new AppError('access/signInNeeded', 'Sign in first.')
  if (access === 'signedInOrGuest') return
  if (principal.guest !== undefined && !isForGuests(access)) {
    throw new AppError('access/forbidden', `${principal.name} is a guest; this is not for guests.`)
  }
  if (access === 'signedIn') return
  const resource = resourceOf(access, params)
  if (!can(principal, access.capability, resource)) {
    throw new AppError(
      'access/forbidden',
      `${principal.name} may not do that (needs: ${access.capability}).`,
      {
        details: { capability: access.capability },
      },
    )
  }
}

function isForGuests(access: Exclude<Access, 'public'>): boolean {
  return typeof access === 'object' && !('noGuests' in access)
}

function resourceOf(access: Exclude<Access, string>, params: Record<string, string>): Resource {
  if (access.on !== 'device') return { type: access.on }
  return { type: 'device', deviceId: params[access.param] ?? '' }
}
