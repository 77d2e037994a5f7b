import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import type { EndpointAccess } from '../driver.ts'
import { askDevice } from './device-http.ts'
import type { Dialer } from './dialer.ts'
import type { PikvmTimings } from './timings.ts'
import { within } from './within.ts'

/** What proves to the device who we are. */
export interface Credentials {
  /**
   * Waits for the next one-time code where a login is needed that has none, or is under way and waits for it; at once
   * otherwise. The device has no part in it. Throws AppError `device/busy` when the code is not due in that time.
   */
  untilCodeDue(limits: { timeoutMs: number; signal?: AbortSignal }): Promise<void>
  /** Headers for one request, in that time; logs in first where that is needed. Throws AppError `device/*`. */
  headers(limits: { timeoutMs: number; signal?: AbortSignal }): Promise<Record<string, string>>
  /** The device refused these headers. True when asking for headers again gives others worth a try. */
  renew(refused: Record<string, string>): boolean
  /** A person asks: a login that was refused is tried again now, or some seconds after it was refused. */
  allowAgain(): void
  /** True when `headers` may need a login, whose cookie the device forgets whenever its daemon restarts. */
  readonly usesLogin: boolean
}

/** A login as the device remembers it, shared by everything that talks to it with the same secrets. */
type Login = {
  cookie: string | null
  pending: Promise<string> | null
  /** TOTP steps up to this one were used. */
  lastStep: number
  /** The step whose code the pending login sends. */
  pendingStep: number
  refusals: number
  refusedAt: number
  blockedUntil: number
}

/** Logins of one driver, so that adding an endpoint and opening it need one TOTP code and not two. */
export interface LoginStore {
  of(access: EndpointAccess): Login
}

type Parts = { dialer: Dialer; logins: LoginStore; timings: PikvmTimings; now(): number }

const stepMs = 30_000
/** How long the device may take to answer a login; waiting for a code comes before. */
const answerMs = 6_000
/** What kvmd accepts in a password (kvmd/validators/auth.py); anything else gives 400, also in a header. */
const sendable = /^[\x20-\x7e]{0,512}$/

/** Empty store. Keys are hashes: no secret is kept in it. */
export function createLoginStore(): LoginStore {
  const logins = new Map<string, Login>()
  return {
    of(access) {
      const { address, port, pin, user, password, totpSecret } = access
      const identity = JSON.stringify([address, port, pin, user, password, totpSecret])
      const key = createHash('sha256').update(identity).digest('hex')
      const never = { refusedAt: 0, blockedUntil: 0 }
      const fresh: Login = { cookie: null, pending: null, lastStep: 0, pendingStep: 0, refusals: 0, ...never }
      const login = logins.get(key) ?? fresh
      logins.set(key, login)
      return login
    },
  }
}

/**
 * Without TOTP the X-KVMD headers: stateless, they survive a restart of the daemon. With TOTP (and for a password
 * whose outer spaces a header would lose) one login whose cookie is kept. There is no logout: it would end the
 * sessions of everybody with that user name. After a refused login none is tried for a while, whoever asks; the error
 * says for how long (`details.retryAfterMs`). `now` is wall time in ms, for TOTP.
 */
export function createCredentials(access: EndpointAccess, parts: Parts): Credentials {
  const isSendable = sendable.test(access.user) && sendable.test(access.password)
  if (!isSendable) return { ...stateless, headers: () => Promise.reject(refused()) }
  const needsLogin = access.totpSecret !== null || access.password !== access.password.trim()
  return needsLogin ? loginCredentials(access, parts) : headerCredentials(access)
}

const stateless = {
  usesLogin: false,
  untilCodeDue: () => Promise.resolve(),
  renew: () => false,
  allowAgain: () => undefined,
}

function headerCredentials({ user, password }: EndpointAccess): Credentials {
  const headers = { 'X-KVMD-User': user, 'X-KVMD-Passwd': password }
  return { ...stateless, headers: () => Promise.resolve({ ...headers }) }
}

