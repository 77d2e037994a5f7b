import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scaledClock } from '../../server/sim/machine/clock.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { holdFinger } from '../support/browser.ts'
import { passphrase } from '../support/fresh-server.ts'
import { useFresh } from '../support/use-fresh.ts'

const crashcart = useFresh('Aki')
let machines: SimMachine[]
let pikvm: SimPikvm

beforeAll(async () => {
  const clock = scaledClock(2)
  machines = ['first', 'second'].map((name) => new SimMachine({ name, clock, bootMs: 20_000 }))
  const [machine] = machines as [SimMachine]
  pikvm = await startSimPikvm({ machine, switchPorts: machines, portNames: ['nas1', ''] })
  await crashcart.admin.ok('POST', '/api/users', { name: 'Mika', password: passphrase, role: 'operator' })
})
afterAll(async () => {
  await pikvm?.[Symbol.asyncDispose]()
  for (const machine of machines ?? []) machine.dispose()
})

const keysAt = (port: number): string[] =>
  (machines[port]?.keyLog ?? []).filter(({ down }) => down).map(({ key }) => key)

async function openScreen(page: Page, name: string): Promise<void> {
  await page.goto(crashcart.server.origin)
  await page.getByText(name, { exact: true }).first().tap()
  await page.locator(`a[href$="/screen"]`).last().tap()
  // The machine's page says the same of its KVM, and stays until the screen is loaded.
  await page.waitForURL(/\/screen$/)
}

it('asks who is on which port, switches only when asked, and sends keys to the machine that is shown', async () => {
  const aki = await crashcart.phoneOf('Aki')
  await aki.goto(`${crashcart.server.origin}/add`)
  await aki.locator('input[name=pikvm-address]').fill(`${pikvm.host}:${pikvm.port}`)
  await aki.getByRole('button', { name: 'Connect' }).tap()
  await aki.getByRole('button', { name: 'They are the same' }).tap()
  await aki.locator('input[name=pikvm-password]').fill('admin')
  await aki.getByRole('button', { name: 'Next' }).tap()

  // What it has was read before the question: it is asked for machines by port, and not for one first.
  await aki.getByText('This PiKVM has a Switch. Which machine is on which port?').waitFor()
  await aki.getByText('4 of 4 · Ports').waitFor()
  expect(await aki.getByLabel('Name of the machine on port 1').inputValue()).toBe('nas1')
  await aki.getByLabel('Port 2').selectOption('new')
  await aki.getByLabel('Name of the machine on port 2').fill('nas2')
  await aki.getByRole('button', { name: 'Add', exact: true }).tap()
  await aki.getByText('nas1, nas2 are here').waitFor()
  await aki.getByText('Port 2: screen, keyboard and power').waitFor()

  await openScreen(aki, 'nas2')
  await aki.getByText(/^The KVM shows nas1 \(since/).waitFor()
  await aki.getByRole('button', { name: 'Type', exact: true }).tap()
  await aki.getByRole('textbox').fill('two')
  await aki.getByRole('button', { name: /^Send/ }).tap()
  await aki.getByText('Not sent. The KVM shows another machine').waitFor()
  await aki.getByRole('button', { name: 'Switch to this machine' }).tap()
  // Until its picture is there nothing goes out, and the line stays.
  await aki.getByText('Switching to nas2…').waitFor()
  expect(await aki.getByRole('button', { name: /^Send/ }).isDisabled()).toBe(true)
  await aki.getByRole('textbox').press('Enter')
  await aki.getByText(/^Aki switched the KVM to this machine/).waitFor()
  expect(await aki.getByRole('textbox').inputValue()).toBe('two')
  expect(keysAt(1)).toEqual([])
  await aki.getByRole('button', { name: /^Send/ }).tap()
  await expect.poll(() => keysAt(1), { timeout: 10_000 }).toEqual(['KeyT', 'KeyW', 'KeyO', 'Enter'])
  expect(keysAt(0)).toEqual([])

  // Somebody else, at the other machine, does not get it without saying so.
  const mika = await crashcart.phoneOf('Mika', { locale: 'ja-JP' })
  await openScreen(mika, 'nas1')
  await mika.getByText(/^KVMはnas2を表示中.*切替: Aki/).waitFor()
  await mika.getByRole('button', { name: 'この機器に切り替える' }).tap()
  await mika.getByText('AkiがこのKVMでnas2を操作中です').waitFor()
  await aki.getByText(/^The KVM shows/).waitFor({ state: 'hidden' })
  await mika.getByRole('button', { name: 'それでも切り替える' }).tap()
  await mika.getByText(/^MikaがKVMをこの機器に切り替えました/).waitFor()
  await aki.getByText(/^The KVM shows nas1 \(switched by Mika, \d+ s ago\)/).waitFor()
  await aki.getByText(/^Last picture of this machine/).waitFor()
  await aki.getByRole('textbox').fill('no')
  await aki.getByRole('button', { name: /^Send/ }).tap()
  await aki.waitForTimeout(1_000)
  expect(keysAt(0)).toEqual([])
  expect(keysAt(1)).toEqual(['KeyT', 'KeyW', 'KeyO', 'Enter'])
}, 60_000)

it('tries a way that was never tried by a real reboot, which stands as a try', async () => {
  const page = await crashcart.phoneOf('Mika')
  await page.goto(crashcart.server.origin)
  await page.getByText('nas2', { exact: true }).first().tap()
  await page.getByText('never tried').first().waitFor()
  await page.getByRole('button', { name: 'Switch to this machine' }).tap()
  await page.getByText(/^Mika switched the KVM to this machine/).waitFor()
  // What was not seen before the press proves nothing after it.
  await page.getByText('Signal yes').waitFor()
  await page.getByRole('button', { name: 'Its way to power' }).tap()
  await page.getByRole('button', { name: /Try it now/ }).tap()
  await page.getByText('A try is a real reboot: nas2 stops at once').waitFor()
  expect(machines[1]?.presses).toEqual([])
  await holdFinger(page, '.hold-bar', 1_500)
  await page.getByText('Accepted, as a try').waitFor()
  await page.getByText('Restarted.').waitFor({ timeout: 40_000 })
  expect(machines.map(({ presses }) => presses.map(({ button }) => button))).toEqual([[], ['reset']])
  await page.getByRole('button', { name: 'Close' }).tap()
  await page
    .getByText(/^proven \d+ \w+/)
    .first()
    .waitFor()
}, 60_000)
