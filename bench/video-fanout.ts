import { setTimeout as sleep } from 'node:timers/promises'
import { makeSelfSigned } from '../server/sim/pikvm/certificate.ts'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { startShaper } from './shaper.ts'
import { cpuSeconds } from './support/bare-process.ts'
import {
  openMjpeg,
  openViewer,
  startVideoNginx,
  startTarget,
  startVideoBench,
  type VideoViewer,
} from './support/video-bench.ts'

/**
 * The same MJPEG (90 kB frames, 30 a second) to 1, 4 and 16 viewers through Crashcart and through nginx, which takes it
 * from the source once for each viewer: CPU of the server's process a delivered frame, and age of the frames at the
 * viewer. Then the rate that one viewer gets over an ample link with a long round trip.
 */
const warmUpMs = 2_500
const measureMs = 4_000
const rounds = 3

const target = await startTarget('video-target.ts')
const world = await startVideoBench(target)
const nginx = await startVideoNginx(target, await makeSelfSigned('localhost', '127.0.0.1'))
const { port } = world.bench.server

type Sample = { cpuMs: number; ageMs: number; fps: number }

/** Runs so many viewers and says what each of their frames cost. */
async function run(count: number, pid: number, open: () => VideoViewer): Promise<Sample> {
  const viewers = Array.from({ length: count }, open)
  await sleep(warmUpMs)
  for (const viewer of viewers) viewer.arrivals.length = 0
  const cpuBefore = cpuSeconds(pid)
  const startedAt = performance.now()
  await sleep(measureMs)
  const cpuMs = (cpuSeconds(pid) - cpuBefore) * 1_000
  const seconds = (performance.now() - startedAt) / 1_000
  const arrivals = viewers.flatMap((viewer) => viewer.arrivals)
  if (viewers.some((viewer) => viewer.arrivals.length === 0)) failBench('a viewer got no frames')
  for (const viewer of viewers) viewer.close()
  await sleep(500)
  const ageMs = quantile(
    arrivals.map((arrival) => arrival.ageMs),
    0.5,
  )
  return { cpuMs: cpuMs / arrivals.length, ageMs, fps: arrivals.length / count / seconds }
}

const ways = {
  plain: { ours: `ws://127.0.0.1:${world.plainPort}`, theirs: nginx.plain },
  tls: { ours: `wss://127.0.0.1:${port}`, theirs: nginx.tls },
} as const
for (const count of [1, 4, 16]) {
  for (const [name, { ours, theirs }] of Object.entries(ways)) {
    const [own, reference]: [Sample[], Sample[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      reference.push(await run(count, nginx.pid, () => openMjpeg(theirs)))
      own.push(await run(count, world.pid, () => openViewer(world, { url: ours })))
    }
    const middle = (samples: Sample[], of: keyof Sample): number =>
      quantile(
        samples.map((one) => one[of]),
        0.5,
      )
    const common = { n: rounds }
    const goal = count < 16 ? null : name === 'plain' ? 0.6 : 1
    printFigure({
      name: `video-fanout.cpu.${count}.${name}`,
      value: middle(own, 'cpuMs'),
      unit: 'ms/frame',
      reference: middle(reference, 'cpuMs'),
      goal,
      spread: spreadOf(own.map(({ cpuMs }) => cpuMs)),
      ...common,
    })
    printFigure({
      name: `video-fanout.age.${count}.${name}`,
      value: middle(own, 'ageMs'),
      unit: 'ms',
      reference: middle(reference, 'ageMs'),
      goal: null,
      spread: spreadOf(own.map(({ ageMs }) => ageMs)),
      ...common,
    })
    printFigure({
      name: `video-fanout.rate.${count}.${name}`,
      value: middle(own, 'fps'),
      unit: 'fps',
      reference: middle(reference, 'fps'),
      goal: null,
      spread: spreadOf(own.map(({ fps }) => fps)),
      ...common,
    })
  }
}

const ample = { bitsPerSecond: 1_000_000_000, windowBytes: 16_000_000 }
for (const rttMs of [20, 100, 400]) {
  const [to, beside] = [
    await startShaper({ ...ample, targetPort: port, rttMs }),
    await startShaper({ ...ample, targetPort: nginx.plainPort, rttMs }),
  ]
  const own: Sample[] = []
  const reference: Sample[] = []
  for (let round = 0; round < rounds; round += 1) {
    reference.push(
      await run(1, nginx.pid, () => openMjpeg(`http://127.0.0.1:${beside.port}/streamer/stream`)),
    )
    own.push(await run(1, world.pid, () => openViewer(world, { url: `wss://127.0.0.1:${to.port}` })))
  }
  printFigure({
    name: `video-fanout.fps.${rttMs}ms`,
    value: quantile(
      own.map(({ fps }) => fps),
      0.5,
    ),
    unit: 'fps',
    reference: quantile(
      reference.map(({ fps }) => fps),
      0.5,
    ),
    goal: null,
    n: rounds,
    spread: spreadOf(own.map(({ fps }) => fps)),
  })
  await to.close()
  await beside.close()
}
await world.bench.server.stop()
target.child.disconnect()
process.exit(process.exitCode ?? 0)
