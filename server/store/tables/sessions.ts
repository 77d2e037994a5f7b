import type { DatabaseSync } from 'node:sqlite'
import type { GrantBody, Role, SessionRow } from '../../contract/access.ts'
import { grants } from './grants.ts'

export type StoredSession = {
  id: string
  tokenHash: string
  userId: string
  trusted: boolean
  userAgent: string
  address: string
  createdAt: number
  lastSeenAt: number
  expiresAt: number
  /** Started by a recovery code. */
  isRecovery: boolean
}
/** A live session with its user as they are now. */
export type SessionUser = {
  sessionId: string
  userId: string
  name: string
  role: Role
  isLimited: boolean
  trusted: boolean
  createdAt: number
  lastSeenAt: number
  expiresAt: number
  /** Started by a recovery code, and no new passphrase set since. */
  isRecovery: boolean
  grants: GrantBody[]
}

const joined = `SELECT sessions.id AS sessionId, userId, name, role, isLimited, trusted, sessions.createdAt AS createdAt,
  lastSeenAt, expiresAt, isRecovery FROM sessions JOIN users ON users.id = sessions.userId`
type Joined = Omit<SessionUser, 'isLimited' | 'trusted' | 'isRecovery' | 'grants'> & {
  isLimited: number
  trusted: number
  isRecovery: number
}

function sessionUser(db: DatabaseSync, row: Joined): SessionUser {
  const isLimited = row.isLimited === 1
  return {
    ...row,
    isLimited,
    trusted: row.trusted === 1,
    isRecovery: row.isRecovery === 1,
    grants: isLimited ? grants.of(db, row.userId) : [],
  }
}

export const sessions = {
  create(db: DatabaseSync, session: StoredSession): void {
    db.prepare(
      `INSERT INTO sessions (id, tokenHash, userId, trusted, userAgent, address, createdAt, lastSeenAt, expiresAt,
         isRecovery)
       VALUES (?,?,?,?,?,?,?,?,?,?)`,
    ).run(
      session.id,
      session.tokenHash,
      session.userId,
      Number(session.trusted),
      session.userAgent,
      session.address,
      session.createdAt,
      session.lastSeenAt,
      session.expiresAt,
      Number(session.isRecovery),
    )
  },

  /** The live session behind a cookie; null when it is unknown, revoked or over. */
  findByToken(db: DatabaseSync, tokenHash: string, now: number): SessionUser | null {
    const row = db.prepare(`${joined} WHERE tokenHash = ? AND expiresAt > ?`).get(tokenHash, now)
    return row === undefined ? null : sessionUser(db, row as Joined)
  },

  /** Those of `ids` that are still live. */
  findLive(db: DatabaseSync, ids: readonly string[], now: number): SessionUser[] {
    const rows = db
      .prepare(`${joined} WHERE sessions.id IN (SELECT value FROM json_each(?)) AND expiresAt > ?`)
      .all(JSON.stringify(ids), now) as unknown as Joined[]
    return rows.map((row) => sessionUser(db, row))
  },

  /** Notes that a session is in use; a trusted one lives on from now. */
  touch(db: DatabaseSync, id: string, now: number, trustedMs: number): void {
    db.prepare(
      'UPDATE sessions SET lastSeenAt = ?, expiresAt = CASE trusted WHEN 1 THEN ? ELSE expiresAt END WHERE id = ?',
    ).run(now, now + trustedMs, id)
  },

  /** The person has a passphrase again: no session of theirs may set one without the current one any more. */
  endRecovery(db: DatabaseSync, userId: string): void {
    db.prepare('UPDATE sessions SET isRecovery = 0 WHERE userId = ?').run(userId)
  },

  /** Live sessions of one user, or of everybody, newest use first. */
  list(db: DatabaseSync, userId: string | null, now: number): Omit<SessionRow, 'current'>[] {
    const rows = db
      .prepare(
        `SELECT sessions.id AS id, name AS userName, userAgent, address, trusted,
           sessions.createdAt AS createdAt, lastSeenAt, expiresAt
         FROM sessions JOIN users ON users.id = sessions.userId
         WHERE expiresAt > ? AND (? IS NULL OR userId = ?) ORDER BY lastSeenAt DESC`,
      )
      .all(now, userId, userId) as unknown as (Omit<SessionRow, 'current' | 'trusted'> & {
      trusted: number
    })[]
    return rows.map((row) => ({ ...row, trusted: row.trusted === 1 }))
  },

  /** Revokes one session, of `userId` only when given. Returns whether there was one. */
  remove(db: DatabaseSync, id: string, userId: string | null): boolean {
    const { changes } = db
      .prepare('DELETE FROM sessions WHERE id = ? AND (? IS NULL OR userId = ?)')
      .run(id, userId, userId)
    return Number(changes) === 1
  },

  /** Revokes all sessions of a user but one. */
  removeOfUser(db: DatabaseSync, userId: string, exceptId: string | null): void {
    db.prepare('DELETE FROM sessions WHERE userId = ? AND id IS NOT ?').run(userId, exceptId)
  },

  /** Forgets sessions that are over. */
  prune(db: DatabaseSync, now: number): void {
    db.prepare('DELETE FROM sessions WHERE expiresAt <= ?').run(now)
  },
}
