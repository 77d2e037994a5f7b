import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { addPikvm } from '../test/support/fresh-server.ts'
import { startBenchServer } from './support/crashcart.ts'
import { KeyMachine } from './support/key-machine.ts'
import { openThroughCrashcart } from './support/key-paths.ts'

/**
 * Keys through Crashcart while it writes to its database all the time: as usual, and with a disk whose every flush takes
 * 300 ms. The figure is by how much the slowest hundredth of the keys is later.
 */
const keysPerPhase = 400
const phases = 3
const everyMs = 15
const password = 'admin'

const folder = mkdtempSync(join(tmpdir(), 'bench-stall-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const library = join(folder, 'slow-fsync.so')
const stalls = join(folder, 'stalls')
const source = fileURLToPath(new URL('support/slow-fsync.c', import.meta.url))
if (!existsSync('/usr/bin/cc')) failBench('a C compiler is missing: apt-get install gcc libc6-dev')
if (spawnSync('/usr/bin/cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl']).status !== 0)
  failBench('the slow disk could not be compiled')

const machine = new KeyMachine()
const pikvm = await machine.ready()
const bench = await startBenchServer({ env: { LD_PRELOAD: library, SLOW_FSYNC: stalls } })
const where = { host: pikvm.host, port: pikvm.port, password }
const { deviceId } = await addPikvm(bench, where, 'bench')
const path = await openThroughCrashcart(bench.admin.socket(`/api/screen/${deviceId}`))
await sleep(2_000)

const writing = new AbortController()
const writes: number[] = []
/** One durable write after another, as many as the disk takes, at most fifty a second. */
async function keepWriting(): Promise<void> {
  for (let count = 0; !writing.signal.aborted; count += 1) {
    const startedAt = performance.now()
    await bench.admin.ok('POST', '/api/sites', { name: `Site ${count}`, timeZone: 'UTC' })
    writes.push(performance.now() - startedAt)
    await sleep(20)
  }
}
const writer = keepWriting()

async function typeKeys(): Promise<number[]> {
  const times: number[] = []
  for (let count = 0; count < keysPerPhase; count += 1) {
    const code = `Key${String.fromCharCode(65 + (count % 26))}`
    for (const down of [true, false]) {
      const arrival = machine.next()
      const sentAt = process.hrtime.bigint()
      path.press(code, down)
      const seen = await arrival
      if (seen.key !== code || seen.down !== down) failBench(`sent ${code}, arrived ${seen.key}`)
      times.push(Number(seen.at - sentAt) / 1e6)
    }
    await sleep(everyMs)
  }
  return times
}

const [usual, stalled]: [number[], number[]] = [[], []]
const writeMs: { usual: number[]; stalled: number[] } = { usual: [], stalled: [] }
for (let phase = 0; phase < phases; phase += 1) {
  writes.length = 0
  usual.push(...(await typeKeys()))
  writeMs.usual.push(...writes)
  writeFileSync(stalls, '')
  writes.length = 0
  stalled.push(...(await typeKeys()))
  writeMs.stalled.push(...writes)
  rmSync(stalls)
}
writing.abort()
await writer
if (quantile(writeMs.stalled, 0.5) < 250) failBench('the disk was not slow: writes took no longer than usual')
printFigure({
  name: 'store-stall.p99',
  value: quantile(stalled, 0.99) - quantile(usual, 0.99),
  unit: 'ms later than usual',
  reference: null,
  why: `p99 ${quantile(usual, 0.99).toFixed(2)} ms as usual, ${quantile(stalled, 0.99).toFixed(2)} ms with writes of ${quantile(writeMs.stalled, 0.5).toFixed(0)} ms`,
  goal: 20,
  n: stalled.length,
  spread: spreadOf(stalled),
})
path.close()
await bench.server.stop()
machine.end()
process.exit(process.exitCode ?? 0)
