import { z } from 'zod'
import type { Access } from '../../access/access.ts'
import { newPasskeyBody, passkeyOptionsBody } from '../../contract/access.ts'
import { siteOf } from '../browser.ts'
import { expectFresh } from '../fresh-session.ts'
import { signedIn } from '../principal.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** One's own passkeys. */
export function passkeysRoutes(access: Access): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/passkeys',
      access: 'signedIn',
      handle: ({ principal }) => access.passkeys.list(signedIn(principal).userId),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/passkeys/options',
      access: 'signedIn',
      body: passkeyOptionsBody,
      handle: async ({ body, principal, request }) => {
        const user = signedIn(principal)
        await expectFresh(access, request, body.password)
        return access.passkeys.registrationOptions(user, siteOf(request))
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/passkeys',
      access: 'signedIn',
      body: newPasskeyBody,
      handle: ({ body, principal, request }) =>
        access.passkeys.register(signedIn(principal), siteOf(request), body),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/passkeys/:id',
      access: 'signedIn',
      params: z.strictObject({ id: z.string().max(2048) }),
      handle: ({ params, principal }) => access.passkeys.remove(signedIn(principal), params.id),
    }),
  ]
}
