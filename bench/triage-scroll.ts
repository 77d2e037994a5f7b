import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CDPSession, Page } from 'playwright-core'
import { launchBrowser, newPhone } from '../test/support/browser.ts'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { Greeter, openBlackHole } from './support/check-targets.ts'
import { startBenchServer } from './support/crashcart.ts'
import { fillDevices } from './support/fill-devices.ts'
import { watchFrames, type FrameWatch } from './support/frame-watch-page.ts'
import { openWholeList } from './support/whole-list.ts'

/**
 * A finger scrolls through 200 machines, a third of them black-holed and one changing its state every second, on a
 * phone with a quarter of this machine's speed: time from frame to frame, and the share of time in tasks over 50 ms. Once
 * more at full speed: what the page's thread computes meanwhile, which other work of this machine hardly changes. Beside it
 * a page with 200 rows of the same words that never change. Both in turns, in the same browser.
 */
const size = 200
const holed = 67
const rounds = 5
const slowdown = 4
const reach = 6_000

type Subject = {
  name: string
  page: Page
  session: CDPSession
  frames: number[]
  busy: number[]
  cpu: number[]
}

async function subject(name: string, page: Page): Promise<Subject> {
  await page.evaluate(() => {
    const tasks = { ms: 0 }
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.ms += duration
    }).observe({ type: 'longtask' })
    Object.assign(window, { tasks })
  })
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return { name, page, session, frames: [], busy: [], cpu: [] }
}

async function scroll(session: CDPSession): Promise<void> {
  const finger = { x: 180, y: 400, speed: 2_000, gestureSourceType: 'touch' as const, preventFling: true }
  for (const yDistance of [-reach, reach])
    await session.send('Input.synthesizeScrollGesture', { ...finger, yDistance })
}

/** What the page's thread has computed so far, ms. */
async function computedMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? failBench('no task times')) * 1000
}

async function measure({ page, session, frames, busy }: Subject): Promise<void> {
  await page.bringToFront()
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  const tasksMs = (): Promise<number> =>
    page.evaluate(() => (window as unknown as { tasks: { ms: number } }).tasks.ms)
  const before = await tasksMs()
  const startedAt = performance.now()
  await page.evaluate(watchFrames)
  await scroll(session)
  const watch = await page.evaluate(() => (window as unknown as { frameWatch: FrameWatch }).frameWatch.stop())
  busy.push((((await tasksMs()) - before) * 100) / (performance.now() - startedAt))
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  frames.push(...watch.frames.slice(1))
}

async function measureCpu({ session, cpu }: Subject): Promise<void> {
  const before = await computedMs(session)
  const startedAt = performance.now()
  await scroll(session)
  cpu.push((((await computedMs(session)) - before) * 1000) / (performance.now() - startedAt))
}

/** The same rows without anything behind them. */
async function plainPage(page: Page, list: Page): Promise<void> {
  const rows = await list.locator('[data-device]').evaluateAll((all) => all.map((row) => row.textContent))
  const items = rows.map((text) => `<li>${text.replaceAll('<', '&lt;')}</li>`).join('')
  await page.setContent(`<!doctype html><meta name="viewport" content="width=device-width">
<style>body{margin:0;font:15px/22px sans-serif}ul{margin:0;padding:0}li{height:87px;border-bottom:1px solid;list-style:none}</style>
<ul>${items}</ul>`)
}

const build = fileURLToPath(new URL('../scripts/build-page.ts', import.meta.url))
if (spawnSync(process.execPath, [build], { stdio: 'inherit' }).status !== 0)
  failBench('the page could not be built')
const bench = await startBenchServer()
const hole = await openBlackHole()
const [steady, restless] = [new Greeter(), new Greeter()]
await steady.open()
await restless.open()
const ids = await fillDevices(bench, size, (index) => {
  if (index > size - holed) return hole.port
  return index === 1 ? restless.port : steady.port
})
const browser = await launchBrowser([bench.server.spki])
await new Promise((resolve) => setTimeout(resolve, 20_000))
const list = await openWholeList(browser, bench, size)
const plain = await (await newPhone(browser)).newPage()
await plainPage(plain, list)
let isOpen = true
const unrest = setInterval(() => {
  isOpen = !isOpen
  void (isOpen ? restless.open() : restless.shut()).then(() =>
    bench.admin.ok('POST', `/api/devices/${ids[0]}/check`),
  )
}, 1_200)
const ours = await subject('ours', list)
const reference = await subject('plain', plain)
for (let round = 0; round < rounds; round += 1)
  for (const each of [ours, reference]) {
    await measure(each)
    await measureCpu(each)
  }
if (process.env['BENCH_VERBOSE'])
  process.stderr.write(`${JSON.stringify({ ours: ours.busy, plain: reference.busy })}\n`)
clearInterval(unrest)
if (ours.frames.length < rounds * 60) failBench(`only ${ours.frames.length} frames were drawn`)
printFigure({
  name: 'triage-scroll.frame-p95',
  value: quantile(ours.frames, 0.95),
  unit: 'ms',
  reference: quantile(reference.frames, 0.95),
  goal: 1.1,
  n: ours.frames.length,
  spread: spreadOf(ours.frames),
})
const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
printFigure({
  name: 'triage-scroll.long-tasks',
  value: meanOf(ours.busy),
  unit: '% of the time',
  reference: meanOf(reference.busy),
  goal: null,
  n: ours.busy.length,
  spread: spreadOf(ours.busy),
})
printFigure({
  name: 'triage-scroll.cpu',
  value: meanOf(ours.cpu),
  unit: 'ms per second of scrolling',
  reference: meanOf(reference.cpu),
  goal: null,
  n: ours.cpu.length,
  spread: spreadOf(ours.cpu),
})
await browser.close()
await bench.server.stop()
process.exit(process.exitCode ?? 0)
