import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { seededRandom } from '../../../server/sim/bmc/faults.ts'
import { until } from '../../peers/ipmi/child.ts'
import { type Bench, startBench } from '../support.ts'
import { rounds } from '../../support/rounds.ts'

/** Restarts. */
const crashes = rounds(6, 500)
const child = fileURLToPath(new URL('crash-child.ts', import.meta.url))

let bench: Bench
let folder: string

afterEach(async () => {
  await bench[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test(
  `${crashes} restarts by kill -9 leave at most two sessions in the BMC`,
  { timeout: 60_000 + crashes * 2000 },
  async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipmi-crash-'))
    bench = await startBench({ maxSessions: 4 })
    const { sessions } = bench.bmc
    const random = seededRandom(7)
    let peak = 0
    const start = (stdout: 'pipe' | 'ignore'): ChildProcess =>
      spawn(process.execPath, [child, String(bench.bmc.port), join(folder, 'journal.json')], {
        stdio: ['ignore', stdout, 'inherit'],
        env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') },
      })
    for (let i = 0; i < crashes; i++) {
      const process1 = start('pipe')
      const ended = once(process1, 'exit')
      await once(process1.stdout!, 'data')
      // At any moment of the login, the clean-up or the work after it.
      await new Promise((resolve) => setTimeout(resolve, random() * 40))
      process1.kill('SIGKILL')
      await ended
      peak = Math.max(peak, sessions.active.length)
    }
    const last = start('ignore')
    const ended = once(last, 'exit')
    await until(
      'the last start to have cleaned up',
      () => sessions.active.length > 0 && sessions.active.length <= 2,
    )
    last.kill('SIGKILL')
    await ended
    expect(sessions.active.length).toBeLessThanOrEqual(2)
    expect(peak).toBeLessThanOrEqual(2)
  },
)