function loginCredentials(access: EndpointAccess, parts: Parts): Credentials {
  const login = parts.logins.of(access)

  async function logIn(limits: { timeoutMs: number; signal?: AbortSignal }): Promise<string> {
    const blockedMs = login.blockedUntil - performance.now()
    if (blockedMs > 0) throw refused(blockedMs)
    const code = await nextCode(access, login, parts.now, limits)
    const reply = await askDevice(parts.dialer, {
      method: 'POST',
      path: '/api/auth/login',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ user: access.user, passwd: access.password + code.digits }).toString(),
      maxBytes: 100_000,
      ...limits,
      timeoutMs: Math.min(limits.timeoutMs, answerMs),
      // Used once it leaves; a try that never got that far leaves the code for the next one.
      onWriting: () => (login.lastStep = code.step),
    })
    if ([400, 401, 403].includes(reply.status)) {
      const blockMs = login.refusals++ === 0 ? parts.timings.refusedMs : parts.timings.refusedAgainMs
      login.refusedAt = performance.now()
      login.blockedUntil = login.refusedAt + blockMs
      throw refused(blockMs)
    }
    if (reply.status !== 200) {
      throw new AppError('device/unreachable', `The device's own service is not running (${reply.status}).`)
    }
    login.refusals = 0
    return tokenOf(reply.headers['set-cookie'])
  }

  /** The first who needs the login makes it for everybody who comes meanwhile; each waits only as long as it may. */
  function sharedLogin(limits: { timeoutMs: number; signal?: AbortSignal }): Promise<string> {
    const pending = (login.pending ??= logIn(limits)
      .then((cookie) => (login.cookie = cookie))
      .finally(() => (login.pending = null)))
    const otherwise = `The device did not finish the login within ${limits.timeoutMs} ms.`
    return within({ ms: limits.timeoutMs, signal: limits.signal, otherwise }, () => pending)
  }

  return {
    usesLogin: true,
    async untilCodeDue(limits) {
      if (login.cookie !== null || access.totpSecret === null) return
      const isUnderWay = login.pending !== null
      if (!isUnderWay && login.blockedUntil > performance.now()) return
      await waitForStep(isUnderWay ? login.pendingStep : dueStep(login, parts.now), parts.now, limits)
    },
    async headers(limits) {
      const cookie = login.cookie ?? (await sharedLogin(limits))
      return cookie === '' ? {} : { Cookie: `auth_token=${cookie}` }
    },
    allowAgain() {
      login.blockedUntil = Math.min(login.blockedUntil, login.refusedAt + parts.timings.soonestAgainMs)
    },
    renew(headers) {
      // Somebody else may have renewed it already: then only the old one was refused.
      if (headers['Cookie'] === `auth_token=${login.cookie}`) login.cookie = null
      return true
    },
  }
}

/** Six digits of a step that was never used, after waiting for it when this one was; no digits without TOTP. */
async function nextCode(
  access: EndpointAccess,
  login: Login,
  now: () => number,
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<{ digits: string; step: number }> {
  if (access.totpSecret === null) return { digits: '', step: login.lastStep }
  const step = dueStep(login, now)
  // Before anything is waited for, so that whoever comes meanwhile knows it.
  login.pendingStep = step
  const { Secret, TOTP } = await import('otpauth')
  let totp
  try {
    totp = new TOTP({ secret: Secret.fromBase32(access.totpSecret.replaceAll(/[\s-]/g, '').toUpperCase()) })
  } catch (cause) {
    throw new AppError('device/refusedCredentials', 'The TOTP secret is not base32.', { cause })
  }
  await waitForStep(step, now, limits)
  return { digits: totp.generate({ timestamp: step * stepMs }), step }
}

/** The first step whose code was never used. */
function dueStep(login: Login, now: () => number): number {
  const current = Math.floor(now() / stepMs)
  // Far ahead: it was used by a clock that was put back since.
  const isAhead = login.lastStep > current + 2
  return isAhead ? current : Math.max(current, login.lastStep + 1)
}

async function waitForStep(
  step: number,
  now: () => number,
  limits: { timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  const waitMs = Math.max(0, step * stepMs - now())
  if (waitMs > limits.timeoutMs) {
    throw new AppError('device/busy', 'The next one-time code is not due yet; try again in half a minute.', {
      details: { retryAfterMs: waitMs },
    })
  }
  if (waitMs > 0) await waitUnlessAborted(waitMs, limits.signal)
}

async function waitUnlessAborted(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(waitMs, undefined, signal && { signal })
  } catch (cause) {
    throw new AppError('device/unreachable', 'The login was given up.', { cause })
  }
}

/** Empty when the device has authentication switched off: it answers 200 without a cookie. */
function tokenOf(setCookie: string[] | undefined): string {
  for (const line of setCookie ?? []) {
    const match = /^auth_token=([0-9a-f]{64})(;|$)/.exec(line)
    if (match) return match[1]!
  }
  return ''
}

function refused(retryAfterMs?: number): AppError {
  const details = retryAfterMs === undefined ? {} : { details: { retryAfterMs } }
  return new AppError('device/refusedCredentials', 'The device refused the user name or password.', details)
}
