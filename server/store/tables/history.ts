import type { DatabaseSync } from 'node:sqlite'
import type { FactChange, PastPicture, PictureWhy } from '../../contract/history.ts'
import type { HealthState } from '../../contract/state.ts'
import { inTransaction } from '../transaction.ts'

/** `factKey` names what changed within one machine. */
export type StoredChange = {
  id: string
  siteId: string
  deviceId: string
  at: number
  factKey: string
  change: FactChange
}
export type StoredPastPicture = PastPicture & { deviceId: string; endpointId: string; jpeg: Uint8Array }
/** A kept picture that was still the same at `until`. */
export type PictureLook = { deviceId: string; at: number; until: number }
/** Addresses of a name, by its newest answer. */
export type KnownName = { name: string; addresses: readonly string[]; at: number }

/** What is written down behind everything else. `span`: the time in which this process has watched so far. */
export type HistoryBatch = {
  changes: readonly StoredChange[]
  pictures: readonly StoredPastPicture[]
  looks: readonly PictureLook[]
  names: readonly KnownName[]
  span: { startedAt: number; lastAt: number }
}
export type WatchSpan = HistoryBatch['span']
/** What is needed to go on where the process before ended. */
export type HistoryStart = {
  facts: { deviceId: string; factKey: string; change: FactChange }[]
  pictures: (PastPicture & { deviceId: string })[]
  names: KnownName[]
  health: LastHealth[]
}
/**
 * The last health in which a machine was known to be: since when, until when, and `otherUntil` (as in MachineState)
 * where nobody saw it begin.
 */
export type LastHealth = {
  deviceId: string
  health: HealthState
  since: number
  otherUntil?: number | null
  until: number
}

/** A machine that flaps all day must not fill the disk. */
const mostChangesPerDevice = 5000
const mostPictures = 12
/** So many places stay for pictures that were not kept for a change of state: neither kind crowds out the other. */
const ordinaryPictures = 8

/** Which of a machine's pictures, oldest first, must go. */
export function surplusPictures(kept: readonly { at: number; why: PictureWhy }[]): number[] {
  const left = [...kept]
  const surplus: number[] = []
  while (left.length > mostPictures) {
    const isCrowded = left.filter(({ why }) => why !== 'state').length > ordinaryPictures
    const index = left.findIndex(({ why }) => (why !== 'state') === isCrowded)
    surplus.push(...left.splice(Math.max(0, index), 1).map(({ at }) => at))
  }
  return surplus
}

function addChanges(db: DatabaseSync, changes: readonly StoredChange[]): void {
  const insert = db.prepare(
    `INSERT INTO stateChanges (id, siteId, deviceId, at, factKey, change) SELECT ?1, ?2, ?3, ?4, ?5, ?6
     WHERE EXISTS (SELECT 1 FROM devices WHERE id = ?3)`,
  )
  const remember = db.prepare(
    `INSERT INTO lastFacts (deviceId, factKey, change) SELECT ?1, ?2, ?3
     WHERE EXISTS (SELECT 1 FROM devices WHERE id = ?1)
     ON CONFLICT (deviceId, factKey) DO UPDATE SET change = ?3`,
  )
  for (const { id, siteId, deviceId, at, factKey, change } of changes) {
    const text = JSON.stringify(change)
    insert.run(id, siteId, deviceId, at, factKey, text)
    remember.run(deviceId, factKey, text)
  }
  const cut = db.prepare(
    `DELETE FROM stateChanges WHERE deviceId = ?1 AND at <
     (SELECT at FROM stateChanges WHERE deviceId = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)`,
  )
  for (const deviceId of new Set(changes.map((change) => change.deviceId)))
    cut.run(deviceId, mostChangesPerDevice - 1)
}

function addPictures(db: DatabaseSync, { pictures, looks }: HistoryBatch): void {
  const insert = db.prepare(
    `INSERT INTO pastPictures (deviceId, endpointId, at, until, why, jpeg) SELECT ?1, ?2, ?3, ?4, ?5, ?6
     WHERE EXISTS (SELECT 1 FROM devices WHERE id = ?1) ON CONFLICT (deviceId, at) DO NOTHING`,
  )
  for (const { deviceId, endpointId, at, until, why, jpeg } of pictures)
    insert.run(deviceId, endpointId, at, until, why, jpeg)
  const look = db.prepare('UPDATE pastPictures SET until = ?3 WHERE deviceId = ?1 AND at = ?2 AND until < ?3')
  for (const { deviceId, at, until } of looks) look.run(deviceId, at, until)
  const drop = db.prepare('DELETE FROM pastPictures WHERE deviceId = ? AND at = ?')
  for (const deviceId of new Set(pictures.map((picture) => picture.deviceId))) {
    for (const at of surplusPictures(picturesOf(db, deviceId))) drop.run(deviceId, at)
  }
}

/** Oldest first. */
function picturesOf(db: DatabaseSync, deviceId: string): PastPicture[] {
  return db
    .prepare('SELECT at, until, why FROM pastPictures WHERE deviceId = ? ORDER BY at')
    .all(deviceId) as PastPicture[]
}

