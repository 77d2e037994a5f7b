import type { EditUserBody, GrantBody, NewUserBody, UserRow } from '../contract/access.ts'
import type { AuditBook } from '../domain.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { Store } from '../store/store.ts'
import type { WaysIn } from '../store/tables/users.ts'
import { later, must, type StoreCall } from '../store/together.ts'
import type { Principal } from './can.ts'
import type { Passwords } from './passwords.ts'
import type { Sessions } from './sessions.ts'

export type UsersParts = {
  store: Store
  sessions: Sessions
  passwords: Passwords
  audit: AuditBook
  now: () => number
}
/** The phone on which somebody changes their own password: it stays signed in and known. */
export type OwnBrowser = { sessionId: string; knownHash: string | null }
/** What a password that was reset by somebody else took away. */
export type Reset = WaysIn & { name: string }

/** People and what they may do. A change and its line in the record are one write, and reach open sockets at once. */
export function createUsers({ store, sessions, passwords, audit, now }: UsersParts) {
  return {
    list: (): Promise<UserRow[]> => store.users.list(),

    /** The name of the admin who was there first; null only while there is none. */
    async firstAdmin(): Promise<string | null> {
      const users = await store.users.list()
      return users.find(({ role }) => role === 'admin')?.name ?? null
    },

    /** Throws AppError `inventory/duplicateName`. */
    async create(by: Principal, body: NewUserBody): Promise<{ id: string }> {
      const id = newId(now())
      const passwordHash = await passwords.hash('known', body.password)
      const name = body.name.normalize('NFC')
      const { isKept } = await store.together([
        must(true, 'users', 'create', { id, name, role: body.role, passwordHash, createdAt: now() }),
        audit.line(by, 'user.created', { detail: { name, role: body.role } }),
      ])
      if (isKept) return { id }
      throw new AppError('inventory/duplicateName', `There is a user ${name} already.`, { details: { name } })
    },

    /**
     * Another's new password takes all their ways in away: sessions, known browsers, passkeys, recovery codes. One's own is changed by
     * `changeOwnPassword`, which asks for the current one. Throws AppError `access/lastAdmin`, `access/stepUpNeeded`.
     */
    async edit(by: Principal, id: string, body: EditUserBody): Promise<void> {
      const { role, isLimited } = body
      if (id === by.userId && body.password !== undefined) {
        throw new AppError(
          'access/stepUpNeeded',
          'Change your own passphrase where the current one is asked.',
        )
      }
      const passwordHash = body.password === undefined ? null : await passwords.hash('known', body.password)
      const name = await nameOf(id)
      const changed = { role, isLimited, password: passwordHash === null ? undefined : 'changed' }
      await change(name, [
        must('done', 'users', 'update', id, {
          ...(role !== undefined && { role }),
          ...(isLimited !== undefined && { isLimited }),
          ...(passwordHash !== null && { passwordHash }),
        }),
        ...(passwordHash === null ? [] : takeWaysInAway(id)),
        audit.line(by, 'user.changed', { detail: { name, ...changed } }),
      ])
    },

    /**
     * Ends all other sessions and guest links and makes all other browsers strangers; this one stays, and passkeys and
     * recovery codes do.
     */
    async changeOwnPassword(by: Principal, own: OwnBrowser, password: string): Promise<void> {
      const passwordHash = await passwords.hash('known', password)
      await change(by.name, [
        must('done', 'users', 'update', by.userId, { passwordHash }),
        later('knownBrowsers', 'forgetOfUser', by.userId, own.knownHash),
        later('sessions', 'removeOfUser', by.userId, own.sessionId),
        later('sessions', 'endRecovery', by.userId),
        later('guestLinks', 'endOf', by.userId),
        audit.line(by, 'user.changed', { detail: { name: by.name, password: 'changed' } }),
      ])
    },

    async remove(by: Principal, id: string): Promise<void> {
      const name = await nameOf(id)
      await change(name, [
        must('done', 'users', 'remove', id),
        audit.line(by, 'user.removed', { detail: { name } }),
      ])
    },

    /** Sets what the user may do with one device; an empty list takes it away. */
    async setGrant(by: Principal, id: string, grant: GrantBody): Promise<void> {
      const name = await nameOf(id)
      const { deviceId, capabilities } = grant
      await change(name, [
        must('done', 'users', 'setGrant', id, grant),
        audit.line(by, 'user.granted', { deviceId, detail: { name, capabilities } }),
      ])
    },

    /**
     * For the person at the host itself, when a password is lost or known to others: sets a new one and takes every
     * other way in away, since whoever had the password may have made some. Null: no such user.
     */
    async resetPassword(name: string, password: string): Promise<Reset | null> {
      const user = await store.users.findByName(name.trim().normalize('NFC'))
      if (user === null) return null
      const passwordHash = await passwords.hash('known', password)
      const taken = await store.users.waysIn(user.id, now())
      await change(user.name, [
        must('done', 'users', 'update', user.id, { passwordHash }),
        ...takeWaysInAway(user.id),
        audit.line(null, 'user.changed', {
          detail: { name: user.name, password: 'changed', from: 'command line', ...taken },
        }),
      ])
      return { name: user.name, ...taken }
    },
  }

  async function nameOf(id: string): Promise<string> {
    return (await store.users.find(id))?.name ?? ''
  }
  /** The first call is the change itself, whose outcome decides. */
  async function change(name: string, calls: readonly StoreCall[]): Promise<void> {
    const { isKept, results } = await store.together(calls)
    if (!isKept) throw refusal(results[0], name)
    sessions.announce()
  }
}

function takeWaysInAway(userId: string): StoreCall[] {
  return [
    later('knownBrowsers', 'forgetOfUser', userId, null),
    later('sessions', 'removeOfUser', userId, null),
    later('passkeys', 'removeOfUser', userId),
    later('recoveryCodes', 'removeOfUser', userId),
    later('guestLinks', 'endOf', userId),
  ]
}

function refusal(outcome: unknown, name: string): AppError {
  if (outcome === 'notFound') return new AppError('request/notFound', 'There is no such user.')
  return new AppError('access/lastAdmin', `${name} is the last admin. Make somebody else admin first.`, {
    details: { name },
  })
}
