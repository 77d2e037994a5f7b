import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:https'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { rssMb } from './support/bare-process.ts'
import { startBenchServer } from './support/crashcart.ts'

/**
 * Strangers hold 2,000 connections open with heads that never end, and 10,000 ask for a websocket without a session,
 * while `/healthz` is asked on a new connection ten times a second and the owner works on. The owner must get every
 * answer.
 */
const slowConnections = 2_000
const upgrades = 10_000
const everyMs = 100
const giveUpMs = 10_000

const bench = await startBenchServer()
const { port, child } = bench.server

/** One probe on a connection of its own, ms; a failure counts as the whole patience. */
function probe(): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve) => {
    const ask = request(
      {
        host: '127.0.0.1',
        port,
        path: '/healthz',
        headers: { host: `localhost:${port}` },
        rejectUnauthorized: false,
        agent: false,
        timeout: giveUpMs,
      },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode === 200 ? performance.now() - begun : giveUpMs))
      },
    )
    ask.on('error', () => resolve(giveUpMs))
    ask.on('timeout', () => ask.destroy(new Error('too late')))
    ask.end()
  })
}

async function probeUntil(isOver: () => boolean): Promise<number[]> {
  const times: Promise<number>[] = []
  while (!isOver()) {
    times.push(probe())
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  return await Promise.all(times)
}

function flooder(what: 'slow' | 'upgrades', count: number): ChildProcess {
  const process1 = fork(new URL('support/flooder.ts', import.meta.url), [String(port), what, String(count)])
  process.once('exit', () => process1.kill('SIGKILL'))
  return process1
}

const owner: number[] = []
const work = { isOver: false }
async function ownerWorks(): Promise<void> {
  while (!work.isOver) {
    const begun = performance.now()
    await bench.admin
      .ok('GET', '/api/devices')
      .catch((error: unknown) => failBench(`the owner was refused: ${String(error)}`))
    owner.push(performance.now() - begun)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

const calmEnd = performance.now() + 5_000
const calm = await probeUntil(() => performance.now() > calmEnd)
const rssBefore = rssMb(child.pid ?? 0)
const working = ownerWorks()
const slow = flooder('slow', slowConnections)
let isReady = false
slow.once('message', () => (isReady = true))
const opening = await probeUntil(() => isReady)
const asking = flooder('upgrades', upgrades)
let isDone = false
const exited = once(asking, 'exit').then(() => (isDone = true))
const flooded = [...opening, ...(await probeUntil(() => isDone))]
await exited
const rss = rssMb(child.pid ?? 0)
work.isOver = true
await working
slow.kill('SIGKILL')

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
