import type { EditUserBody, GrantBody, NewUserBody, UserRow } from '../contract/access.ts'
import type { Audit } from '../domain.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import type { Store } from '../store/store.ts'
import type { UserOutcome } from '../store/tables/users.ts'
import type { Principal } from './can.ts'
import type { Passwords } from './passwords.ts'
import type { Sessions } from './sessions.ts'

export type UsersParts = {
  store: Store
  sessions: Sessions
  passwords: Passwords
  audit: Audit
  now: () => number
}

/** People and what they may do. Every change is recorded and reaches open sockets at once. */
export function createUsers({ store, sessions, passwords, audit, now }: UsersParts) {
  return {
    list: (): Promise<UserRow[]> => store.users.list(),

    /** Throws AppError `inventory/duplicateName`. */
    async create(by: Principal, body: NewUserBody): Promise<{ id: string }> {
      const id = newId(now())
      const passwordHash = await passwords.hash('known', body.password)
      const name = body.name.normalize('NFC')
      if (!(await store.users.create({ id, name, role: body.role, passwordHash, createdAt: now() }))) {
        throw new AppError('inventory/duplicateName', `There is a user ${name} already.`, {
          details: { name },
        })
      }
      await audit.record(by, 'user.created', { detail: { name, role: body.role } })
      return { id }
    },

    /** A new password ends all sessions of that user, except the one that asks. Throws AppError `access/lastAdmin`. */
    async edit(by: Principal, id: string, body: EditUserBody): Promise<void> {
      const { role, isLimited } = body
      const passwordHash = body.password === undefined ? null : await passwords.hash('known', body.password)
      const name = await nameOf(id)
      expectDone(
        await store.users.update(id, {
          ...(role !== undefined && { role }),
          ...(isLimited !== undefined && { isLimited }),
          ...(passwordHash !== null && { passwordHash }),
        }),
        name,
      )
      if (passwordHash !== null) await forgetLogins(id, by.sessionId)
      sessions.announce()
      const changed = { role, isLimited, password: passwordHash === null ? undefined : 'changed' }
      await audit.record(by, 'user.changed', { detail: { name, ...changed } })
    },

    async remove(by: Principal, id: string): Promise<void> {
      const name = await nameOf(id)
      expectDone(await store.users.remove(id), name)
      sessions.announce()
      await audit.record(by, 'user.removed', { detail: { name } })
    },

    /** Sets what the user may do with one device; an empty list takes it away. */
    async setGrant(by: Principal, id: string, grant: GrantBody): Promise<void> {
      const name = await nameOf(id)
      expectDone(await store.users.setGrant(id, grant), name)
      sessions.announce()
      const { deviceId, capabilities } = grant
      await audit.record(by, 'user.granted', { deviceId, detail: { name, capabilities } })
    },

    /** For the person at the host itself, who lost the password. Ends all sessions. False: no such user. */
    async resetPassword(name: string, password: string): Promise<boolean> {
      const user = await store.users.findByName(name.trim().normalize('NFC'))
      if (user === null) return false
      const passwordHash = await passwords.hash('known', password)
      expectDone(await store.users.update(user.id, { passwordHash }), user.name)
      await forgetLogins(user.id, null)
      await audit.record(null, 'user.changed', {
        detail: { name: user.name, password: 'changed', from: 'command line' },
      })
      return true
    },
  }

  async function nameOf(id: string): Promise<string> {
    return (await store.users.find(id))?.name ?? ''
  }
  async function forgetLogins(userId: string, exceptSessionId: string | null): Promise<void> {
    await store.knownBrowsers.forgetOfUser(userId)
    await sessions.endAllOf(userId, exceptSessionId)
  }
}

function expectDone(outcome: UserOutcome, name: string): void {
  if (outcome === 'notFound') throw new AppError('request/notFound', 'There is no such user.')
  if (outcome === 'lastAdmin') {
    throw new AppError('access/lastAdmin', `${name} is the last admin. Make somebody else admin first.`, {
      details: { name },
    })
  }
}
