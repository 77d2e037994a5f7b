import type { DatabaseSync } from 'node:sqlite'
import type { GrantBody, Role, UserRow } from '../../contract/access.ts'
import { inTransaction } from '../transaction.ts'
import { grants } from './grants.ts'

export type StoredUser = {
  id: string
  name: string
  role: Role
  passwordHash: string
  createdAt: number
}
export type UserChange = { role?: Role; passwordHash?: string; isLimited?: boolean }
export type WaysIn = { sessions: number; passkeys: number; recoveryCodes: number }
export type UserOutcome = 'done' | 'notFound' | 'lastAdmin'

const columns = 'id, name, role, passwordHash, createdAt'

function insert(db: DatabaseSync, user: StoredUser): boolean {
  const { changes } = db
    .prepare(`INSERT INTO users (${columns}) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING`)
    .run(user.id, user.name, user.role, user.passwordHash, user.createdAt)
  return Number(changes) === 1
}

function isLastAdmin(db: DatabaseSync, id: string): boolean {
  const others = db.prepare("SELECT 1 FROM users WHERE role = 'admin' AND id <> ? LIMIT 1").get(id)
  const self = db.prepare("SELECT 1 FROM users WHERE role = 'admin' AND id = ?").get(id)
  return self !== undefined && others === undefined
}

export const users = {
  count(db: DatabaseSync): number {
    return (db.prepare('SELECT count(*) AS n FROM users').get() as { n: number }).n
  },

  /** Creates the first user; false when there is one already, however many ask at once. */
  createFirst(db: DatabaseSync, user: StoredUser): boolean {
    return inTransaction(db, () => users.count(db) === 0 && insert(db, user))
  },

  /** False when the name is taken (ASCII letters compare without case). */
  create(db: DatabaseSync, user: StoredUser): boolean {
    return insert(db, user)
  },

  findByName(db: DatabaseSync, name: string): StoredUser | null {
    const row = db.prepare(`SELECT ${columns} FROM users WHERE name = ?`).get(name)
    return (row as StoredUser | undefined) ?? null
  },

  find(db: DatabaseSync, id: string): StoredUser | null {
    const row = db.prepare(`SELECT ${columns} FROM users WHERE id = ?`).get(id)
    return (row as StoredUser | undefined) ?? null
  },

  /** How many ways in a user has beside the password. */
  waysIn(db: DatabaseSync, id: string, now: number): WaysIn {
    const row = db
      .prepare(
        `SELECT (SELECT count(*) FROM sessions WHERE userId = ? AND expiresAt > ?) AS sessions,
           (SELECT count(*) FROM passkeys WHERE userId = ?) AS passkeys,
           (SELECT count(*) FROM recoveryCodes WHERE userId = ? AND usedAt IS NULL) AS recoveryCodes`,
      )
      .get(id, now, id, id) as WaysIn
    return { ...row }
  },

  /** Everybody with what they were granted, oldest first. Never the password hash. */
  list(db: DatabaseSync): UserRow[] {
    const rows = db
      .prepare(
        `SELECT id, name, role, createdAt, isLimited,
           (SELECT count(*) FROM passkeys WHERE passkeys.userId = users.id) AS passkeys
         FROM users ORDER BY createdAt, id`,
      )
      .all() as unknown as (Omit<UserRow, 'grants' | 'isLimited'> & { isLimited: number })[]
    return rows.map((row) => ({ ...row, isLimited: row.isLimited === 1, grants: grants.of(db, row.id) }))
  },

  /** Changes what is named; the last admin keeps the role. */
  update(db: DatabaseSync, id: string, change: UserChange): UserOutcome {
    return inTransaction(db, () => {
      if (users.find(db, id) === null) return 'notFound'
      if (change.role !== undefined && change.role !== 'admin' && isLastAdmin(db, id)) return 'lastAdmin'
      db.prepare(
        `UPDATE users SET role = coalesce(?, role), passwordHash = coalesce(?, passwordHash),
           isLimited = coalesce(?, isLimited) WHERE id = ?`,
      ).run(
        change.role ?? null,
        change.passwordHash ?? null,
        change.isLimited === undefined ? null : Number(change.isLimited),
        id,
      )
      return 'done'
    })
  },

  /** Removes the user with their sessions, passkeys and grants; the last admin stays. */
  remove(db: DatabaseSync, id: string): UserOutcome {
    return inTransaction(db, () => {
      if (isLastAdmin(db, id)) return 'lastAdmin'
      const { changes } = db.prepare('DELETE FROM users WHERE id = ?').run(id)
      return Number(changes) === 1 ? 'done' : 'notFound'
    })
  },

  /**
   * Sets what a user may do with one device; an empty list takes it away. From the first grant on the user is limited
   * to granted devices, and stays so when the last one goes: taking rights away never gives others.
   */
  setGrant(db: DatabaseSync, userId: string, grant: GrantBody): UserOutcome {
    return inTransaction(db, () => {
      if (users.find(db, userId) === null) return 'notFound'
      grants.set(db, userId, grant)
      db.prepare('UPDATE users SET isLimited = 1 WHERE id = ?').run(userId)
      return 'done'
    })
  },
}
