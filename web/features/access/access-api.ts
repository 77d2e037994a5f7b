import type {
  AuditRow,
  Capability,
  EditUserBody,
  HostRow,
  Listener,
  NewUserBody,
  OwnPasswordBody,
  PasskeyOptionsBody,
  NewRecoveryCodes,
  NewRecoveryCodesBody,
  PasskeyRow,
  RecoveryCodesView,
  RecoverySignInBody,
  SessionRow,
  SessionView,
  SetupBody,
  SignInBody,
  UserRow,
} from '../../../server/contract/access.ts'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/browser'
import { api } from '../../api/http.ts'

/** The requests of this feature, one function each. All reject with ApiError. */
export const accessApi = {
  setUp: (body: SetupBody) => api<SessionView>('post', 'setup', { body }),
  signIn: (body: SignInBody) => api<SessionView>('post', 'session', { body }),
  recover: (body: RecoverySignInBody) => api<SessionView>('post', 'session/recovery', { body }),
  signOut: () => api<void>('delete', 'session'),

  changePassword: (body: OwnPasswordBody) => api<void>('post', 'session/password', { body }),

  passkeySignInOptions: () => api<PublicKeyCredentialRequestOptionsJSON>('post', 'session/passkey/options'),
  passkeySignIn: (body: { response: AuthenticationResponseJSON; trust: boolean }) =>
    api<SessionView>('post', 'session/passkey', { body }),

  passkeys: () => api<PasskeyRow[]>('get', 'passkeys'),
  newPasskeyOptions: (body: PasskeyOptionsBody) =>
    api<PublicKeyCredentialCreationOptionsJSON>('post', 'passkeys/options', { body }),
  addPasskey: (body: { response: RegistrationResponseJSON; name: string }) =>
    api<void>('post', 'passkeys', { body }),
  removePasskey: (id: string) => api<void>('delete', `passkeys/${encodeURIComponent(id)}`),

  recoveryCodes: () => api<RecoveryCodesView>('get', 'recovery-codes'),
  newRecoveryCodes: (body: NewRecoveryCodesBody) => api<NewRecoveryCodes>('post', 'recovery-codes', { body }),

  sessions: () => api<SessionRow[]>('get', 'sessions'),
  revokeSession: (id: string) => api<void>('delete', `sessions/${encodeURIComponent(id)}`),

  users: () => api<UserRow[]>('get', 'users'),
  addUser: (body: NewUserBody) => api<void>('post', 'users', { body }),
  editUser: (id: string, body: EditUserBody) =>
    api<void>('patch', `users/${encodeURIComponent(id)}`, { body }),
  removeUser: (id: string) => api<void>('delete', `users/${encodeURIComponent(id)}`),
  grant: (id: string, deviceId: string, capabilities: Capability[]) =>
    api<void>('put', `users/${encodeURIComponent(id)}/grants`, { body: { deviceId, capabilities } }),

  addresses: () => api<HostRow[]>('get', 'hosts'),
  listener: () => api<Listener>('get', 'listener'),
  useOutsideName: (name: string) => api<{ name: string }>('post', 'outside', { body: { name } }),
  allowAddress: (name: string) => api<void>('post', 'hosts', { body: { name } }),
  removeAddress: (name: string) => api<void>('delete', `hosts/${encodeURIComponent(name)}`),

  audit: (before: number | null) =>
    api<AuditRow[]>('get', before === null ? 'audit?limit=50' : `audit?limit=50&before=${before}`),
}
