import { fork } from 'node:child_process'
import { once } from 'node:events'
import { getChassisStatus, IpmiClient } from 'node-ipmi'
import { failBench, printFigure, spreadOf } from './figure.ts'

/**
 * 1,000 simulated BMCs (in another process), each polled every 15 s by this one over its own session: the share of one
 * core that takes, memory per BMC, and polls that were late or failed. Logging in is not part of it, and given on stderr.
 */
const count = 1000
const periodMs = 15_000
const rounds = 3
/** A poll is missed when its answer is not there before the next one is due. */
const noReference = 'no other tool keeps a thousand sessions open in one process'

type Fleet = { ports: number[] }

async function startFleet(): Promise<{ ports: number[]; stop: () => void }> {
  const child = fork(new URL('./support/bmc-fleet.ts', import.meta.url), [String(count)])
  const [fleet] = (await once(child, 'message')) as [Fleet]
  return { ports: fleet.ports, stop: () => child.disconnect() }
}

async function logIn(clients: readonly IpmiClient[]): Promise<void> {
  const startedAt = performance.now()
  const waiting = [...clients]
  const work = async (): Promise<void> => {
    for (let client = waiting.pop(); client; client = waiting.pop()) await client.connect()
  }
  await Promise.all(Array.from({ length: 20 }, work))
  process.stderr.write(`${clients.length} logins in ${Math.round(performance.now() - startedAt)} ms\n`)
}

let missed = 0

async function poll(client: IpmiClient): Promise<void> {
  try {
    const status = await client.run(getChassisStatus(), { signal: AbortSignal.timeout(periodMs) })
    if (!status.isPowered) failBench('a BMC gave a wrong answer')
  } catch {
    // Whatever the reason: this poll brought nothing.
    missed += 1
  }
}

/** One round: every BMC once, spread evenly over the period. Gives the CPU share in percent of one core. */
async function runRound(clients: readonly IpmiClient[]): Promise<number> {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const polls = clients.map(
    (client, i) =>
      new Promise<void>((resolve) =>
        setTimeout(() => void poll(client).then(resolve), (i * periodMs) / count),
      ),
  )
  await Promise.all(polls)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAt + periodMs - performance.now())))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 10 / (performance.now() - startedAt)
}

const fleet = await startFleet()
const bareMb = process.memoryUsage().rss / 1e6
const clients = fleet.ports.map(
  (port) =>
    new IpmiClient({ host: '127.0.0.1', port, username: 'user', password: 'user', maxPrivilege: 'user' }),
)
await logIn(clients)
const shares: number[] = []
for (let round = 0; round < rounds; round++) shares.push(await runRound(clients))
const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
const base = { reference: null, why: noReference, n: rounds }
printFigure({
  ...base,
  name: 'ipmi-fleet.cpu',
  value: mean,
  unit: '% of one core',
  goal: 25,
  spread: spreadOf(shares),
})
printFigure({
  ...base,
  name: 'ipmi-fleet.missed',
  value: missed,
  unit: 'polls',
  goal: 0,
  n: count * rounds,
  spread: [missed, missed],
})
const growthMb = process.memoryUsage().rss / 1e6 - bareMb
const perBmc = (growthMb * 1000) / count
printFigure({
  ...base,
  name: 'ipmi-fleet.memory',
  value: perBmc,
  unit: 'kB per BMC',
  goal: null,
  spread: [perBmc, perBmc],
})
await Promise.all(clients.map((client) => client.close()))
fleet.stop()
