import { chassisControl, IpmiClient } from 'node-ipmi'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimBmc, startBmc } from '../../server/sim/bmc/bmc.ts'
import { MachineBoard } from '../../server/sim/bmc/machine-board.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { guestKeys, guestTexts } from '../peers/ipmi/boot-sector.ts'
import { until } from '../peers/ipmi/child.ts'
import { startQemuRack } from '../peers/ipmi/qemu-rack.ts'
import { holdFinger } from '../support/browser.ts'
import { addPikvm } from '../support/fresh-server.ts'
import { useFresh } from '../support/use-fresh.ts'

const bar = '.hold-bar'
const crashcart = useFresh('Haruka')

async function deviceNamed(name: string): Promise<{ id: string; rev: number }> {
  const devices = await crashcart.admin.ok<{ id: string; rev: number; name: string }[]>('GET', '/api/devices')
  const found = devices.find((one) => one.name === name)
  if (found === undefined) throw new Error(`${name} is not there`)
  return found
}

async function openSheet(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Hard reboot…' }).tap()
  await page.locator(`${bar}:not(:disabled)`).waitFor()
}

describe('a real machine behind a BMC', () => {
  it('is added on the phone, hung, and brought back by one power cycle with proof', async () => {
    await using rack = await startQemuRack()
    const { port } = rack.bmc
    const page = await crashcart.phone('/bmcs/add')
    await page.getByLabel('Address of the BMC').fill(`127.0.0.1:${port}`)
    await page.getByLabel('User on the BMC').fill('oper')
    await page.getByLabel('Password of the BMC').fill('oper')
    await page.getByLabel('Name of the machine').fill('node1')
    await page.getByRole('button', { name: 'Connect and add' }).tap()
    await page.getByText('node1 has its BMC').waitFor()
    const { id, rev } = await deviceNamed('node1')
    const checks = [{ kind: 'banner', label: 'SSH', address: '127.0.0.1', port: rack.servicePort }]
    await crashcart.admin.ok('PATCH', `/api/devices/${id}`, { rev, checks })

    await startAndHang(port)
    await page.getByRole('link', { name: 'Open machine' }).tap()
    await page.getByText('lets anybody on its network in without a password').waitFor()
    await page.getByText('Best: off and on by BMC').waitFor()
    const ssh = page.locator('.fact', { has: page.getByText('SSH', { exact: true }) })
    await ssh.getByText('accepts, no answer').waitFor({ timeout: 40_000 })
    const before = (await rack.chassisLog()).length
    await openSheet(page)
    await page.getByText('How: off and on by BMC (never tried)').waitFor()
    await holdFinger(page, bar, 1_500)
    await page.getByText('BMC told: off and on').waitFor()
    await page.getByText('Restart seen: BMC power').waitFor({ timeout: 20_000 })
    await page.getByText(/Back\s*after 0:\d\d\. SSH answers/).waitFor({ timeout: 60_000 })
    expect((await rack.chassisLog()).slice(before)).toEqual(['power 0', 'power 1'])
  })
})

/** Powers the machine on, waits for its login, and hangs it with interrupts off. */
async function startAndHang(port: number): Promise<void> {
  const options = { host: '127.0.0.1', port, username: 'admin', password: 'admin', cipherSuites: [3] }
  await using client = new IpmiClient(options)
  const console = await client.openSol({ takeOver: true })
  let text = ''
  console.onData((bytes) => (text += bytes.toString('latin1')))
  await client.act(chassisControl('on'))
  await until('the login', () => text.includes(guestTexts.prompt), 20_000)
  await console.write(Buffer.from(`x${guestKeys.hang}`))
  await until('the echo', () => text.endsWith('x'))
  await console.close()
}

describe('a machine with a PiKVM and a BMC', () => {
  let machine: SimMachine
  let pikvm: SimPikvm
  let bmc: SimBmc

  beforeAll(async () => {
    machine = new SimMachine({ name: 'board', bootMs: 8_000 })
    pikvm = await startSimPikvm({ machine })
    bmc = await startBmc({ board: new MachineBoard(machine) })
    const [processor] = bmc.state.sensors
    if (processor !== undefined) processor.raw = 97
    const { deviceId } = await addPikvm(crashcart, pikvm, 'nas1')
    const login = { user: 'oper', password: 'oper' }
    await crashcart.admin.ok('POST', '/api/bmc', {
      address: bmc.host,
      port: bmc.port,
      ...login,
      machine: { deviceId },
    })
  })
  afterAll(async () => {
    await bmc?.close()
    await pikvm?.[Symbol.asyncDispose]()
    machine?.dispose()
  })

  const bmcRequests = (request: string): number => bmc.requests.filter((one) => one === request).length

  it('has the other way one tap away, and then the proven one first, with the reason', async () => {
    const { id } = await deviceNamed('nas1')
    const page = await crashcart.phone(`/machines/${id}`)
    await page.getByText('Best: reset by PiKVM').waitFor()
    await openSheet(page)
    await page.getByText('How: reset by PiKVM').waitFor()
    await page.getByRole('button', { name: 'Reset by BMC instead…' }).tap()
    await page.getByText('How: reset by BMC').waitFor()
    await page.getByText('A reset would show by: screen.').waitFor()
    await holdFinger(page, bar, 1_500)
    await page.getByText('BMC told: reset').waitFor()
    await page.getByText(/Restart seen: (USB|signal|picture)/).waitFor({ timeout: 40_000 })
    await page.getByText('Restarted.').waitFor()
    expect(bmcRequests('0 2')).toBe(1)
    expect(machine.panel.presses.map(({ button }) => button)).toEqual(['reset'])
    await page.getByRole('button', { name: 'Close' }).tap()
    await openSheet(page)
    await page.getByText('BMC first: it worked before, the other was never tried.').waitFor()
    await page.getByRole('button', { name: 'Reset by PiKVM instead…' }).waitFor()
    await page.getByRole('button', { name: 'Other ways' }).tap()
    await page.getByRole('button', { name: 'Off and on · BMC' }).waitFor()
  })

  it('shows sensors out of range, the newest log entry, and lets the next start and the light be chosen', async () => {
    const { id } = await deviceNamed('nas1')
    const page = await crashcart.phone(`/machines/${id}`)
    await page.getByText(/CPU Temp 97 °C \(limit 95 °C\) · critical/).waitFor()
    await page.getByText(/Power/).first().waitFor()
    await page.getByLabel('Start from next').selectOption('network')
    await until('the boot choice', () => bmc.state.boot.flags[1] === 1 << 2)
    await page.getByRole('button', { name: 'Blink its light for 60 s' }).tap()
    await page.getByRole('button', { name: 'Stop blinking' }).waitFor()
    expect(bmc.state.identify).toBe('timed')
    const audit = await crashcart.admin.ok<{ event: string }[]>('GET', '/api/audit')
    expect(audit.map(({ event }) => event)).toEqual(expect.arrayContaining(['bmc.nextBoot', 'bmc.identify']))
  })

  it('says how old its readings are once the BMC is silent', async () => {
    const { id } = await deviceNamed('nas1')
    const page = await crashcart.phone(`/machines/${id}`)
    await page.getByText(/· critical$/).waitFor()
    bmc.faults = { ...bmc.faults, isDead: true }
    await page.getByText(/· critical · as of \d\d:\d\d/).waitFor({ timeout: 40_000 })
    await page.getByText(/Event log · as of \d\d:\d\d/).waitFor()
    bmc.faults = { ...bmc.faults, isDead: false }
  })
})
