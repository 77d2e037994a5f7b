import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { forbidden, unauthorized, validationError } from './errors.ts'
import { validMatch, validNumber } from './validators.ts'

/** Users and second factor of a simulated PiKVM. */
export interface KvmdAuthOptions {
  users: Readonly<Record<string, string>>
  /** Base32; with it every password ends in a six-digit code. */
  totpSecret?: string
  /** Milliseconds since 1970 as the PiKVM believes them. */
  wallMs: () => number
}

/** Which credential of a request kvmd looked at. */
export type CredentialKind = 'headers' | 'cookie' | 'basic'

/** The request headers that carry credentials. */
export type CredentialHeaders = Readonly<Record<string, string | string[] | undefined>>

interface Session {
  user: string
  expiresAtMs: number | null
}

/** kvmd's sign-in: sessions by cookie, stateless headers and Basic, TOTP. The first one present decides. */
export class KvmdAuth {
  readonly #options: KvmdAuthOptions
  readonly #sessions = new Map<string, Session>()

  constructor(options: KvmdAuthOptions) {
    this.#options = options
  }

  /** Checks a request's credentials. @throws KvmdError 400, 401 or 403 */
  check(headers: CredentialHeaders): CredentialKind {
    const user = single(headers['x-kvmd-user'])
    if (user) {
      this.#require(validUser(user), validPassword(single(headers['x-kvmd-passwd'])))
      return 'headers'
    }
    const token = cookieOf(headers)
    if (token) {
      if (!this.#isLive(validToken(token))) throw forbidden()
      return 'cookie'
    }
    const authorization = single(headers['authorization'])
    if (/^basic /i.test(authorization)) {
      this.#checkBasic(authorization.slice(6))
      return 'basic'
    }
    throw unauthorized()
  }

  /** Makes a session and returns its token. @throws KvmdError 400 or 403 */
  login(form: URLSearchParams): string {
    const user = validUser(form.get('user') ?? '')
    const password = validPassword(form.get('passwd') ?? '')
    const expireS = validNumber(form.get('expire') ?? '0', { name: 'expiration time', min: 0 })
    this.#require(user, password)
    const token = randomBytes(32).toString('hex')
    const expiresAtMs = expireS > 0 ? this.#options.wallMs() + expireS * 1000 : null
    this.#sessions.set(token, { user, expiresAtMs })
    return token
  }

  /** Ends every session of the cookie's user. @throws KvmdError 400 without a cookie */
  logout(headers: CredentialHeaders): void {
    const user = this.#sessions.get(validToken(cookieOf(headers)))?.user
    for (const [token, session] of this.#sessions) {
      if (session.user === user) this.#sessions.delete(token)
    }
  }

  /** Forgets all sessions, as a restart does. */
  forgetSessions(): void {
    this.#sessions.clear()
  }

  #checkBasic(encoded: string): void {
    const parts = Buffer.from(encoded, 'base64').toString('utf8').split(':')
    const [user = '', password = ''] = parts
    if (parts.length !== 2) throw unauthorized()
    this.#require(validUser(user), validPassword(password))
  }

  #require(user: string, password: string): void {
    if (!this.#authorize(user, password)) throw forbidden()
  }

  #authorize(user: string, password: string): boolean {
    const { users, totpSecret, wallMs } = this.#options
    if (!totpSecret) return users[user] !== undefined && users[user] === password
    const totp = new TOTP({ secret: Secret.fromBase32(totpSecret) })
    const code = password.slice(-6)
    if (totp.validate({ token: code, window: 1, timestamp: wallMs() }) === null) return false
    return users[user] !== undefined && users[user] === password.slice(0, -6)
  }

  #isLive(token: string): boolean {
    const session = this.#sessions.get(token)
    if (!session) return false
    if (session.expiresAtMs === null || this.#options.wallMs() < session.expiresAtMs) return true
    this.#sessions.delete(token)
    return false
  }
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

function cookieOf(headers: CredentialHeaders): string {
  const match = /(?:^|;\s*)auth_token=([^;]*)/.exec(single(headers['cookie']))
  return match?.[1]?.trim() ?? ''
}

function validUser(user: string): string {
  return validMatch(user, 'username characters', /^[a-z_]([a-z0-9@._-]*[a-z0-9_-])?$/, { limit: 128 })
}

function validPassword(password: string): string {
  const rule = { limit: 512, hide: true, trim: false }
  return validMatch(password, 'passwd characters', /^[\x20-\x7e]*$/, rule)
}

function validToken(token: string): string {
  return validMatch(token, 'auth token', /^[0-9a-f]{64}$/, { limit: 128, hide: true })
}

/** Where a login may redirect to. @throws KvmdError 400 for any other place */
export function validRedirect(redirect: string): string {
  const allowed = ['', '/', '/kvm', '/vnc', '/ipmi']
  if (!allowed.includes(redirect))
    throw validationError(`The argument '${redirect}' is not a valid login redirect`)
  return redirect
}
