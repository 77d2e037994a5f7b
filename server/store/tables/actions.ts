import type { DatabaseSync } from 'node:sqlite'
import type { Action, ActionStep, Catching } from '../../contract/power.ts'
import { inTransaction } from '../transaction.ts'

/** An action with what is needed to go on watching it; `watch` is the power folder's own JSON. */
export type JournalEntry = { action: Action; watch: string | null }

type StoredAction = {
  id: string
  siteId: string
  deviceId: string
  pathId: string | null
  verb: string
  userId: string
  userName: string
  phase: string
  acceptedAt: number
  endedAt: number | null
  effect: string | null
  back: string | null
  usualBackMs: number | null
  steps: string
  watch: string | null
  catching: string | null
}

function toAction(row: StoredAction): Action {
  const { userId, userName, steps, watch: _watch, catching, ...rest } = row
  return {
    ...rest,
    by: { userId, name: userName },
    steps: JSON.parse(steps) as ActionStep[],
    ...(catching !== null && { catching: JSON.parse(catching) as Catching }),
  } as Action
}

/** Writes a new action. Used inside the transaction that spends its nonce. */
export function insertAction(db: DatabaseSync, { action, watch }: JournalEntry): void {
  db.prepare(
    `INSERT INTO actions (id, siteId, deviceId, pathId, verb, userId, userName, phase, acceptedAt, endedAt, effect,
     back, usualBackMs, steps, watch, catching) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
  ).run(
    action.id,
    action.siteId,
    action.deviceId,
    action.pathId,
    action.verb,
    action.by.userId,
    action.by.name,
    action.phase,
    action.acceptedAt,
    action.endedAt,
    action.effect,
    action.back,
    action.usualBackMs,
    JSON.stringify(action.steps),
    watch,
    action.catching === undefined ? null : JSON.stringify(action.catching),
  )
}

/** One action by its id. */
export function findAction(db: DatabaseSync, id: string): Action | null {
  const row = db.prepare('SELECT * FROM actions WHERE id = ?').get(id) as StoredAction | undefined
  return row === undefined ? null : toAction(row)
}

/** The newest action of a machine, by the order in which they were accepted: the clock may have been put back since. */
export function newestAction(db: DatabaseSync, deviceId: string): Action | null {
  const row = db
    .prepare('SELECT * FROM actions WHERE deviceId = ? ORDER BY rowid DESC LIMIT 1')
    .get(deviceId) as StoredAction | undefined
  return row === undefined ? null : toAction(row)
}

function update(db: DatabaseSync, { action, watch }: JournalEntry): void {
  db.prepare(
    'UPDATE actions SET phase = ?, endedAt = ?, effect = ?, back = ?, steps = ?, watch = ? WHERE id = ?',
  ).run(
    action.phase,
    action.endedAt,
    action.effect,
    action.back,
    JSON.stringify(action.steps),
    watch,
    action.id,
  )
}

/** Ends an action whose end nobody saw because the server stopped. */
function endAtStart(db: DatabaseSync, action: Action, now: number): Action {
  const wasSending = action.phase === 'sending'
  const verdict = wasSending ? 'unknownCrashed' : 'notSent'
  const steps: ActionStep[] = [
    ...action.steps,
    { at: now, type: wasSending ? 'sendUnknown' : 'notSent', reason: 'restarted' },
    { at: now, type: 'effect', verdict },
  ]
  const ended: Action = {
    ...action,
    phase: 'done',
    endedAt: now,
    effect: verdict,
    back: 'notExpected',
    steps,
  }
  update(db, { action: ended, watch: null })
  return ended
}

/** Keys that were being pressed when the server stopped are pressed no more; the actions that they belonged to. */
function endCatching(db: DatabaseSync, now: number): Action[] {
  const end = { at: now, why: 'restarted', by: null } satisfies Catching['end']
  const rows = db
    .prepare(
      `UPDATE actions SET catching = json_set(catching, '$.end', json(?))
       WHERE catching IS NOT NULL AND json_extract(catching, '$.end') IS NULL RETURNING *`,
    )
    .all(JSON.stringify(end)) as unknown as StoredAction[]
  return rows.map(toAction)
}

export const actions = {
  /**
   * Marks an action as sending, durably, before a press. False when it is not waiting for one any more: then nothing
   * may be sent.
   */
  markSending(db: DatabaseSync, entry: JournalEntry): boolean {
    const { changes } = db
      .prepare(
        `UPDATE actions SET phase = 'sending', steps = ?, watch = ?
         WHERE id = ? AND phase IN ('intent', 'watching') AND effect IS NULL`,
      )
      .run(JSON.stringify(entry.action.steps), entry.watch, entry.action.id)
    return Number(changes) === 1
  },

  /** Writes an action as it is now. */
  save(db: DatabaseSync, entry: JournalEntry): void {
    update(db, entry)
  },

  /** How it is with the keys that are pressed after an action. */
  setCatching(db: DatabaseSync, id: string, catching: Catching): void {
    db.prepare('UPDATE actions SET catching = ? WHERE id = ?').run(JSON.stringify(catching), id)
  },

  find: findAction,
  newest: newestAction,

  /**
   * Run once at start. Whatever was being sent ends as `unknownCrashed`, whatever was only intended as `notSent`; what
   * was being watched is handed back to be watched on. Keys that were being pressed are pressed no more. One
   * transaction; nothing is sent because of it.
   */
  recover(
    db: DatabaseSync,
    now: number,
  ): { ended: Action[]; watching: JournalEntry[]; noLongerCaught: Action[] } {
    return inTransaction(db, () => {
      const noLongerCaught = endCatching(db, now)
      const rows = db
        .prepare("SELECT * FROM actions WHERE phase <> 'done' ORDER BY acceptedAt")
        .all() as unknown as StoredAction[]
      const isWatching = (row: StoredAction): boolean => row.phase === 'watching' && row.watch !== null
      return {
        ended: rows.filter((row) => !isWatching(row)).map((row) => endAtStart(db, toAction(row), now)),
        watching: rows.filter(isWatching).map((row) => ({ action: toAction(row), watch: row.watch })),
        noLongerCaught,
      }
    })
  },

  /** The newest actions of each machine, newest first. */
  recent(db: DatabaseSync, perDevice: number, total: number): Action[] {
    const rows = db
      .prepare(
        `SELECT * FROM (SELECT *, rowid AS place, row_number() OVER (PARTITION BY deviceId ORDER BY rowid DESC) AS nth
         FROM actions) WHERE nth <= ? ORDER BY place DESC LIMIT ?`,
      )
      .all(perDevice, total) as unknown as (StoredAction & { nth?: number; place?: number })[]
    return rows.map(({ nth: _nth, place: _place, ...row }) => toAction(row))
  },

  /** One machine's actions, newest first, accepted before `before` (ms) when given. */
  ofDevice(db: DatabaseSync, deviceId: string, limit: number, before: number | null): Action[] {
    const rows = db
      .prepare(
        'SELECT * FROM actions WHERE deviceId = ? AND acceptedAt < ? ORDER BY acceptedAt DESC, id DESC LIMIT ?',
      )
      .all(deviceId, before ?? Number.MAX_SAFE_INTEGER, limit) as unknown as StoredAction[]
    return rows.map(toAction)
  },
}
