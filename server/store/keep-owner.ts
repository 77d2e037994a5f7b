import { chownSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Gives the database and what lies beside it to the owner of its directory. What root makes by a command would stay
 * root's, and a service with a user of its own could not open it.
 */
export function keepOwner(databaseFile: string): void {
  if (process.getuid?.() !== 0) return
  const folder = dirname(databaseFile)
  const { uid, gid } = statSync(folder)
  for (const name of readdirSync(folder)) {
    if (name.startsWith(basename(databaseFile))) chownSync(join(folder, name), uid, gid)
  }
}
