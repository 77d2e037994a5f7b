import { DatabaseSync } from 'node:sqlite'

/**
 * Claims a database for this process until it closes what it gets or ends in whatever way; null when another process
 * has it. Two servers on one database would each end what the other has begun. The lock lies in a file of its own, so
 * that the command line still works beside a server.
 */
export function claimDatabase(databaseFile: string): DatabaseSync | null {
  const lock = new DatabaseSync(databaseFile === ':memory:' ? databaseFile : `${databaseFile}.lock`)
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (isBusy(error)) return null
    throw error
  }
}

/** SQLITE_BUSY (5) with its extended codes. */
function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5
}
