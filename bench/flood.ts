import { setTimeout as sleep } from 'node:timers/promises'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { rssMb } from './support/bare-process.ts'
import { startBenchServer } from './support/crashcart.ts'
import { flood, probeUntil } from './support/flood.ts'

/**
 * Strangers from twenty addresses hold 2,000 connections open with heads that never end, and 10,000 ask for a websocket
 * without a session, while `/healthz` is asked on a new connection ten times a second and the owner works on. The owner
 * must get every answer.
 */
const size = { slow: 2_000, upgrades: 10_000 }
const everyMs = 100

const bench = await startBenchServer()
const { port, child } = bench.server

const owner: number[] = []
const work = { isOver: false }
async function ownerWorks(): Promise<void> {
  while (!work.isOver) {
    const begun = performance.now()
    await bench.admin
      .ok('GET', '/api/devices')
      .catch((error: unknown) => failBench(`the owner was refused: ${String(error)}`))
    owner.push(performance.now() - begun)
    await sleep(everyMs)
  }
}

const calm = await probeUntil(port, sleep(5_000))
const rssBefore = rssMb(child.pid ?? 0)
const working = ownerWorks()
const { probes: flooded, end } = await flood(port, size)
const rss = rssMb(child.pid ?? 0)
work.isOver = true
await working
end()

const base = { unit: 'ms', reference: null, why: 'the promise is in milliseconds' } as const
printFigure({
  ...base,
  name: 'flood.healthz-p99',
  value: quantile(flooded, 0.99),
  goal: 500,
  n: flooded.length,
  spread: spreadOf(flooded),
})
printFigure({
  ...base,
  name: 'flood.owner-p99',
  value: quantile(owner, 0.99),
  goal: 500,
  n: owner.length,
  spread: spreadOf(owner),
})
printFigure({
  ...base,
  name: 'flood.calm-p99',
  value: quantile(calm, 0.99),
  goal: null,
  n: calm.length,
  spread: spreadOf(calm),
  why: 'the same probe before the flood',
})
printFigure({
  name: 'flood.rss',
  value: rss - rssBefore,
  unit: 'MB more',
  reference: null,
  why: 'what the flood costs',
  goal: null,
  n: 1,
  spread: [rss - rssBefore, rss - rssBefore],
})
await bench.server.stop()
