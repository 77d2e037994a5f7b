import { chassisControl, IpmiClient } from 'node-ipmi'
import type { Page } from 'playwright-core'
import type { Action } from '../server/contract/power.ts'
import { guestKeys, guestTexts } from '../test/peers/ipmi/boot-sector.ts'
import { runReferee, until } from '../test/peers/ipmi/child.ts'
import { requireProgram } from '../test/peers/ipmi/debian.ts'
import { type QemuRack, startQemuRack } from '../test/peers/ipmi/qemu-rack.ts'
import { holdFinger, launchBrowser, newPhone } from '../test/support/browser.ts'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { type BenchServer, startBenchServer } from './support/crashcart.ts'

/**
 * A QEMU machine behind ipmi_sim, hung with interrupts off: from the finger on the hold bar of a phone-sized page to the
 * login prompt on its serial line, beside `ipmitool chassis power cycle` started by a script, taking turns. Ours has the
 * hold of 1.2 s and the durable record in it, and each round must end in proof that the machine is back.
 */
const rounds = 6
const bar = '.hold-bar'
const holdMs = 1_500

type Bench = { rack: QemuRack; bmc: IpmiClient; here: BenchServer; deviceId: string; page: Page }

function promptsIn(rack: QemuRack): number {
  return rack.serialLog().split(guestTexts.prompt).length - 1
}

/** Hangs the machine, which runs, and makes sure that it does not answer any more. */
async function hang({ rack, bmc }: Bench): Promise<void> {
  const console = await bmc.openSol({ takeOver: true })
  await console.write(Buffer.from(`alive${guestKeys.hang}`))
  await until('the echo', () => rack.serialLog().endsWith('alive'))
  await console.write(Buffer.from('gone'))
  await new Promise((resolve) => setTimeout(resolve, 500))
  await console.close()
  if (!rack.serialLog().endsWith('alive')) failBench('the machine does not hang')
}

/** ms from now to the next login prompt, and what was started meanwhile. */
async function timeToPrompt(rack: QemuRack, start: () => Promise<void>): Promise<number> {
  const before = promptsIn(rack)
  const startedAt = performance.now()
  const started = start()
  await until('the login prompt', () => promptsIn(rack) > before, 60_000)
  const tookMs = performance.now() - startedAt
  await started
  return tookMs
}

async function byPage(bench: Bench): Promise<number> {
  const { page, rack, here, deviceId } = bench
  await page.getByRole('button', { name: 'Hard reboot…' }).tap()
  await page.locator(`${bar}:not(:disabled)`).waitFor()
  const told = (await rack.chassisLog()).length
  const tookMs = await timeToPrompt(rack, () => holdFinger(page, bar, holdMs))
  await page.getByText(/Back\s*after/).waitFor({ timeout: 60_000 })
  const log = (await rack.chassisLog()).slice(told)
  if (log.join() !== 'power 0,power 1') failBench(`the BMC was told ${log.join()}`)
  const [action] = await here.admin.ok<Action[]>('GET', `/api/devices/${deviceId}/power/actions`)
  if (action?.effect !== 'restarted' || action.back !== 'back') failBench('the page said back without proof')
  await page.getByRole('button', { name: 'Close' }).tap()
  return tookMs
}

async function byScript({ rack }: Bench): Promise<number> {
  const where = ['-I', 'lanplus', '-C', '3', '-H', '127.0.0.1', '-p', String(rack.bmc.port)]
  const login = ['-U', 'admin', '-P', 'admin']
  return await timeToPrompt(rack, async () => {
    const run = await runReferee(requireProgram('ipmitool'), [
      ...where,
      ...login,
      'chassis',
      'power',
      'cycle',
    ])
    if (run.code !== 0) failBench(`ipmitool said ${run.stderr}`)
  })
}

async function addMachine(here: BenchServer, rack: QemuRack): Promise<string> {
  const { admin, siteId } = here
  const login = { user: 'oper', password: 'oper', suite: 3 }
  const where = { address: '127.0.0.1', port: rack.bmc.port }
  const machine = { name: 'node1', siteId }
  const { deviceId } = await admin.ok<{ deviceId: string }>('POST', '/api/bmc', {
    ...where,
    ...login,
    machine,
  })
  const checks = [{ kind: 'banner', label: 'SSH', address: '127.0.0.1', port: rack.servicePort }]
  await admin.ok('PATCH', `/api/devices/${deviceId}`, { rev: 1, checks })
  return deviceId
}

await using rack = await startQemuRack()
const here = await startBenchServer()
const deviceId = await addMachine(here, rack)
const browser = await launchBrowser([here.server.spki])
const context = await newPhone(browser)
const cookies = here.admin.cookie.split('; ').map((pair) => {
  const [name = '', ...value] = pair.split('=')
  return { name, value: value.join('='), url: here.server.origin, secure: true }
})
await context.addCookies(cookies)
const page = await context.newPage()
await page.goto(`${here.server.origin}/machines/${deviceId}`)
const login = { username: 'admin', password: 'admin', cipherSuites: [3] }
const bmc = new IpmiClient({ host: '127.0.0.1', port: rack.bmc.port, ...login })
const bench: Bench = { rack, bmc, here, deviceId, page }
await timeToPrompt(rack, async () => void (await bmc.act(chassisControl('on'))))

const ours: number[] = []
const theirs: number[] = []
for (let round = 0; round < rounds; round++) {
  await hang(bench)
  ours.push(await byPage(bench))
  await hang(bench)
  theirs.push(await byScript(bench))
}
printFigure({
  name: 'hung-to-login.time',
  value: quantile(ours, 0.5) / 1000,
  unit: 's',
  reference: quantile(theirs, 0.5) / 1000,
  goal: null,
  n: ours.length,
  spread: spreadOf(ours.map((ms) => ms / 1000)),
})
await bmc.close()
await browser.close()
await here.server.stop()
