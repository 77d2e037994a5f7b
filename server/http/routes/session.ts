import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Access } from '../../access/access.ts'
import type { Principal } from '../../access/can.ts'
import { browserHash } from '../../access/sign-in.ts'
import { ownPasswordBody, passkeySignInBody, recoverySignInBody, signInBody } from '../../contract/access.ts'
import type { SessionView } from '../../contract/access.ts'
import { AppError } from '../../errors.ts'
import { browserOf, clearSessionCookie, renewCookies, setCookies, siteOf } from '../browser.ts'
import { expectPasswordOrRecovery, mayReplacePassphrase } from '../fresh-session.ts'
import { signedIn } from '../principal.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** Signing in and out, and who is looking now. */
export function sessionRoutes(access: Access): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/session',
      access: 'public',
      handle: async ({ request, reply }) => {
        renewCookies(request, reply)
        return currentView(access, request)
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/session',
      access: 'public',
      body: signInBody,
      handle: async ({ body, request, reply }) => {
        expectDatabase(access)
        const done = await access.signIn.byPassword(body, browserOf(request))
        return startSession(access, request, reply, done, body.trust)
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/session/recovery',
      access: 'public',
      body: recoverySignInBody,
      handle: async ({ body, request, reply }) => {
        expectDatabase(access)
        const done = await access.signIn.byRecoveryCode(body, browserOf(request))
        return startSession(access, request, reply, done, body.trust)
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/session',
      access: 'signedInOrGuest',
      handle: async ({ principal, request, reply }) => {
        await leave(access, signedIn(principal))
        clearSessionCookie(request, reply)
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/session/password',
      access: 'signedIn',
      body: ownPasswordBody,
      handle: async ({ body, principal, request }) => {
        const user = signedIn(principal)
        await expectPasswordOrRecovery(access, request, body.current)
        const { knownToken } = browserOf(request)
        const own = { sessionId: user.sessionId, knownHash: browserHash(knownToken, user.userId) }
        await access.users.changeOwnPassword(user, own, body.password)
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/session/passkey/options',
      access: 'public',
      handle: async ({ request }) => {
        expectDatabase(access)
        return access.passkeys.signInOptions(siteOf(request))
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/session/passkey',
      access: 'public',
      body: passkeySignInBody,
      handle: async ({ body, request, reply }) => {
        expectDatabase(access)
        const user = await access.passkeys.verify(siteOf(request), body)
        const done = await access.signIn.finish(user, 'passkey', body.trust, browserOf(request))
        return startSession(access, request, reply, done, body.trust)
      },
    }),
  ]
}

async function leave(access: Access, by: Principal): Promise<void> {
  if (by.guest !== undefined) return access.guests.leave(by)
  await access.sessions.end(by.sessionId, by.userId, access.audit.line(by, 'session.ended', {}))
}

/** What the page shows first. */
export async function currentView(access: Access, request: FastifyRequest): Promise<SessionView> {
  if (access.problem !== null) return { state: 'locked', reason: access.problem }
  const { host } = siteOf(request)
  const serverTime = access.now()
  if (request.session !== null) {
    const { userId, name, role, sessionId, guest } = request.session.principal
    if (guest !== undefined) {
      return { state: 'guest', serverTime, sessionId, name, ...guest, expiresAt: request.session.expiresAt }
    }
    const offerPasskey = await access.passkeys.shouldOffer(host, userId)
    const passphraseNeeded = mayReplacePassphrase(request.session, serverTime)
    const user = { id: userId, name, role }
    const ask = role === 'admin' ? null : await access.users.firstAdmin()
    return { state: 'signedIn', serverTime, user, sessionId, offerPasskey, passphraseNeeded, ask }
  }
  if (await access.setup.isNeeded()) return { state: 'setup' }
  return { state: 'signedOut', passkeysPossible: await access.passkeys.areThereFor(host), serverTime }
}

/** Sets the cookies of a new session, ends the one that this browser had, and answers like GET /api/session. */
export async function startSession(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
  done: { sessionToken: string; knownToken: string; userId: string; sessionId: string },
  trust: boolean,
): Promise<SessionView> {
  const before = request.session
  if (before?.principal.guest !== undefined) await access.guests.leave(before.principal)
  else if (before !== null) await access.sessions.end(before.principal.sessionId, before.principal.userId)
  setCookies(request, reply, done, trust)
  request.session = await access.sessions.authenticate(done.sessionToken)
  return currentView(access, request)
}

/** Throws AppError `server/unavailable` while the database cannot be used. */
export function expectDatabase(access: Access): void {
  if (access.problem === null) return
  throw new AppError('server/unavailable', 'The database cannot be used; nobody can sign in.', {
    details: { reason: access.problem },
  })
}
