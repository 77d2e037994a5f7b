import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import type { Action } from '../server/contract/power.ts'
import { SimMachine } from '../server/sim/machine/machine.ts'
import { startNetworkService } from '../server/sim/machine/network-service.ts'
import { startSimPikvm, type SimPikvm } from '../server/sim/pikvm/pikvm.ts'
import { holdFinger, launchBrowser, newPhone } from '../test/support/browser.ts'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { startShaper, type Shaper } from './shaper.ts'
import { Greeter } from './support/check-targets.ts'
import { addPikvm } from '../test/support/fresh-server.ts'
import { startBenchServer, type BenchServer } from './support/crashcart.ts'
import { fillDevices } from './support/fill-devices.ts'
import { addCookies } from '../test/support/page-cookies.ts'

/**
 * A machine hangs among fifteen; on a bad link a signed-in phone has just opened the list, nothing of what comes next in
 * its cache. Controls are found by their visible words alone. `time`: from the drawn list until the page says that the
 * press was acknowledged, the hold of 1.2 s in it, a person's reading left out. The reference is the least that any way
 * can be: one `curl` to the PiKVM itself over the same link, with address, password and command typed beforehand.
 */
const rounds = 6
const link = { bitsPerSecond: 400_000, rttMs: 400 }
const others = 14
const holdMs = 1_500
const bar = '.hold-bar'

type Drill = {
  bench: BenchServer
  pikvm: SimPikvm
  machine: SimMachine
  deviceId: string
  crashcart: Shaper
  direct: Shaper
  browser: Browser
}

/** The machine hangs, and Crashcart has seen it. */
async function hang({ bench, machine, deviceId }: Drill): Promise<void> {
  machine.hang()
  const deadline = Date.now() + 30_000
  for (;;) {
    const { health } = await bench.admin.ok<{ health: string }>('POST', `/api/devices/${deviceId}/check`)
    if (health === 'down' || health === 'degraded') return
    if (Date.now() > deadline) failBench(`the hung machine is ${health}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** It runs again and nothing is under way. */
async function recover({ bench, machine, deviceId }: Drill): Promise<void> {
  const deadline = Date.now() + 90_000
  for (;;) {
    const [action] = await bench.admin.ok<Action[]>('GET', `/api/devices/${deviceId}/power/actions`)
    const isOver = action === undefined || action.phase === 'done'
    if (machine.phase === 'running' && isOver) return
    if (Date.now() > deadline) failBench('the machine did not come back')
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

async function byPage(drill: Drill): Promise<{ taps: number; ms: number }> {
  const { browser, bench, crashcart, machine } = drill
  const origin = `https://localhost:${crashcart.port}`
  const context = await newPhone(browser)
  await addCookies(context, bench.admin, origin)
  const page = await context.newPage()
  page.on('pageerror', (error) => failBench(`the page threw: ${error.message}`))
  await page.goto(origin)
  const pressesBefore = machine.presses.length
  let taps = 0
  const row = page.getByRole('link', { name: /nas1/ }).first()
  await row.waitFor()
  const startedAt = performance.now()
  await row.tap()
  taps += 1
  await page.getByRole('button', { name: 'Hard reboot…' }).tap()
  taps += 1
  await page.locator(`${bar}:not(:disabled)`).waitFor()
  await holdFinger(page, bar, holdMs)
  await page.getByText('Reset pressed').first().waitFor({ timeout: 30_000 })
  const ms = performance.now() - startedAt
  const made = machine.presses.slice(pressesBefore).map(({ button }) => button)
  if (made.join() !== 'reset') failBench(`the motherboard saw ${made.join() || 'nothing'}`)
  await context.close()
  return { taps, ms }
}

async function byCurl({ direct, machine }: Drill): Promise<number> {
  const before = machine.presses.length
  const url = `https://127.0.0.1:${direct.port}/api/atx/click?button=reset`
  const startedAt = performance.now()
  await promisify(execFile)('curl', ['-sSfk', '-u', 'admin:admin', '-X', 'POST', url])
  const ms = performance.now() - startedAt
  if (machine.presses.length !== before + 1) failBench('curl pressed nothing')
  return ms
}

async function prepare(): Promise<Drill> {
  const machine = new SimMachine({ name: 'nas1', bootMs: 6_000 })
  const pikvm = await startSimPikvm({ machine, streamForever: true })
  const service = await startNetworkService({ machine, kind: 'ssh', host: '127.0.0.1' })
  const bench = await startBenchServer()
  const greeter = new Greeter()
  await greeter.open()
  await fillDevices(bench, others, () => greeter.port)
  const { deviceId } = await addPikvm(bench, pikvm, 'nas1')
  const { rev } = await bench.admin.ok<{ rev: number }>('GET', `/api/devices/${deviceId}`)
  const checks = [{ kind: 'banner', label: 'SSH', address: service.host, port: service.port }]
  await bench.admin.ok('PATCH', `/api/devices/${deviceId}`, { rev, checks })
  return {
    bench,
    pikvm,
    machine,
    deviceId,
    crashcart: await startShaper({ ...link, targetPort: bench.server.port }),
    direct: await startShaper({ ...link, targetPort: pikvm.port }),
    browser: await launchBrowser([bench.server.spki]),
  }
}

const build = fileURLToPath(new URL('../scripts/build-page.ts', import.meta.url))
if (spawnSync(process.execPath, [build], { stdio: 'inherit' }).status !== 0)
  failBench('the page could not be built')
const drill = await prepare()
const ours: { taps: number; ms: number }[] = []
const theirs: number[] = []
for (let round = 0; round < rounds; round++) {
  await hang(drill)
  ours.push(await byPage(drill))
  await recover(drill)
  theirs.push(await byCurl(drill))
  await recover(drill)
}
const taps = ours.map((one) => one.taps)
const seconds = ours.map(({ ms }) => ms / 1000)
printFigure({
  name: 'outage-drill.taps',
  value: Math.max(...taps),
  unit: 'taps before the hold',
  reference: null,
  why: 'no other page shows a rack of these devices; the goal is the promise itself',
  goal: 2,
  n: taps.length,
  spread: spreadOf(taps),
})
printFigure({
  name: 'outage-drill.time',
  value: quantile(seconds, 0.5),
  unit: 's',
  reference: quantile(theirs, 0.5) / 1000,
  goal: null,
  n: seconds.length,
  spread: spreadOf(seconds),
})
await drill.browser.close()
await drill.bench.server.stop()
process.exit()
