import type { DatabaseSync } from 'node:sqlite'
import type { GuestLevel, GuestLinkRow } from '../../contract/guest.ts'

export type NewStoredLink = {
  id: string
  tokenHash: string
  deviceId: string | null
  level: GuestLevel
  byUserId: string
  createdAt: number
  expiresAt: number
}
/** A link with its guest, if somebody joined. */
export type StoredLink = Omit<NewStoredLink, 'tokenHash'> & {
  byName: string
  guestName: string | null
  joinedAt: number | null
  lastSeenAt: number | null
}
export type LinkClaim = {
  claimHash: string
  sessionHash: string
  guestName: string
  userAgent: string
  address: string
}

const columns = `g.id, g.deviceId, g.level, g.byUserId, u.name AS byName, g.createdAt, g.expiresAt, g.guestName, g.joinedAt,
  g.lastSeenAt`
/** Only while it lasts, and only while whoever made it may still manage. */
const live = `FROM guestLinks g JOIN users u ON u.id = g.byUserId AND u.role = 'admin' WHERE g.expiresAt > ?`

export const guestLinks = {
  /** False when there are `most` of them already. */
  create(db: DatabaseSync, link: NewStoredLink, most: number): boolean {
    db.prepare('DELETE FROM guestLinks WHERE expiresAt <= ?').run(link.createdAt)
    const { changes } = db
      .prepare(
        `INSERT INTO guestLinks (id, tokenHash, deviceId, level, byUserId, createdAt, expiresAt)
         SELECT ?,?,?,?,?,?,? WHERE (SELECT count(*) FROM guestLinks) < ?`,
      )
      .run(
        link.id,
        link.tokenHash,
        link.deviceId,
        link.level,
        link.byUserId,
        link.createdAt,
        link.expiresAt,
        most,
      )
    return Number(changes) === 1
  },

  findByToken(db: DatabaseSync, tokenHash: string, now: number): StoredLink | null {
    const row = db.prepare(`SELECT ${columns} ${live} AND g.tokenHash = ?`).get(now, tokenHash)
    return (row as StoredLink | undefined) ?? null
  },

  /** Lets the first browser that asks in, and that one again; false for every other one. */
  claim(db: DatabaseSync, id: string, claim: LinkClaim, now: number): boolean {
    const { changes } = db
      .prepare(
        `UPDATE guestLinks SET claimHash = ?1, sessionHash = ?2, guestName = coalesce(guestName, ?3),
           userAgent = ?4, address = ?5, joinedAt = coalesce(joinedAt, ?6), lastSeenAt = ?6
         WHERE id = ?7 AND expiresAt > ?6 AND (claimHash IS NULL OR claimHash = ?1)`,
      )
      .run(claim.claimHash, claim.sessionHash, claim.guestName, claim.userAgent, claim.address, now, id)
    return Number(changes) === 1
  },

  /** The link behind a guest's cookie. */
  findBySession(db: DatabaseSync, sessionHash: string, now: number): StoredLink | null {
    const row = db.prepare(`SELECT ${columns} ${live} AND g.sessionHash = ?`).get(now, sessionHash)
    return (row as StoredLink | undefined) ?? null
  },

  /** Those of `ids` that have not ended. */
  findLive(db: DatabaseSync, ids: readonly string[], now: number): StoredLink[] {
    const rows = db
      .prepare(`SELECT ${columns} ${live} AND g.id IN (SELECT value FROM json_each(?))`)
      .all(now, JSON.stringify(ids))
    return rows as unknown as StoredLink[]
  },

  /** All that have not ended, newest first. */
  list(db: DatabaseSync, now: number): GuestLinkRow[] {
    const rows = db
      .prepare(`SELECT ${columns}, g.userAgent, g.address ${live} ORDER BY g.createdAt DESC, g.id`)
      .all(now) as unknown as (StoredLink & { userAgent: string | null; address: string | null })[]
    return rows.map(({ byUserId: _by, guestName, joinedAt, lastSeenAt, userAgent, address, ...link }) => ({
      ...link,
      guest:
        guestName === null || joinedAt === null
          ? null
          : {
              name: guestName,
              joinedAt,
              lastSeenAt: lastSeenAt ?? joinedAt,
              userAgent: userAgent ?? '',
              address: address ?? '',
            },
    }))
  },

  touch(db: DatabaseSync, id: string, now: number): void {
    db.prepare('UPDATE guestLinks SET lastSeenAt = ? WHERE id = ?').run(now, id)
  },

  /** False when it has ended already. */
  end(db: DatabaseSync, id: string): boolean {
    return Number(db.prepare('DELETE FROM guestLinks WHERE id = ?').run(id).changes) === 1
  },

  /** Ends all that one person made. */
  endOf(db: DatabaseSync, byUserId: string): void {
    db.prepare('DELETE FROM guestLinks WHERE byUserId = ?').run(byUserId)
  },
}
