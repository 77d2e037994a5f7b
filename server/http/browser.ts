import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Site } from '../access/passkeys.ts'
import type { Browser, SignedIn } from '../access/sign-in.ts'
import { isToken } from '../access/token.ts'
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

/** A guest's session ends on the server; the cookie may outlive it. No mark is left: a guest is nobody's browser. */
export function setGuestCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.header('set-cookie', cookie('sid', token, request.peer.isSecure, true))
}

/** Takes the session's cookie away. */
export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('set-cookie', clearedCookie('sid', request.peer.isSecure))
}

/**
 * Browsers drop a cookie after 400 days: whoever is signed in gets anew, whenever the page starts, what makes this
 * browser known, and a trusted phone its session's too.
 */
export function renewCookies(request: FastifyRequest, reply: FastifyReply): void {
  const { session, peer } = request
  if (session === null) return
  for (const name of session.trusted ? (['sid', 'known'] as const) : (['known'] as const)) {
    const value = readCookie(request.raw, name, peer.isSecure)
    if (value !== null && isToken(value)) {
      reply.header('set-cookie', cookie(name, value, peer.isSecure, true))
    }
  }
}
