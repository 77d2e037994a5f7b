import type { DatabaseSync } from 'node:sqlite'

/** Runs `work` in one transaction: all of it is durable when this returns, or none of it when it throws. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

/** Throws unless a statement touched exactly one row: the copy in memory and the file would no longer agree. */
export function expectOneRow(result: { changes: number | bigint }, what: string): void {
  if (Number(result.changes) !== 1) throw new Error(`${what}: ${result.changes} rows were changed, not one`)
}
