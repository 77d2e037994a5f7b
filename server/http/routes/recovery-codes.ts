import type { Access } from '../../access/access.ts'
import { newRecoveryCodesBody, type NewRecoveryCodes } from '../../contract/access.ts'
import { expectFresh } from '../fresh-session.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'

/** One's own recovery codes: how many are left, and ten new ones. */
export function recoveryCodesRoutes(access: Access): Route[] {
  const { recoveryCodes } = access
  return [
    defineRoute({
      method: 'GET',
      url: '/api/recovery-codes',
      access: 'signedIn',
      handle: ({ principal }) => recoveryCodes.view(signedIn(principal)),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/recovery-codes',
      access: 'signedIn',
      body: newRecoveryCodesBody,
      handle: async ({ principal, body, request }): Promise<NewRecoveryCodes> => {
        await expectFresh(access, request, body.password)
        return { codes: await recoveryCodes.renew(signedIn(principal)) }
      },
    }),
  ]
}
