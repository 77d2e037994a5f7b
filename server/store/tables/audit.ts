import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { AuditRow } from '../../contract/access.ts'
import { earliestNow } from '../../clock/server-clock.ts'
import { inTransaction } from '../transaction.ts'

export type AuditEntry = {
  at: number
  actorId: string | null
  actorName: string
  event: string
  deviceId: string | null
  detail: Record<string, unknown>
}
type StoredRow = Omit<AuditRow, 'detail'> & {
  actorId: string | null
  detail: string
  prevHash: string
  hash: string
}

const genesis = '0'.repeat(64)

/** Canonical JSON of one entry: fixed key order at the top, keys sorted below, so that a verifier can rebuild it. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

function chainHash(seq: number, entry: AuditEntry, prevHash: string): string {
  return createHash('sha256')
    .update(canonical({ seq, prevHash, ...entry }))
    .digest('hex')
}

/** Null for text that somebody has put there: what we write is JSON. */
function parseDetail(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    // The entry was changed; whoever asked says so.
    return null
  }
}

/** Less is drift, or the network's delay. */
const wrongMs = 2 * 60_000
/** Set while no server ran: for how long that was is not known, so less than this says nothing. */
const unknownPauseMs = 365 * 24 * 3600_000

/**
 * How wrong the clock was at an entry after `seq`: by all that it was set by since then. Set ahead and back again, it was
 * right before.
 */
function clockOffs(db: DatabaseSync, seq: number): (seq: number) => { clockOffMs?: number } {
  const rows = db
    .prepare("SELECT seq, detail FROM audit WHERE event = 'clock.set' AND seq > ? ORDER BY seq")
    .all(seq) as { seq: number; detail: string }[]
  const jumps = rows.map((row) => {
    const { byMs, from, whileOff } = parseDetail(row.detail) ?? {}
    // Later than it could have been, from a time that was possible: nobody ran it for so long.
    const isPause = whileOff === true && Number(byMs) > 0 && Number(from) >= earliestNow
    const countedMs = typeof byMs === 'number' && !isPause ? byMs : 0
    return { seq: row.seq, byMs: countedMs, whileOff: whileOff === true }
  })
  return (at) => {
    const since = jumps.filter((jump) => jump.seq > at)
    const clockOffMs = since.reduce((sum, { byMs }) => sum + byMs, 0)
    const doubtMs = since.some(({ whileOff }) => whileOff) ? unknownPauseMs : wrongMs
    return Math.abs(clockOffMs) < doubtMs ? {} : { clockOffMs }
  }
}

export const audit = {
  /** Appends one entry, durably, and returns its sequence number and hash. */
  append(db: DatabaseSync, entry: AuditEntry): { seq: number; hash: string } {
    return inTransaction(db, () => {
      const last = db.prepare('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1').get() as
        { seq: number; hash: string } | undefined
      const seq = (last?.seq ?? 0) + 1
      const prevHash = last?.hash ?? genesis
      const detail = canonical(entry.detail)
      const { at, actorId, actorName, event, deviceId } = entry
      const parsed = JSON.parse(detail) as Record<string, unknown>
      const hash = chainHash(seq, { at, actorId, actorName, event, deviceId, detail: parsed }, prevHash)
      db.prepare(
        'INSERT INTO audit (seq, at, actorId, actorName, event, deviceId, detail, prevHash, hash) VALUES (?,?,?,?,?,?,?,?,?)',
      ).run(seq, at, actorId, actorName, event, deviceId, detail, prevHash, hash)
      return { seq, hash }
    })
  },

  /** Newest first, below `beforeSeq` when given, of one device when given. */
  list(
    db: DatabaseSync,
    limit: number,
    beforeSeq: number | null,
    deviceId: string | null = null,
  ): AuditRow[] {
    const rows = db
      .prepare('SELECT * FROM audit WHERE seq < ? AND (? IS NULL OR deviceId = ?) ORDER BY seq DESC LIMIT ?')
      .all(beforeSeq ?? Number.MAX_SAFE_INTEGER, deviceId, deviceId, limit) as unknown as StoredRow[]
    const offAt = clockOffs(db, rows.at(-1)?.seq ?? 0)
    return rows.map(({ seq, at, actorName, event, deviceId: about, detail }) => ({
      seq,
      at,
      actorName,
      event,
      deviceId: about,
      detail: parseDetail(detail) ?? { unreadable: detail },
      ...offAt(seq),
    }))
  },

  /** Rebuilds the chain; `brokenAt` is the first entry that does not fit. */
  verify(db: DatabaseSync): { entries: number; head: string; brokenAt: number | null } {
    let prevHash = genesis
    let expectedSeq = 1
    for (const row of db.prepare('SELECT * FROM audit ORDER BY seq').iterate() as Iterable<StoredRow>) {
      const { at, actorId, actorName, event, deviceId } = row
      const detail = parseDetail(row.detail)
      const hash = detail && chainHash(row.seq, { at, actorId, actorName, event, deviceId, detail }, prevHash)
      if (row.seq !== expectedSeq || row.prevHash !== prevHash || row.hash !== hash) {
        return { entries: expectedSeq - 1, head: prevHash, brokenAt: row.seq }
      }
      prevHash = hash
      expectedSeq++
    }
    return { entries: expectedSeq - 1, head: prevHash, brokenAt: null }
  },
}
