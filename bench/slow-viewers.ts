import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { startShaper, type Shaper } from './shaper.ts'
import { signInAgain } from './support/crashcart.ts'
import { openViewer, startTarget, startVideoBench, type VideoViewer } from './support/video-bench.ts'

/**
 * One viewer at 50 kB/s that insists on whole pictures: how old they are when they arrive, beside the time that one
 * picture takes on that link. Then 50 viewers at 64 kbit/s and 50 that read nothing: what that costs the server's
 * memory, and one healthy viewer its pictures.
 */
const slowMs = 25_000
const rttMs = 80
const aloneMs = 5_000
const frozenWithinMs = 30_000
const crowd = 50

const target = await startTarget('video-target.ts')
const world = await startVideoBench(target)
const { port } = world.bench.server
const urlOf = (shaper: Shaper): string => `wss://127.0.0.1:${shaper.port}`

const link = await startShaper({ targetPort: port, bitsPerSecond: 400_000, rttMs })
const slow = openViewer(world, { url: urlOf(link) })
await sleep(slowMs)
slow.close()
const settled = slow.arrivals.slice(3)
if (settled.length < 6) failBench(`the slow viewer got only ${slow.arrivals.length} pictures`)
const ages = settled.map(({ reachedAgeMs }) => reachedAgeMs)
const transferMs =
  quantile(
    settled.map(({ bytes }) => bytes),
    0.5,
  ) /
    50 +
  rttMs / 2
printFigure({
  name: 'slow-viewers.age',
  value: quantile(ages, 0.9),
  unit: 'ms',
  reference: transferMs,
  goal: 1.5,
  n: ages.length,
  spread: spreadOf(ages),
})
const half = Math.floor(ages.length / 2)
printFigure({
  name: 'slow-viewers.age-growth',
  value: quantile(ages.slice(half), 0.5),
  unit: 'ms',
  reference: quantile(ages.slice(0, half), 0.5),
  goal: 1.1,
  n: ages.length,
  spread: spreadOf(ages.slice(half)),
})
await link.close()

function rssMb(field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${world.pid}/status`, 'utf8')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
}

const healthy = openViewer(world)
await sleep(2_000)
healthy.arrivals.length = 0
await sleep(aloneMs)
const aloneFps = healthy.arrivals.length / (aloneMs / 1_000)
const rssBefore = rssMb('VmRSS')

const shapers = await Promise.all(
  Array.from({ length: crowd }, () => startShaper({ targetPort: port, bitsPerSecond: 64_000, rttMs })),
)
/** A session may have 32 sockets. */
const sessions = [world.bench.admin]
while (sessions.length < 4) sessions.push(await signInAgain(world.bench))
const session = (index: number) => sessions[index % sessions.length] ?? world.bench.admin
const slowOnes: VideoViewer[] = shapers.map((shaper, index) =>
  openViewer(world, { url: urlOf(shaper), quality: 'auto', session: session(index) }),
)
const frozen = Array.from({ length: crowd }, (_, index) => openViewer(world, { session: session(index) }))
// Frozen as a phone is: in the middle of it.
for (const viewer of frozen) {
  for (let tries = 0; viewer.arrivals.length === 0 && tries < 200; tries += 1) await sleep(50)
  viewer.freeze()
}
healthy.arrivals.length = 0
const frozenAt = performance.now()
const rss: number[] = []
while (performance.now() - frozenAt < frozenWithinMs) {
  await sleep(500)
  rss.push(rssMb('VmRSS') - rssBefore)
}
const crowdFps = healthy.arrivals.length / ((performance.now() - frozenAt) / 1_000)
for (const viewer of frozen) viewer.thaw()
await sleep(1_500)
const stillOpen = frozen.filter(({ closedAt }) => closedAt === null).length
if (stillOpen > 0) failBench(`${stillOpen} frozen viewers were not closed within 30 s`)
const starved = slowOnes.filter(({ arrivals }) => arrivals.length === 0).length
if (starved > 0) failBench(`${starved} viewers at 64 kbit/s got no picture in 30 s`)

printFigure({
  name: 'slow-viewers.rss',
  value: Math.max(...rss),
  unit: 'MB',
  reference: null,
  why: 'growth of the server over the time before the crowd',
  goal: 200,
  n: rss.length,
  spread: spreadOf(rss),
})
// Frames lost by the healthy viewer as a share, so that less is better as in every figure.
printFigure({
  name: 'slow-viewers.healthy',
  value: Math.max(0, 1 - crowdFps / aloneFps) * 100,
  unit: '% of frames lost',
  reference: null,
  why: `${aloneFps.toFixed(1)} fps alone, ${crowdFps.toFixed(1)} beside the crowd`,
  goal: 5,
  n: healthy.arrivals.length,
  spread: [crowdFps, aloneFps],
})
for (const shaper of shapers) await shaper.close()
await world.bench.server.stop()
target.child.disconnect()
process.exit(process.exitCode ?? 0)
