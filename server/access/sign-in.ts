import type { RecoverySignInBody, SignInBody } from '../contract/access.ts'
import type { AuditBook } from '../domain.ts'
import { AppError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import { later, must, type StoreCall } from '../store/together.ts'
import type { Passwords } from './passwords.ts'
import type { Sessions } from './sessions.ts'
import type { Attempt, Throttle } from './throttle.ts'
import { isToken, newToken, tokenHash } from './token.ts'
import { bareCode } from './new-code.ts'

/** What the browser showed of itself. */
export type Browser = { userAgent: string; address: string; knownToken: string | null }
/** Values for the two cookies. */
export type SignedIn = { sessionToken: string; knownToken: string; userId: string; sessionId: string }

type Person = { userId: string; name: string }
type How = 'password' | 'passkey' | 'setup' | 'recoveryCode'

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
        throw await refused(name, browser, 'Name or password is wrong.')
      }
      return finish({ userId: user?.id ?? '', name: user?.name ?? '' }, 'password', body.trust, browser)
    },

    /**
     * By name and one of the person's recovery codes, which is used up by it. An unknown user and a wrong or used code get
     * the same answer and the same delays as wrong passwords. Throws like `byPassword`.
     */
    async byRecoveryCode(body: RecoverySignInBody, browser: Browser): Promise<SignedIn> {
      const name = body.name.trim().normalize('NFC')
      const user = await store.users.findByName(name)
      const attempt = await takeAttempt(name, user, browser.knownToken)
      const person = { userId: user?.id ?? '', name: user?.name ?? '' }
      const started = startOf(person, 'recoveryCode', body.trust, browser)
      const { isKept } = await store.together([
        must(true, 'recoveryCodes', 'spend', person.userId, tokenHash(bareCode(body.code)), now()),
        audit.line(person, 'recovery.used', { detail: { address: browser.address } }),
        ...started.calls,
      ])
      if (!isKept) throw await refused(name, browser, 'Name or recovery code is wrong, or the code was used.')
      await attempt.succeeded()
      return started.signedIn
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
    const attempt = await takeAttempt(name, user, knownToken)
    if (!(await passwords.verify(attempt.caller, password, user?.passwordHash ?? null))) return false
    await attempt.succeeded()
    return true
  }

  async function takeAttempt(
    name: string,
    user: { id: string } | null,
    knownToken: string | null,
  ): Promise<Attempt> {
    const hash = browserHash(knownToken, user?.id ?? 'nobody')
    const isKnown = hash !== null && (await store.knownBrowsers.isKnown(hash))
    return throttle.take(name, isKnown ? hash : null)
  }

  async function refused(name: string, { address }: Browser, message: string): Promise<AppError> {
    await audit.record(null, 'session.refused', { detail: { name, address } })
    return new AppError('access/wrongCredentials', message)
  }

  async function finish(user: Person, how: How, trusted: boolean, browser: Browser): Promise<SignedIn> {
    const { calls, signedIn } = startOf(user, how, trusted, browser)
    await store.together(calls)
    return signedIn
  }

  /** The writes that let somebody in, and what the browser gets for it. */
  function startOf(user: Person, how: How, trusted: boolean, browser: Browser) {
    const { userAgent, address } = browser
    const { userId } = user
    const isRecovery = how === 'recoveryCode'
    const started = sessions.starting({ userId, trusted, userAgent, address, isRecovery })
    const knownToken = isToken(browser.knownToken ?? '') ? (browser.knownToken ?? '') : newToken()
    const calls: StoreCall[] = [
      ...started.calls,
      later('knownBrowsers', 'remember', browserHash(knownToken, userId) ?? '', userId, now()),
      audit.line(user, 'session.started', { detail: { how, trusted, address, userAgent } }),
    ]
    const signedIn = { sessionToken: started.token, knownToken, userId, sessionId: started.sessionId }
    return { calls, signedIn: signedIn satisfies SignedIn }
  }
}

/** One cookie serves several people on one browser; it is known to each of them separately. */
export function browserHash(knownToken: string | null, userId: string): string | null {
  return knownToken !== null && isToken(knownToken) ? tokenHash(`${knownToken}:${userId}`) : null
}
