import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import type { LiveServerMessage } from '../server/contract/live.ts'
import type { MachineState } from '../server/contract/state.ts'
import { launchBrowser } from '../test/support/browser.ts'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { cpuSeconds, rssMb } from './support/bare-process.ts'
import { Greeter, openBlackHole } from './support/check-targets.ts'
import { startBenchServer, type BenchServer } from './support/crashcart.ts'
import { fillDevices } from './support/fill-devices.ts'
import { openWholeList } from './support/whole-list.ts'

/**
 * The list of machines as their number grows, 30 % of them black-holed. `bytes` and `patches`: what the live socket of one
 * page carries a second while nothing happens. `cpu`, `rss`: of the server meanwhile, that page open. `p95`: from the moment
 * at which the server judges a machine anew until its row is drawn on a phone-sized page with every row unfolded. Each
 * figure with more machines stands beside the one with the fewest, so that its ratio is its growth. All machines have
 * loopback addresses, which are never pinged: on a real network each costs one more short process a minute, or one every
 * look while it is silent, which `cpu` does not have in it.
 */
const sizes = [10, 50, 200, 1000]
const holedShare = 0.3
const settleMs = 40_000
const samples = 10
const sampleMs = 3_000
const changes = 40
/** Machines that are shut and opened in turn for `p95`. */
const togglable = 5

type Idle = { bytes: number[]; patches: number[]; cpu: number[]; rss: number[] }
type Sized = { size: number; idle: Idle; drawnMs: number[] }

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What comes over the live socket of one more page, and what the server takes for it all. */
async function measureIdle({ server, admin }: BenchServer, size: number): Promise<Idle> {
  const idle: Idle = { bytes: [], patches: [], cpu: [], rss: [] }
  const socket = admin.socket('/api/live')
  let bytes = 0
  let patches = 0
  const states = new Map<string, MachineState>()
  socket.on('message', (data: Buffer, isBinary) => {
    bytes += data.length
    if (isBinary) return
    const message = JSON.parse(data.toString()) as LiveServerMessage
    if (message.type === 'patch') patches += 1
    if (message.type !== 'patch' && message.type !== 'snapshot') return
    for (const change of message.changes)
      if (change.entity === 'state' && change.value !== null) states.set(change.id, change.value)
  })
  await wait(settleMs)
  const up = [...states.values()].filter(({ health }) => health === 'up').length
  const down = [...states.values()].filter(({ health }) => health === 'down').length
  const holed = Math.round(size * holedShare)
  if (up !== size - holed || down !== holed) failBench(`${size}: ${up} are up and ${down} down, not ${holed}`)
  const pid = server.child.pid ?? 0
  for (let sample = 0; sample < samples; sample++) {
    const before = { bytes, patches, cpu: cpuSeconds(pid) }
    await wait(sampleMs)
    idle.bytes.push(((bytes - before.bytes) * 1000) / sampleMs)
    idle.patches.push(((patches - before.patches) * 1000) / sampleMs)
    idle.cpu.push(((cpuSeconds(pid) - before.cpu) * 100_000) / sampleMs)
    idle.rss.push(rssMb(pid))
  }
  socket.close()
  return idle
}

/** Resolves with the time (ms since the epoch) at which this machine's row says `word`, painted. */
function drawnAt(page: Page, id: string, word: string): Promise<number> {
  return page.evaluate(
    ([device, text]) =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          const row = document.querySelector(`[data-device="${device}"]`)
          if (row?.textContent.includes(text ?? '') !== true) return
          observer.disconnect()
          requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now())))
        }
        const observer = new MutationObserver(look)
        observer.observe(document.body, { childList: true, characterData: true, subtree: true })
        look()
      }),
    [id, word],
  )
}

async function measureChanges(
  bench: BenchServer,
  page: Page,
  targets: [string, Greeter][],
): Promise<number[]> {
  const drawn: number[] = []
  for (let n = 0; n < changes; n++) {
    const [id, greeter] = targets[n % targets.length] ?? failBench('nothing to shut')
    const isShutting = Math.floor(n / targets.length) % 2 === 0
    await (isShutting ? greeter.shut() : greeter.open())
    const seen = drawnAt(page, id, isShutting ? 'Refuses' : 'Answers')
    // What was looked at within the last second is not looked at again.
    await wait(1_100)
    const { health, since } = await bench.admin.ok<MachineState>('POST', `/api/devices/${id}/check`)
    if (health !== (isShutting ? 'degraded' : 'up')) failBench(`a machine is ${health}`)
    drawn.push((await seen) - since)
  }
  return drawn
}

async function measure(size: number): Promise<Sized> {
  const bench = await startBenchServer()
  const hole = await openBlackHole()
  const greeters = await Promise.all(
    Array.from({ length: togglable + 1 }, async () => {
      const greeter = new Greeter()
      await greeter.open()
      return greeter
    }),
  )
  const common = greeters[togglable] ?? failBench('no greeter')
  const holed = Math.round(size * holedShare)
  const ids = await fillDevices(bench, size, (index) =>
    index > size - holed ? hole.port : (greeters[index - 1] ?? common).port,
  )
  const browser = await launchBrowser([bench.server.spki])
  const page = await openWholeList(browser, bench, size).catch((error: unknown) => failBench(String(error)))
  const idle = await measureIdle(bench, size)
  const targets = greeters.slice(0, togglable).map((greeter, n): [string, Greeter] => [ids[n] ?? '', greeter])
  const drawnMs = await measureChanges(bench, page, targets)
  await browser.close()
  await bench.server.stop()
  for (const greeter of greeters) await greeter.shut()
  await hole.close()
  return { size, idle, drawnMs }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

type Part = { name: string; unit: string; of(sized: Sized): number; samples(sized: Sized): number[] }
const parts: Part[] = [
  { name: 'bytes', unit: 'B/s', of: ({ idle }) => mean(idle.bytes), samples: ({ idle }) => idle.bytes },
  { name: 'patches', unit: '1/s', of: ({ idle }) => mean(idle.patches), samples: ({ idle }) => idle.patches },
  { name: 'cpu', unit: '% of one core', of: ({ idle }) => mean(idle.cpu), samples: ({ idle }) => idle.cpu },
  { name: 'rss', unit: 'MB', of: ({ idle }) => quantile(idle.rss, 0.5), samples: ({ idle }) => idle.rss },
  {
    name: 'p95',
    unit: 'ms',
    of: ({ drawnMs }) => quantile(drawnMs, 0.95),
    samples: ({ drawnMs }) => drawnMs,
  },
]
const why =
  'the smallest list of this run: what the others are measured against; without pings, which loopback never gets'

const page = fileURLToPath(new URL('../scripts/build-page.ts', import.meta.url))
if (spawnSync(process.execPath, [page], { stdio: 'inherit' }).status !== 0)
  failBench('the page could not be built')
let first: Sized | null = null
for (const size of sizes) {
  const sized = await measure(size)
  first ??= sized
  for (const { name, unit, of, samples: samplesOf } of parts) {
    const values = samplesOf(sized)
    printFigure({
      name: `triage-scale.${size}.${name}`,
      value: of(sized),
      unit,
      reference: sized === first ? null : of(first),
      ...(sized === first && { why }),
      goal: null,
      n: values.length,
      spread: spreadOf(values),
    })
  }
}
