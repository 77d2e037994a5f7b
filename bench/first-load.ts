import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext } from 'playwright-core'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { startShaper, type Shaper } from './shaper.ts'
import { startBenchServer } from './support/crashcart.ts'
import { fillDevices } from './support/fill-devices.ts'
import { measureLoad, openPhone, type Load } from './support/page-load.ts'
import { startReferencePage } from './support/reference-page.ts'
import { launchBrowser } from '../test/support/browser.ts'

/**
 * A signed-in phone opens `/` with nothing cached, over a bad link, until the first machine is drawn; beside an empty
 * Vue page on the same link in the same browser, in turns. Then it reloads with a warm cache. `bytes` are heads and
 * bodies of HTTP; `wire-bytes` is everything that came over the link, with TLS and the websocket's snapshot.
 */
const runs = 5
const machines = 15
const link = { bitsPerSecond: 400_000, rttMs: 400 }
const machineRow = '[data-device]'

type Subject = {
  name: string
  origin: string
  selector: string
  shaper: Shaper
  state?: Awaited<ReturnType<BrowserContext['storageState']>>
  cold: Load[]
  warm: Load[]
}

/** The cookie of a signed-in client, in the form that a browser takes. */
function cookiesOf(header: string, url: string) {
  return header.split('; ').map((pair) => {
    const at = pair.indexOf('=')
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url, secure: true, httpOnly: true }
  })
}

/** What a phone keeps that has been here before, its HTTP cache, connections and TLS sessions left out. */
async function visitOnce(browser: Browser, subject: Subject, cookie: string) {
  const { context, page } = await openPhone(browser, subject.selector)
  await context.addCookies(cookiesOf(cookie, subject.origin))
  await page.goto(subject.origin)
  await page.locator(subject.selector).first().waitFor()
  const state = await context.storageState()
  await context.close()
  return state
}

async function runOnce(browser: Browser, subject: Subject): Promise<void> {
  const phone = await openPhone(browser, subject.selector, subject.state)
  const { page } = phone
  subject.cold.push(await measureLoad(phone, subject.shaper, () => page.goto(`${subject.origin}/`)))
  await check(phone.page, subject)
  subject.warm.push(await measureLoad(phone, subject.shaper, () => page.reload()))
  await phone.context.close()
}

/** Every machine that was written down must be on the page. */
async function check(page: Awaited<ReturnType<typeof openPhone>>['page'], subject: Subject): Promise<void> {
  if (subject.selector !== machineRow) return
  for (let index = 1; index <= machines; index++) {
    const row = page.locator(machineRow).filter({ hasText: new RegExp(`machine${index}(?!\\d)`) })
    if ((await row.count()) !== 1) failBench(`machine${index} is not drawn exactly once`)
  }
}

function print(
  name: string,
  of: (load: Load) => number,
  unit: string,
  part: 'cold' | 'warm',
  goal: number | null,
): void {
  const ours = crashcart[part].map(of)
  printFigure({
    name: `first-load.${name}`,
    value: quantile(ours, 0.5),
    unit,
    reference: quantile(empty[part].map(of), 0.5),
    goal,
    n: ours.length,
    spread: spreadOf(ours),
  })
}

const built = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('../scripts/build-page.ts', import.meta.url))],
  {
    stdio: 'inherit',
  },
)
if (built.status !== 0) failBench('the page could not be built')
const bench = await startBenchServer()
await fillDevices(bench, machines)
const reference = await startReferencePage()
const browser = await launchBrowser([bench.server.spki, reference.spki])

async function subjectOf(name: string, targetPort: number, selector: string): Promise<Subject> {
  const shaper = await startShaper({ ...link, targetPort })
  return { name, origin: `https://localhost:${shaper.port}`, selector, shaper, cold: [], warm: [] }
}
const crashcart = await subjectOf('crashcart', bench.server.port, machineRow)
const empty = await subjectOf('empty page', reference.port, '#ready')
crashcart.state = await visitOnce(browser, crashcart, bench.admin.cookie)
for (let run = 0; run < runs; run++) {
  for (const subject of [empty, crashcart]) await runOnce(browser, subject)
}
if (process.env['BENCH_VERBOSE'])
  process.stderr.write(
    `${JSON.stringify(
      [empty, crashcart].map(({ cold, warm }) => ({ cold, warm })),
      null,
      1,
    )}\n`,
  )

print('bytes', (load) => load.httpBytes / 1000, 'kB', 'cold', 60)
print('wire-bytes', (load) => load.wireBytes / 1000, 'kB', 'cold', null)
print('requests', (load) => load.requests.length, 'requests', 'cold', 5)
print('time', (load) => load.ms / 1000, 's', 'cold', 1.5)
print('warm-bytes', (load) => load.httpBytes / 1000, 'kB', 'warm', 2)
await browser.close()
for (const { shaper } of [crashcart, empty]) await shaper.close()
await reference.close()
await bench.server.stop()