function addNames(db: DatabaseSync, names: readonly KnownName[]): void {
  const put = db.prepare(
    'INSERT INTO names (name, addresses, at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET addresses = ?2, at = ?3',
  )
  for (const { name, addresses, at } of names) put.run(name, JSON.stringify(addresses), at)
}

/** What was known of each machine's health when the process before ended. Times in which nobody could look are left out. */
function lastHealth(db: DatabaseSync): LastHealth[] {
  const rows = db
    .prepare(
      `WITH told AS (
         SELECT deviceId, at, id, change, change ->> 'value' AS health,
           change ->> 'value' = 'unknown' AND change ->> 'cause' <> 'nothingToAsk' AS isBlind
         FROM stateChanges WHERE factKey = 'health'
       ), seen AS (
         SELECT *, lag(health) OVER (PARTITION BY deviceId ORDER BY at, id) AS former FROM told WHERE NOT isBlind
       ), begun AS (
         SELECT *, row_number() OVER (PARTITION BY deviceId ORDER BY at DESC, id DESC) AS nth
         FROM seen WHERE former IS NOT health
       ), newest AS (
         SELECT deviceId, at, isBlind, row_number() OVER (PARTITION BY deviceId ORDER BY at DESC, id DESC) AS nth FROM told
       )
       SELECT begun.deviceId, begun.health, begun.at AS since, former IS NULL AS isOldest, change,
         CASE WHEN newest.isBlind THEN newest.at
           ELSE max(newest.at, (SELECT coalesce(max(lastAt), 0) FROM watchSpans)) END AS until
       FROM begun JOIN newest ON newest.deviceId = begun.deviceId AND newest.nth = 1 WHERE begun.nth = 1`,
    )
    .all() as {
    deviceId: string
    health: HealthState
    since: number
    isOldest: number
    change: string
    until: number
  }[]
  return rows.map(({ deviceId, health, since, isOldest, change, until }) => {
    const { otherUntil } = JSON.parse(change) as { otherUntil?: number | null }
    // What was before the oldest line nobody knows (any more).
    const open = otherUntil === undefined && isOldest === 1 ? null : otherUntil
    return { deviceId, health, since, until, ...(open !== undefined && { otherUntil: open }) }
  })
}

export const history = {
  /** Everything that the process before knew. */
  start(db: DatabaseSync): HistoryStart {
    const facts = db.prepare('SELECT deviceId, factKey, change FROM lastFacts').all() as {
      deviceId: string
      factKey: string
      change: string
    }[]
    const names = db.prepare('SELECT name, addresses, at FROM names').all() as {
      name: string
      addresses: string
      at: number
    }[]
    return {
      facts: facts.map((row) => ({ ...row, change: JSON.parse(row.change) as FactChange })),
      pictures: db
        .prepare('SELECT deviceId, at, until, why FROM pastPictures ORDER BY at')
        .all() as HistoryStart['pictures'],
      names: names.map((row) => ({ ...row, addresses: JSON.parse(row.addresses) as string[] })),
      health: lastHealth(db),
    }
  },

  /** All of a batch in one transaction, so with one sync; what belongs to a machine that is gone is left out. */
  write(db: DatabaseSync, batch: HistoryBatch): void {
    inTransaction(db, () => {
      addChanges(db, batch.changes)
      addPictures(db, batch)
      addNames(db, batch.names)
      const { startedAt, lastAt } = batch.span
      db.prepare(
        `INSERT INTO watchSpans (startedAt, lastAt) VALUES (?1, ?2)
         ON CONFLICT (startedAt) DO UPDATE SET lastAt = max(lastAt, ?2)`,
      ).run(startedAt, lastAt)
    })
  },

  /** Removes at most `most` changes from before `before`, and old spans; returns how many changes went. */
  prune(db: DatabaseSync, before: number, most: number): number {
    return inTransaction(db, () => {
      db.prepare('DELETE FROM watchSpans WHERE lastAt < ?').run(before)
      const { changes } = db
        .prepare('DELETE FROM stateChanges WHERE id IN (SELECT id FROM stateChanges WHERE at < ? LIMIT ?)')
        .run(before, most)
      return Number(changes)
    })
  },

  /** One machine's changes before `before`, newest first. */
  changes(db: DatabaseSync, deviceId: string, before: number, limit: number): StoredChange[] {
    const rows = db
      .prepare('SELECT * FROM stateChanges WHERE deviceId = ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?')
      .all(deviceId, before, limit) as unknown as (Omit<StoredChange, 'change'> & { change: string })[]
    return rows.map((row) => ({ ...row, change: JSON.parse(row.change) as FactChange }))
  },

  /** One machine's kept pictures, without their bytes, oldest first. */
  pictures: picturesOf,

  picture(db: DatabaseSync, deviceId: string, at: number): Uint8Array | null {
    const row = db.prepare('SELECT jpeg FROM pastPictures WHERE deviceId = ? AND at = ?').get(deviceId, at)
    return (row as { jpeg: Uint8Array } | undefined)?.jpeg ?? null
  },

  /** When Crashcart watched, oldest first. */
  spans(db: DatabaseSync): WatchSpan[] {
    return db.prepare('SELECT startedAt, lastAt FROM watchSpans ORDER BY startedAt').all() as WatchSpan[]
  },
}
