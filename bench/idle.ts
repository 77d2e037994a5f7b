import { printFigure, quantile, spreadOf } from './figure.ts'
import { cpuSeconds, endChild, rssMb, startBare } from './support/bare-process.ts'
import { startBenchServer } from './support/crashcart.ts'
import { fillDevices } from './support/fill-devices.ts'
import { startServer } from '../test/support/server-process.ts'

/** Memory and CPU of a server that nobody looks at, 50 machines written down and checked, beside the bare process. */
const settleMs = 20_000
const windowMs = 30_000
const samples = 10

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

// The first process makes the data; the measured one starts as it does every day, with a warm compile cache.
const first = await startBenchServer()
await fillDevices(first, 50)
const { dataDir } = first.server
await endChild(first.server.child)

const server = await startServer({ dataDir, env: { CRASHCART_LOG_LEVEL: 'silent' } })
process.once('exit', () => server.child.kill('SIGKILL'))
const bare = await startBare()
const pids = { ours: server.child.pid ?? 0, bare: bare.child.pid ?? 0 }
await wait(settleMs)
const rss = { ours: [] as number[], bare: [] as number[] }
const cpu = { ours: [] as number[], bare: [] as number[] }
for (let sample = 0; sample < samples; sample++) {
  const before = { ours: cpuSeconds(pids.ours), bare: cpuSeconds(pids.bare) }
  await wait(windowMs / samples)
  for (const who of ['ours', 'bare'] as const) {
    rss[who].push(rssMb(pids[who]))
    cpu[who].push(((cpuSeconds(pids[who]) - before[who]) * 100_000) / (windowMs / samples))
  }
}
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
printFigure({
  name: 'idle.rss',
  value: quantile(rss.ours, 0.5),
  unit: 'MB',
  reference: quantile(rss.bare, 0.5),
  goal: 1.6,
  n: samples,
  spread: spreadOf(rss.ours),
})
printFigure({
  name: 'idle.cpu',
  value: mean(cpu.ours),
  unit: '% of one core',
  reference: null,
  why: 'the bare process does nothing when idle: its share is 0; the goal is a share of one core',
  goal: 0.5,
  n: samples,
  spread: spreadOf(cpu.ours),
})
await server.stop()
await endChild(bare.child)
