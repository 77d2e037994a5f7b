import type { DatabaseSync } from 'node:sqlite'
import type { Action, PowerVerb } from '../../contract/power.ts'
import { inTransaction } from '../transaction.ts'
import { findAction, insertAction, newestAction, type JournalEntry } from './actions.ts'

/** A permission to ask for one action once. `pathId` is '' for an action that needs no power path. */
export type NonceRow = {
  nonce: string
  userId: string
  deviceId: string
  verb: PowerVerb
  pathId: string
  /** What the person saw, as the power folder's own JSON. */
  stateTag: string
  expiresAt: number
  actionId: string | null
}

export type SpendResult =
  | { result: 'spent'; action: Action; superseded: string[] }
  /** The same request once more: the action it already made. */
  | { result: 'again'; action: Action }
  | { result: 'expired' }
  /** An action that the person has not seen is newer than the nonce. */
  | { result: 'stateChanged' }
  | { result: 'busy'; action: Action }

const keepSpentMs = 30 * 24 * 3_600_000
const keepUnspentMs = 24 * 3_600_000

function findNonce(db: DatabaseSync, nonce: string): NonceRow | null {
  const row = db.prepare('SELECT * FROM nonces WHERE nonce = ?').get(nonce) as NonceRow | undefined
  return row === undefined ? null : { ...row }
}

/** Actions that only wait for the machine to serve again end when the next one is accepted. */
function endWaiting(db: DatabaseSync, deviceId: string, now: number): string[] {
  const rows = db
    .prepare("SELECT id FROM actions WHERE deviceId = ? AND phase = 'watching' AND effect IS NOT NULL")
    .all(deviceId) as { id: string }[]
  const end = db.prepare(
    `UPDATE actions SET phase = 'done', endedAt = ?, watch = NULL,
     back = CASE back WHEN 'waiting' THEN 'notBack' ELSE back END WHERE id = ?`,
  )
  for (const { id } of rows) end.run(now, id)
  return rows.map(({ id }) => id)
}

export const nonces = {
  /** Keeps a new nonce and drops those long over. */
  create(db: DatabaseSync, row: NonceRow, now: number): void {
    inTransaction(db, () => {
      db.prepare(`DELETE FROM nonces WHERE (actionId IS NULL AND expiresAt < ?) OR expiresAt < ?`).run(
        now - keepUnspentMs,
        now - keepSpentMs,
      )
      db.prepare(
        `INSERT INTO nonces (nonce, userId, deviceId, verb, pathId, stateTag, expiresAt, actionId)
         VALUES (?,?,?,?,?,?,?,?)`,
      ).run(
        row.nonce,
        row.userId,
        row.deviceId,
        row.verb,
        row.pathId,
        row.stateTag,
        row.expiresAt,
        row.actionId,
      )
    })
  },

  find: findNonce,

  /**
   * Spends a nonce and journals its action as intent, or says why not; one transaction. `lastActionId` is the newest
   * action of the machine that the person knew of (null: none).
   */
  spend(
    db: DatabaseSync,
    nonce: string,
    lastActionId: string | null,
    entry: JournalEntry,
    now: number,
  ): SpendResult {
    return inTransaction(db, (): SpendResult => {
      const row = findNonce(db, nonce)
      if (row === null) return { result: 'expired' }
      const made = row.actionId === null ? null : findAction(db, row.actionId)
      if (made !== null) return { result: 'again', action: made }
      if (row.actionId !== null || row.expiresAt <= now) return { result: 'expired' }
      const newest = newestAction(db, row.deviceId)
      if (newest !== null && newest.phase !== 'done' && newest.effect === null) {
        return { result: 'busy', action: newest }
      }
      if ((newest?.id ?? null) !== lastActionId) return { result: 'stateChanged' }
      const superseded = endWaiting(db, row.deviceId, now)
      insertAction(db, entry)
      db.prepare('UPDATE nonces SET actionId = ? WHERE nonce = ?').run(entry.action.id, nonce)
      return { result: 'spent', action: entry.action, superseded }
    })
  },

  /**
   * Makes an unspent nonce unusable, so that a request still on its way can do nothing any more; returns the row as it
   * is afterwards. Nobody else's nonce is touched.
   */
  withdraw(db: DatabaseSync, nonce: string, userId: string): NonceRow | null {
    return inTransaction(db, () => {
      db.prepare('UPDATE nonces SET expiresAt = 0 WHERE nonce = ? AND userId = ? AND actionId IS NULL').run(
        nonce,
        userId,
      )
      return findNonce(db, nonce)
    })
  },
}
