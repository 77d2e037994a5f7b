import type { SignInBody } from '../contract/access.ts'
import type { AuditBook } from '../domain.ts'
import { AppError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { later } from '../store/together.ts'
import type { Passwords } from './passwords.ts'
import type { Sessions } from './sessions.ts'
import type { Throttle } from './throttle.ts'
import { isToken, newToken, tokenHash } from './token.ts'

/** What the browser showed of itself. */
export type Browser = { userAgent: string; address: string; knownToken: string | null }
/** Values for the two cookies. */
export type SignedIn = { sessionToken: string; knownToken: string; userId: string; sessionId: string }

export type SignInParts = {
  store: Store
  sessions: Sessions
  passwords: Passwords
  throttle: Throttle
  audit: AuditBook
  now: () => number
}

/** Turns a proof of who somebody is into a session. */
export function createSignIn({ store, sessions, passwords, throttle, audit, now }: SignInParts) {
  return {
    /**
     * By name and password. An unknown user and a wrong password do the same work and get the same answer. Throws
     * AppError `access/wrongCredentials` or `access/slowDown`.
     */
    async byPassword(body: SignInBody, browser: Browser): Promise<SignedIn> {
      const name = body.name.trim().normalize('NFC')
      const user = await store.users.findByName(name)
      if (!(await isRightPassword(name, user, body.password, browser.knownToken))) {
        await audit.record(null, 'session.refused', { detail: { name, address: browser.address } })
        throw new AppError('access/wrongCredentials', 'Name or password is wrong.')
      }
      return finish({ userId: user?.id ?? '', name: user?.name ?? '' }, 'password', body.trust, browser)
    },

    /** Asks somebody who is signed in for the password again. Throws like `byPassword`. */
    async confirmPassword(userId: string, password: string, knownToken: string | null): Promise<void> {
      const user = await store.users.find(userId)
      if (await isRightPassword(user?.name ?? '', user, password, knownToken)) return
      throw new AppError('access/wrongCredentials', 'The password is wrong.')
    },

    /** After a proof of another kind (passkey, setup). */
    finish,
  }

  async function isRightPassword(
    name: string,
    user: { id: string; passwordHash: string } | null,
    password: string,
    knownToken: string | null,
  ): Promise<boolean> {
    const hash = browserHash(knownToken, user?.id ?? 'nobody')
    const isKnown = hash !== null && (await store.knownBrowsers.isKnown(hash))
    const attempt = await throttle.take(name, isKnown ? hash : null)
    if (!(await passwords.verify(attempt.caller, password, user?.passwordHash ?? null))) return false
    await attempt.succeeded()
    return true
  }

  async function finish(
    user: { userId: string; name: string },
    how: 'password' | 'passkey' | 'setup',
    trusted: boolean,
    browser: Browser,
  ): Promise<SignedIn> {
    const { userAgent, address } = browser
    const started = sessions.starting({ userId: user.userId, trusted, userAgent, address })
    const knownToken = isToken(browser.knownToken ?? '') ? (browser.knownToken ?? '') : newToken()
    const knownHash = browserHash(knownToken, user.userId) ?? ''
    await store.together([
      ...started.calls,
      later('knownBrowsers', 'remember', knownHash, user.userId, now()),
      audit.line(user, 'session.started', { detail: { how, trusted, address, userAgent } }),
    ])
    return { sessionToken: started.token, knownToken, userId: user.userId, sessionId: started.sessionId }
  }
}

/** One cookie serves several people on one browser; it is known to each of them separately. */
export function browserHash(knownToken: string | null, userId: string): string | null {
  return knownToken !== null && isToken(knownToken) ? tokenHash(`${knownToken}:${userId}`) : null
}
