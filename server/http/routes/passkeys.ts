import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Access } from '../../access/access.ts'
import { hasPassed } from '../../clock/has-passed.ts'
import { newPasskeyBody, passkeyOptionsBody } from '../../contract/access.ts'
import { AppError } from '../../errors.ts'
import { browserOf, siteOf } from '../browser.ts'
import { signedIn } from '../principal.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** So long after a sign-in a passkey may be added without the password: a found, unlocked phone should not get one. */
const freshMs = 15 * 60_000

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

async function expectFresh(
  access: Access,
  request: FastifyRequest,
  password: string | undefined,
): Promise<void> {
  const { session } = request
  if (session !== null && !hasPassed(session.createdAt, access.now(), freshMs)) return
  if (session === null || password === undefined) {
    throw new AppError('access/stepUpNeeded', 'Give the password again to add a passkey.')
  }
  await access.signIn.confirmPassword(session.principal.userId, password, browserOf(request).knownToken)
}
