import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:https'

/** How long a probe waits; one that was not answered counts as this long, ms. */
const giveUpMs = 10_000
const everyMs = 100

export type Flood = {
  /** Times of `/healthz` on a new connection each, ms, from the first connection of the flood to its last. */
  probes: number[]
  /** How many of the slow connections stood when all had been opened once. */
  standing: number
  /** Ends the slow connections. */
  end(): void
}

/**
 * Strangers from twenty addresses hold `slow` connections open with heads that never end, and then as many others ask
 * for `upgrades` websockets without a session, while `/healthz` of the server at `port` is asked ten times a second.
 */
export async function flood(port: number, size: { slow: number; upgrades: number }): Promise<Flood> {
  const slow = flooder(port, 'slow', size.slow)
  const opening = await probeUntil(port, once(slow, 'message'))
  slow.send('how many')
  const [standing] = (await once(slow, 'message')) as [number]
  const upgrades = flooder(port, 'upgrades', size.upgrades)
  const asking = await probeUntil(port, once(upgrades, 'exit'))
  return { probes: [...opening, ...asking], standing, end: () => void slow.kill('SIGKILL') }
}

/** Asks `/healthz` on a new connection ten times a second until `end` is there; ms of each. */
export async function probeUntil(port: number, end: Promise<unknown>): Promise<number[]> {
  const times: Promise<number>[] = []
  const ending = { isOver: false }
  void end.then(() => (ending.isOver = true))
  while (!ending.isOver) {
    times.push(probe(port))
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  return await Promise.all(times)
}

function probe(port: number): Promise<number> {
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

function flooder(port: number, what: 'slow' | 'upgrades', count: number): ChildProcess {
  const child = fork(new URL('flooder.ts', import.meta.url), [String(port), what, String(count)])
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}
