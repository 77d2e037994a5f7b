import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../server/store/store.ts'
import { startServer } from '../support/server-process.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crashcart-claim-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a database', () => {
  it('is claimed by one at a time, and free when that one closes it', async () => {
    const file = join(folder, 'crashcart.db')
    const first = await openStore(file, true)
    const second = await openStore(file, true)
    expect(await first.claim()).toBe(true)
    expect(await first.claim()).toBe(true)
    expect(await second.claim()).toBe(false)
    await first.close()
    expect(await second.claim()).toBe(true)
    await second.close()
  })

  it('with a server on it gets no second one, and a killed server leaves it free', async () => {
    const first = await startServer({ dataDir: folder })
    await expect(startServer({ dataDir: folder })).rejects.toThrow(/Another Crashcart runs with/)
    first.child.kill('SIGKILL')
    await new Promise((resolve) => first.child.once('exit', resolve))
    const next = await startServer({ dataDir: folder })
    expect(await next.stop()).toBe(0)
  }, 60_000)
})
