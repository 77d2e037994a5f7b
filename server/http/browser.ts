import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Site } from '../access/passkeys.ts'
import type { Browser, SignedIn } from '../access/sign-in.ts'
import { clearedCookie, cookie, readCookie } from './cookies.ts'

/** What a request shows of the browser behind it. */
export function browserOf(request: FastifyRequest): Browser {
  const { address, isSecure } = request.peer
  return {
    address,
    userAgent: request.headers['user-agent'] ?? '',
    knownToken: readCookie(request.raw, 'known', isSecure),
  }
}

/** The page's address as passkeys need it. */
export function siteOf(request: FastifyRequest): Site {
  const { authority, origin } = request.peer
  return { host: authority?.name ?? '', origin }
}

/** Sets both cookies after a sign-in; the session's lasts beyond the browser's end only on a trusted phone. */
export function setCookies(
  request: FastifyRequest,
  reply: FastifyReply,
  signedIn: SignedIn,
  trust: boolean,
): void {
  const { isSecure } = request.peer
  reply.header('set-cookie', cookie('sid', signedIn.sessionToken, isSecure, trust))
  reply.header('set-cookie', cookie('known', signedIn.knownToken, isSecure, true))
}

/** Takes the session's cookie away. */
export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('set-cookie', clearedCookie('sid', request.peer.isSecure))
}

/** Browsers drop a cookie after 400 days: a trusted phone gets it anew whenever its page starts. */
export function renewSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  const { isSecure } = request.peer
  const token = readCookie(request.raw, 'sid', isSecure)
  if (token !== null) reply.header('set-cookie', cookie('sid', token, isSecure, true))
}
