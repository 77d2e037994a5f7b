import { DatabaseSync } from 'node:sqlite'

/** Runs `work` and tells whether anybody committed a change to the database file meanwhile. */
export async function isChangedBy(file: string, work: () => Promise<void>): Promise<boolean> {
  const watcher = new DatabaseSync(file, { readOnly: true })
  try {
    const version = (): number =>
      (watcher.prepare('PRAGMA data_version').get() as { data_version: number }).data_version
    const before = version()
    await work()
    return version() !== before
  } finally {
    watcher.close()
  }
}
