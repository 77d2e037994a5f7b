import { isIP } from 'node:net'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { NewPasskeyBody, PasskeyRow, PasskeySignInBody } from '../contract/access.ts'
import type { AuditBook } from '../domain.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { Store } from '../store/store.ts'
import { must } from '../store/together.ts'
import type { ChallengeKind } from '../store/tables/challenges.ts'
import type { StoredPasskey } from '../store/tables/passkeys.ts'
import type { Principal } from './can.ts'

const challengeMs = 5 * 60_000

/** The page's own address: `host` without port, `origin` as the browser writes it. */
export type Site = { host: string; origin: string }

/** Passkeys, each for one host name (an IP address can have none). Wrong passwords never slow them. */
export function createPasskeys(parts: { store: Store; audit: AuditBook; now: () => number }) {
  const { store, audit, now } = parts

  async function remember(kind: ChallengeKind, challenge: string, rpId: string, userId: string | null) {
    const expiresAt = now() + challengeMs
    await store.challenges.add({ id: newId(now()), kind, userId, rpId, challenge, expiresAt }, now())
  }

  return {
    /** True when somebody could sign in with a passkey at this host. */
    async areThereFor(host: string): Promise<boolean> {
      return canHavePasskeys(host) && (await store.passkeys.count(host, null)) > 0
    },

    /** True when this host can have passkeys and this user has none for it. */
    async shouldOffer(host: string, userId: string): Promise<boolean> {
      return canHavePasskeys(host) && (await store.passkeys.count(host, userId)) === 0
    },

    /** Options for `navigator.credentials.create`; its challenge counts once, for 5 minutes. */
    async registrationOptions(
      user: Principal,
      { host }: Site,
    ): Promise<PublicKeyCredentialCreationOptionsJSON> {
      expectName(host)
      const { generateRegistrationOptions } = await webauthn()
      const existing = (await store.passkeys.list(user.userId)).filter(({ rpId }) => rpId === host)
      const options = await generateRegistrationOptions({
        rpName: 'Crashcart',
        rpID: host,
        userID: new TextEncoder().encode(user.userId),
        userName: user.name,
        attestationType: 'none',
        excludeCredentials: existing.map(({ id }) => ({ id })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        timeout: challengeMs,
      })
      await remember('register', options.challenge, host, user.userId)
      return options
    },

    /** Checks what the browser made and keeps it. Throws AppError `access/passkeyRefused`. */
    async register(user: Principal, { host, origin }: Site, body: NewPasskeyBody): Promise<void> {
      const { verifyRegistrationResponse } = await webauthn()
      const { registrationInfo } = await refuseWhenThrown(() =>
        verifyRegistrationResponse({
          response: body.response as unknown as RegistrationResponseJSON,
          expectedChallenge: (challenge) =>
            store.challenges.spend('register', challenge, host, user.userId, now()),
          expectedOrigin: origin,
          expectedRPID: host,
          requireUserVerification: true,
        }),
      )
      if (registrationInfo === undefined) throw refused()
      const { id, publicKey, counter, transports } = registrationInfo.credential
      const passkey = {
        id,
        userId: user.userId,
        rpId: host,
        publicKey,
        counter,
        transports: JSON.stringify(transports ?? []),
        name: body.name,
        createdAt: now(),
        lastUsedAt: null,
      }
      const { isKept } = await store.together([
        must(true, 'passkeys', 'add', passkey),
        audit.line(user, 'passkey.added', { detail: { name: body.name, host } }),
      ])
      if (!isKept) throw refused()
    },

    /** Options for `navigator.credentials.get`; the browser offers what it has for this host. */
    async signInOptions({ host }: Site): Promise<PublicKeyCredentialRequestOptionsJSON> {
      expectName(host)
      const { generateAuthenticationOptions } = await webauthn()
      const options = await generateAuthenticationOptions({
        rpID: host,
        userVerification: 'required',
        timeout: challengeMs,
      })
      await remember('signIn', options.challenge, host, null)
      return options
    },

    /** Whose passkey it is. Throws AppError `access/passkeyRefused`, alike for every reason. */
    async verify({ host, origin }: Site, body: PasskeySignInBody): Promise<{ userId: string; name: string }> {
      const response = body.response as unknown as AuthenticationResponseJSON
      const stored = await store.passkeys.find(response.id, host)
      const user = stored === null ? null : await store.users.find(stored.userId)
      if (stored === null || user === null || !isOwnHandle(response, user.id)) throw refused()
      const { verifyAuthenticationResponse } = await webauthn()
      const { verified, authenticationInfo } = await refuseWhenThrown(() =>
        verifyAuthenticationResponse({
          response,
          expectedChallenge: (challenge) => store.challenges.spend('signIn', challenge, host, null, now()),
          expectedOrigin: origin,
          expectedRPID: host,
          credential: credentialOf(stored),
          requireUserVerification: true,
        }),
      )
      if (!verified) throw refused()
      await store.passkeys.noteUse(stored.id, authenticationInfo.newCounter, now())
      return { userId: user.id, name: user.name }
    },

    list: (userId: string): Promise<PasskeyRow[]> => store.passkeys.list(userId),

    /** Removes one of the user's own. Throws AppError `request/notFound`. */
    async remove(user: Principal, id: string): Promise<void> {
      const { isKept } = await store.together([
        must(true, 'passkeys', 'remove', id, user.userId),
        audit.line(user, 'passkey.removed', {}),
      ])
      if (!isKept) throw new AppError('request/notFound', 'There is no such passkey of yours.')
    },
  }
}

/** Loaded when first needed: most starts of the server never see a passkey. */
function webauthn() {
  return import('@simplewebauthn/server')
}

/** WebAuthn knows host names only. */
function canHavePasskeys(host: string): boolean {
  return host !== '' && isIP(host) === 0
}

function expectName(host: string): void {
  if (canHavePasskeys(host)) return
  throw new AppError(
    'access/passkeyRefused',
    'A passkey needs a host name; this page was opened by IP address.',
    {
      details: { why: 'ipAddress' },
    },
  )
}

function credentialOf(stored: StoredPasskey) {
  return {
    id: stored.id,
    publicKey: new Uint8Array(stored.publicKey),
    counter: stored.counter,
    transports: JSON.parse(stored.transports) as string[],
  }
}

function isOwnHandle(response: AuthenticationResponseJSON, userId: string): boolean {
  const handle: unknown = response.response.userHandle
  return (
    handle === undefined ||
    handle === null ||
    (typeof handle === 'string' && Buffer.from(handle, 'base64url').toString() === userId)
  )
}

/** The library throws for whatever does not fit; to the browser it is all one refusal. */
async function refuseWhenThrown<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw refused(cause)
  }
}

function refused(cause?: unknown): AppError {
  return new AppError(
    'access/passkeyRefused',
    'That passkey was not accepted. Try again, or use the password.',
    {
      cause,
    },
  )
}
