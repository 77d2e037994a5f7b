import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdFinger, launchBrowser, newPhone } from '../support/browser.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'
import { SimulatedRack } from '../support/simulated-rack.ts'

/** Down and up of each key of `text` in the US layout; lower case letters and Enter only. */
function strokes(text: string): { key: string; down: boolean }[] {
  const keys = [...text].map((character) => (character === '\n' ? 'Enter' : `Key${character.toUpperCase()}`))
  return keys.flatMap((key) => [
    { key, down: true },
    { key, down: false },
  ])
}

describe('the story of the demo, on a phone', () => {
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let rack: SimulatedRack

  beforeAll(async () => {
    server = await startServer({ args: ['demo'] })
    rack = new SimulatedRack((await server.find(/(http:\/\/127\.0\.0\.1:\d+)/))[1] ?? '')
    browser = await launchBrowser([server.spki])
    page = await (await newPhone(browser)).newPage()
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  async function openMachine(name: string): Promise<void> {
    await page.goto(server.origin)
    await page.getByText(name, { exact: true }).first().tap()
    await page.getByRole('button', { name: 'Hard reboot…' }).waitFor()
  }

  async function typeLine(text: string): Promise<void> {
    const field = page.getByLabel('Line to type')
    await field.fill(text)
    await page.getByRole('button', { name: 'Send' }).tap()
    await expect.poll(() => field.inputValue(), { timeout: 10_000 }).toBe('')
  }

  async function hardReboot(): Promise<void> {
    await page.getByRole('button', { name: 'Hard reboot…' }).tap()
    await page.locator('.hold-bar').waitFor()
    await holdFinger(page, '.hold-bar', 1500)
    await page
      .getByText(/Back after/)
      .first()
      .waitFor({ timeout: 90_000 })
  }

  it('signs in', async () => {
    const password = (await server.find(/with the password (\S+)/))[1] ?? ''
    await page.goto(server.origin)
    await page.getByLabel('Your name').fill('demo')
    await page.getByLabel('Passphrase', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).tap()
    await page.getByText('nas1', { exact: true }).first().waitFor()
  })

  it('shows the two machines that need help, and folds the rest', async () => {
    await page.getByText('Accepts, no answer').waitFor({ timeout: 30_000 })
    await page.getByText('No network').waitFor({ timeout: 30_000 })
    await page.getByText('5 ok').first().waitFor({ timeout: 30_000 })
  })

  it('types on the hung machine: each key arrives once, in order, and nothing answers', async () => {
    await openMachine('nas1')
    await page.getByText('Open screen', { exact: true }).tap()
    await page.getByRole('button', { name: 'Type', exact: true }).tap()
    await typeLine('hello')
    const { keys, typedLines, heldKeys } = await rack.report('nas1')
    expect(keys.map(({ key, down }) => ({ key, down }))).toEqual(strokes('hello\n'))
    expect(typedLines).toEqual([])
    expect(heldKeys).toEqual([])
  })

  it('reboots the hung machine with one press, and proves it', async () => {
    const before = await rack.report('nas1')
    await openMachine('nas1')
    await hardReboot()
    const { presses, network, bootCount } = await rack.report('nas1')
    expect(presses.map(({ button }) => button)).toEqual(['reset'])
    expect(bootCount).toBe(before.bootCount + 1)
    expect(network).toBe('answers')
  })

  it('logs in on the screen of the machine that lost its network', async () => {
    await openMachine('cp2')
    await page.getByText('Open screen', { exact: true }).tap()
    await page.getByRole('button', { name: 'Type', exact: true }).tap()
    await typeLine('root')
    await typeLine('rack')
    await typeLine('uptime')
    const { keys, typedLines } = await rack.report('cp2')
    expect(keys.map(({ key, down }) => ({ key, down }))).toEqual(strokes('root\nrack\nuptime\n'))
    expect(typedLines.at(-1)?.text).toBe('uptime')
  })

  it('reboots that one too, and then every machine answers', async () => {
    await openMachine('cp2')
    await hardReboot()
    const { presses, network } = await rack.report('cp2')
    expect(presses.map(({ button }) => button)).toEqual(['reset'])
    expect(network).toBe('answers')
    await page.goto(server.origin)
    await page.getByText('7 ok').first().waitFor({ timeout: 40_000 })
  })
})
