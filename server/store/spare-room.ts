import { existsSync, rmSync } from 'node:fs'
import { open, rename, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The log of writes grows to about 4 MB before it is used anew; the rest is for the database itself. */
const roomBytes = 8 * 1024 * 1024
const pieceBytes = 256 * 1024

/** Room on the disk that is kept for the database and given up when the disk is full. */
export interface SpareRoom {
  /** Takes the room again where the disk has more than enough; never rejects. */
  keep(): Promise<void>
  /** Gives it up. False when there is none (any more). */
  giveUp(): boolean
}

/**
 * A file of nothing beside the database: when something else fills the disk, people can still sign in, and what they do
 * is still written down. Nothing in it is ever read.
 */
export function createSpareRoom(databaseFile: string): SpareRoom {
  const file = `${databaseFile}.spare`
  return {
    async keep() {
      if (databaseFile === ':memory:' || existsSync(file)) return
      try {
        const { bavail, bsize } = await statfs(dirname(file))
        if (bavail * bsize < 2 * roomBytes) return
        await fill(`${file}.new`)
        await rename(`${file}.new`, file)
      } catch {
        // The disk filled up meanwhile or forbids it: then there is no spare room, as before.
        rmSync(`${file}.new`, { force: true })
      }
    },
    giveUp() {
      if (!existsSync(file)) return false
      rmSync(file)
      return true
    },
  }
}

async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    // Not zeros, which some file systems would keep nowhere.
    const piece = Buffer.alloc(pieceBytes, 'spare room ')
    for (let written = 0; written < roomBytes; written += pieceBytes) await handle.write(piece)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Does `work`, and once more in the spare room when the disk is full. `work` must be all or nothing, as a statement or a
 * transaction is.
 */
export function withRoom<T>(room: Pick<SpareRoom, 'giveUp'>, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isDiskFull(error) || !room.giveUp()) throw error
    return work()
  }
}

/** True for SQLITE_FULL (13): nothing of the statement or transaction was kept. */
export function isDiskFull(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 13
}
