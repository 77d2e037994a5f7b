import { z } from 'zod'
import type { GuestLevel } from './guest.ts'

const roles = ['admin', 'operator', 'viewer'] as const
export type Role = (typeof roles)[number]

export const capabilities = ['view', 'input', 'terminal', 'power', 'media', 'manage'] as const
export type Capability = (typeof capabilities)[number]

const userName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  // oxlint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f]+$/)
/** Long passphrases are welcome; the cap only bounds work. */
export const password = z.string().min(10).max(1024)

export const setupBody = z.strictObject({
  code: z.string().max(64),
  name: userName,
  password,
  trust: z.boolean(),
})
export const signInBody = z.strictObject({
  name: z.string().max(64),
  password: z.string().max(1024),
  trust: z.boolean(),
})
export const newUserBody = z.strictObject({ name: userName, password, role: z.enum(roles) })
export const editUserBody = z.strictObject({
  role: z.enum(roles).optional(),
  password: password.optional(),
  /** True: only granted devices; false: the role's rights everywhere. */
  isLimited: z.boolean().optional(),
})
export const grantBody = z.strictObject({
  deviceId: z.string().max(64),
  /** An empty list takes the grant away. */
  capabilities: z.array(z.enum(capabilities)).max(capabilities.length),
})
export const allowedHostBody = z.strictObject({ name: z.string().trim().toLowerCase().min(1).max(253) })
/** As it was typed or pasted. */
export const outsideNameBody = z.strictObject({ name: z.string().max(1024) })

/**
 * Changing one's own password. Ends all other sessions. `current` may be left out by who came in by a recovery code
 * (`passphraseNeeded`); otherwise `access/stepUpNeeded`.
 */
export const ownPasswordBody = z.strictObject({ current: z.string().max(1024).optional(), password })

/** Recovery codes that a person has when none is used. */
export const recoveryCodeCount = 10
/** POST /api/session/recovery: signs in and uses the code up. */
export const recoverySignInBody = z.strictObject({
  name: z.string().max(64),
  code: z.string().max(64),
  trust: z.boolean(),
})
/** POST /api/recovery-codes. `password` is needed when the session is not fresh (`access/stepUpNeeded`). */
export const newRecoveryCodesBody = z.strictObject({ password: z.string().max(1024).optional() })

/** What the browser's WebAuthn call gave; checked by the server's library, bounded here. */
const webauthnResponse = z.object({
  id: z.string().min(1).max(2048),
  rawId: z.string().min(1).max(2048),
  type: z.literal('public-key'),
  response: z.record(z.string().max(64), z.unknown()),
  clientExtensionResults: z.record(z.string().max(64), z.unknown()),
  authenticatorAttachment: z.string().max(64).nullish(),
})
/** `password` is needed when the session is not fresh (`access/stepUpNeeded`). */
export const passkeyOptionsBody = z.strictObject({ password: z.string().max(1024).optional() })
export const newPasskeyBody = z.strictObject({ name: userName, response: webauthnResponse })
export const passkeySignInBody = z.strictObject({ response: webauthnResponse, trust: z.boolean() })
/** Query of GET /api/audit: newest first, entries below `before`. */
export const auditQuery = z.strictObject({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export type RecoverySignInBody = z.infer<typeof recoverySignInBody>
export type NewRecoveryCodesBody = z.infer<typeof newRecoveryCodesBody>
/** Told this once. */
export type NewRecoveryCodes = { codes: string[] }
/** GET /api/recovery-codes: one's own. `madeAt` null: none were made. `usedAt`: when each spent one was used. */
export type RecoveryCodesView = { left: number; made: number; madeAt: number | null; usedAt: number[] }
export type OwnPasswordBody = z.infer<typeof ownPasswordBody>
export type PasskeyOptionsBody = z.infer<typeof passkeyOptionsBody>
export type NewPasskeyBody = z.infer<typeof newPasskeyBody>
export type PasskeySignInBody = z.infer<typeof passkeySignInBody>
export type SetupBody = z.infer<typeof setupBody>
export type SignInBody = z.infer<typeof signInBody>
export type NewUserBody = z.infer<typeof newUserBody>
export type EditUserBody = z.infer<typeof editUserBody>
export type GrantBody = z.infer<typeof grantBody>

/** GET /api/session: who is looking, or what the first page must show. */
export type SessionView =
  | { state: 'setup' }
  | { state: 'locked'; reason: 'databaseMissing' | 'databaseDamaged' | 'databaseNewer' }
  | { state: 'signedOut'; passkeysPossible: boolean; serverTime: number }
  | {
      state: 'signedIn'
      serverTime: number
      user: { id: string; name: string; role: Role }
      sessionId: string
      /** True when this host name can have a passkey and this user has none for it yet. */
      offerPasskey: boolean
      /** Came in by a recovery code: a new passphrase can be set without the current one, for a while. */
      passphraseNeeded: boolean
      /** An admin's name, for somebody who may not do everything; null for an admin. */
      ask: string | null
    }
  /** Came by a guest link. `deviceId` null: all machines. */
  | {
      state: 'guest'
      serverTime: number
      sessionId: string
      name: string
      byName: string
      level: GuestLevel
      deviceId: string | null
      expiresAt: number
    }

export type SessionRow = {
  id: string
  userName: string
  userAgent: string
  address: string
  trusted: boolean
  createdAt: number
  lastSeenAt: number
  expiresAt: number
  current: boolean
}
export type UserRow = {
  id: string
  name: string
  role: Role
  createdAt: number
  /** Sees and touches only granted devices. Set by the first grant, and stays when the last one goes. */
  isLimited: boolean
  grants: GrantBody[]
  passkeys: number
}
export type PasskeyRow = {
  id: string
  name: string
  rpId: string
  createdAt: number
  lastUsedAt: number | null
}

export type AuditRow = {
  seq: number
  at: number
  actorName: string
  event: string
  deviceId: string | null
  detail: Record<string, unknown>
  /** The clock was wrong then, as is known now: add this to `at` for about the right time. */
  clockOffMs?: number
}

/** A name under which the page may be opened. `own`: a name or address of the machine itself. */
export type AllowedHostRow = {
  name: string
  source: 'settings' | 'added' | 'own'
  createdAt: number | null
}

/** Somebody signed in had this name open, and what the server sent to their browser came back. */
export type Reached = { at: number; by: string; userAgent: string; address: string }

/**
 * GET /api/hosts. `kind`: a name that can be reached from outside, one for the network at home, an address. `live`: last
 * time over a websocket; `plain`: over plain https instead, because none got through.
 */
export type HostRow = AllowedHostRow & {
  kind: 'outside' | 'home' | 'address'
  live: Reached | null
  plain: Reached | null
}

/** GET /api/listener. `isLoopbackOnly`: only this computer itself reaches it, under whatever name. */
export type Listener = { isLoopbackOnly: boolean }

/** Why a name cannot be one from outside: `details.problem` of `access/badName`; `details.instead` is what was meant. */
export type NameProblem =
  | 'empty'
  | 'scheme'
  | 'port'
  | 'path'
  | 'address'
  | 'wildcard'
  | 'notAscii'
  | 'oneWord'
  | 'homeOnly'
  | 'characters'
