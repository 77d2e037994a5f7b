import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scaledClock } from '../../server/sim/machine/clock.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { holdFinger, type PhoneOptions } from '../support/browser.ts'
import { eventually } from '../support/demo-rack.ts'
import { addPikvm, passphrase } from '../support/fresh-server.ts'
import { useFresh } from '../support/use-fresh.ts'

const crashcart = useFresh('Aki')
let machine: SimMachine
let pikvm: SimPikvm
let deviceId: string

/** The firmware listens for F2 for the last 2 s of a POST of almost 6 s. */
const bootMs = 24_000
const firmware = { setupKey: 'F2', windowMs: 2_000, random: () => 1 }

beforeAll(async () => {
  machine = new SimMachine({ name: 'board', clock: scaledClock(), bootMs, firmware })
  pikvm = await startSimPikvm({ machine })
  ;({ deviceId } = await addPikvm(crashcart, pikvm, 'nas1'))
  await crashcart.admin.ok('POST', '/api/users', { name: 'Mika', password: passphrase, role: 'operator' })
})
afterAll(async () => {
  await pikvm?.[Symbol.asyncDispose]()
  machine?.dispose()
})

/** The machine's page (or its screen) on a phone of this person's own. */
async function phoneOf(name: string, path = '', options: PhoneOptions = {}): Promise<Page> {
  const page = await crashcart.phoneOf(name, options)
  await page.goto(`${crashcart.server.origin}/machines/${deviceId}${path}`)
  return page
}

/** How often F2 and Del went down at the machine's USB port. */
const strokes = (): number => machine.keyLog.filter(({ down }) => down).length

it('opens the setup from the sheet, goes on without the page, and anybody who may type stops it', async () => {
  const page = await phoneOf('Aki')
  await page.getByRole('button', { name: 'Hard reboot…' }).tap()
  await page.getByText('into setup', { exact: true }).tap()
  await page.getByText(/From the press on, Del, F2 are pressed/).waitFor()
  await page
    .getByText(/Hold to reboot nas1 into setup/)
    .first()
    .waitFor()
  await holdFinger(page, '.hold-bar', 1_500)
  const sheet = page.getByRole('dialog')
  await sheet.getByText('Pressing Del, F2 for the setup').waitFor()
  await sheet.getByText(/^\d+ presses, last \d s ago$/).waitFor()
  // What decides when to stop: the screen itself, not the small picture of lists.
  await eventually(
    () => sheet.locator('canvas').evaluateAll((all) => all.map((one) => (one as HTMLCanvasElement).width)),
    (widths) => widths.length === 1 && (widths[0] ?? 0) > 600,
    'the screen on the sheet',
  )

  // Nobody looks any more; only keys that are pressed from now on can open the setup.
  await page.context().close()
  const atClose = strokes()
  await eventually(
    () => Promise.resolve(machine.phase),
    (phase) => phase === 'setup',
    'the firmware setup',
  )
  expect(strokes()).toBeGreaterThan(atClose)
  expect(machine.firmwareEntries).toHaveLength(1)
  expect(machine.presses.map(({ button }) => button)).toEqual(['reset'])

  // Another person, on the machine's screen, in their own language.
  const other = await phoneOf('Mika', '/screen', { locale: 'ja-JP' })
  await other.getByText(/設定画面のため Del, F2 を送信中/).waitFor()
  await other.getByRole('button', { name: '止める（出た）' }).tap()
  await other.getByText('Mikaが止めました。').waitFor()
  // The action ends with what was seen, and nothing runs any more.
  const third = await phoneOf('Aki')
  await third.getByRole('button', { name: /^Hard reboot: in setup, as Mika saw · / }).tap()
  await third
    .getByRole('dialog')
    .getByText(/^In setup,\s*as Mika saw$/)
    .waitFor()
  await third.getByText('Stopped by Mika.').first().waitFor()
  expect(await third.getByRole('dialog').getByRole('button').allTextContents()).toEqual([
    'Open screen',
    'Close',
  ])
  await third.context().close()
  const atStop = machine.keyLog.length
  expect(machine.keyLog.filter(({ down }) => !down)).toHaveLength(strokes())
  await other.waitForTimeout(1_500)
  expect(machine.keyLog).toHaveLength(atStop)
  expect(machine.phase).toBe('setup')
}, 60_000)
