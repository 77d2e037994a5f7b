import type { FastifyRequest } from 'fastify'
import type { Access } from '../access/access.ts'
import type { LiveSession } from '../access/sessions.ts'
import { hasPassed } from '../clock/has-passed.ts'
import { AppError } from '../errors.ts'
import { browserOf } from './browser.ts'

/** So long after a sign-in a new way in may be made without the password: a found, unlocked phone should not get one. */
const freshMs = 15 * 60_000
/** So long after a sign-in by a recovery code a passphrase may be set without the one that was forgotten. */
const recoveryMs = 3600_000

/** Lets whoever just signed in pass, or gave the password again; throws AppError `access/stepUpNeeded` or like a sign-in. */
export async function expectFresh(
  access: Access,
  request: FastifyRequest,
  password: string | undefined,
): Promise<void> {
  const { session } = request
  if (session !== null && !hasPassed(session.createdAt, access.now(), freshMs)) return
  await expectPassword(access, request, password)
}

/** The same for a new passphrase of one's own: only a sign-in by a recovery code makes the current one needless. */
export async function expectPasswordOrRecovery(
  access: Access,
  request: FastifyRequest,
  password: string | undefined,
): Promise<void> {
  const { session } = request
  if (session !== null && password === undefined && mayReplacePassphrase(session, access.now())) return
  await expectPassword(access, request, password)
}

/** Came in by a recovery code not long ago, and has set no new passphrase since. */
export function mayReplacePassphrase({ isRecovery, createdAt }: LiveSession, now: number): boolean {
  return isRecovery && !hasPassed(createdAt, now, recoveryMs)
}

async function expectPassword(
  access: Access,
  request: FastifyRequest,
  password: string | undefined,
): Promise<void> {
  const { session } = request
  if (session === null || password === undefined) {
    throw new AppError('access/stepUpNeeded', 'Give the password again to go on.')
  }
  await access.signIn.confirmPassword(session.principal.userId, password, browserOf(request).knownToken)
}
