import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { seededRandom } from '../../server/sim/bmc/faults.ts'
import { rounds } from '../support/rounds.ts'

const crashes = rounds(4, 1000)
/** So that looking at all of it stays quick. */
const ofOneDatabase = 25
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crashcart-store-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Lets a process write until it is killed at a random moment; gives the ids whose writes were acknowledged. */
async function writeUntilKilled(file: string, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') },
  })
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  child.kill('SIGKILL')
  await closed
  // The last line may have been cut.
  return output.split('\n').slice(0, -1)
}

function column(db: DatabaseSync, sql: string): string[] {
  return db
    .prepare(sql)
    .all()
    .map((row) => String(Object.values(row)[0]))
}

it(
  `${crashes} times kill -9 in the middle of writes leaves a sound database with every acknowledged write, whole`,
  { timeout: 60_000 + crashes * 10_000 },
  async () => {
    const random = seededRandom(3)
    let acknowledged = new Set<string>()
    let total = 0
    for (let i = 0; i < crashes; i++) {
      if (i % ofOneDatabase === 0) acknowledged = new Set()
      const file = join(folder, `crashcart-${Math.floor(i / ofOneDatabase)}.db`)
      const written = await writeUntilKilled(file, random() * 80)
      total += written.length
      for (const id of written) acknowledged.add(id)
      const db = new DatabaseSync(file)
      expect(column(db, 'PRAGMA integrity_check')).toEqual(['ok'])
      const [sites, racks, events] = [
        new Set(column(db, 'SELECT id FROM sites')),
        new Set(column(db, 'SELECT id FROM racks')),
        new Set(column(db, 'SELECT event FROM audit')),
      ]
      db.close()
      expect([...acknowledged].filter((id) => !sites.has(id))).toEqual([])
      // What was not acknowledged may be there, but only as a whole.
      expect(racks).toEqual(sites)
      expect(events).toEqual(sites)
    }
    expect(total).toBeGreaterThan(crashes)
  },
)
