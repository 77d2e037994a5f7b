import type { DatabaseSync } from 'node:sqlite'

/**
 * Runs `work` in one transaction: all of it is durable when this returns, or none of it when it throws. The write lock
 * is taken at once, so that what `work` reads cannot change under it (the command line writes to the same file).
 * Inside a transaction it simply joins.
 */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  if (db.isTransaction) return work()
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // Some failures (disk full, I/O) have rolled back already.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Throws unless a statement touched exactly one row: the copy in memory and the file would no longer agree. */
export function expectOneRow(result: { changes: number | bigint }, what: string): void {
  if (Number(result.changes) !== 1) throw new Error(`${what}: ${result.changes} rows were changed, not one`)
}
