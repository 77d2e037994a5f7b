import type { IncomingMessage } from 'node:http'

/** Browsers keep a cookie 400 days at most; the server's own expiry is what counts. */
const longestS = 400 * 24 * 3600

/** `sid`: the session. `known`: this browser signed in before, so others' wrong passwords do not slow it. */
export type CookieName = 'sid' | 'known'

/** Reads one of our cookies; its name depends on the scheme, so that plain HTTP can never plant the secure one. */
export function readCookie(request: IncomingMessage, name: CookieName, isSecure: boolean): string | null {
  const wanted = fullName(name, isSecure)
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === wanted) return pair.slice(at + 1).trim()
  }
  return null
}

/** A Set-Cookie value. `keep` false = until the browser closes. */
export function cookie(name: CookieName, value: string, isSecure: boolean, keep: boolean): string {
  const age = keep ? `; Max-Age=${longestS}` : ''
  return `${fullName(name, isSecure)}=${value}; Path=/${isSecure ? '; Secure' : ''}; HttpOnly; SameSite=Strict${age}`
}

/** A Set-Cookie value that takes the cookie away. */
export function clearedCookie(name: CookieName, isSecure: boolean): string {
  return `${fullName(name, isSecure)}=; Path=/${isSecure ? '; Secure' : ''}; HttpOnly; SameSite=Strict; Max-Age=0`
}

function fullName(name: CookieName, isSecure: boolean): string {
  return isSecure ? `__Host-${name}` : name
}
