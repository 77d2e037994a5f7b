import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, newPhone } from '../support/browser.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

const former = 'a passphrase that will be lost'
const next = 'the passphrase after that'

describe('recovery codes, on a phone', () => {
  let server: ServerProcess
  let browser: Browser
  let page: Page
  let codes: string[]

  beforeAll(async () => {
    server = await startServer()
    browser = await launchBrowser([server.spki])
    page = await (await newPhone(browser)).newPage()
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  async function recover(phone: Page, code: string): Promise<void> {
    await phone.goto(server.origin)
    await phone.getByText('Use a recovery code').tap()
    await phone.waitForURL(`${server.origin}/sign-in/code`)
    await phone.getByLabel('Your name').fill('kei')
    await phone.getByLabel('Recovery code').fill(code)
    await phone.getByRole('button', { name: 'Sign in' }).tap()
  }

  it('are offered at the end of the setup, and told once', async () => {
    const code = (await server.find(/([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})/))[1] ?? ''
    await page.goto(server.origin)
    await page.getByLabel('Setup code').fill(code)
    await page.getByLabel('Your name').fill('kei')
    await page.getByLabel('Passphrase', { exact: true }).fill(former)
    await page.getByRole('button', { name: 'Create the admin' }).tap()
    await page.getByRole('button', { name: 'Make ten codes' }).tap()
    codes = (await page.getByRole('textbox').inputValue()).split('\n')
    expect(codes).toHaveLength(10)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as text' }).tap()
    const saved = readFileSync((await (await download).path()) ?? '', 'utf8')
    for (const one of codes) expect(saved).toContain(one)
    await page.getByRole('button', { name: 'I have kept them' }).tap()
    await page.waitForURL(`${server.origin}/setup/outside`)
    await page.goto(`${server.origin}/more/recovery`)
    await page.getByText('10 of 10 left').waitFor()
    expect(await page.getByText('Not confirmed as kept').count()).toBe(0)
    for (const one of codes) expect(await page.content()).not.toContain(one)
  })

  it('are not taken for kept when their owner leaves without saying so', async () => {
    await page.getByText('the former ten stop working at once', { exact: false }).waitFor()
    await page.getByRole('button', { name: 'Make ten new codes' }).tap()
    await page.getByRole('button', { name: 'the former ten stop working' }).tap()
    codes = (await page.getByRole('textbox').inputValue()).split('\n')
    await page.getByText('Not confirmed as kept').waitFor()
    await page.getByRole('link', { name: 'Machines' }).tap()
    await page.getByText('No machines yet.').waitFor()
    await page.goto(`${server.origin}/more/recovery`)
    await page.getByText('Not confirmed as kept').waitFor()
    await page.getByRole('button', { name: 'I have kept them' }).tap()
    await page.reload()
    await page.getByText('10 of 10 left').waitFor()
    expect(await page.getByText('Not confirmed as kept').count()).toBe(0)
  })

  it('let their owner in, who sets a new passphrase without the lost one', async () => {
    const context = await newPhone(browser)
    const phone = await context.newPage()
    await recover(phone, (codes[0] ?? '').toLowerCase().replaceAll('-', ''))
    await phone.waitForURL(`${server.origin}/more/passphrase`)
    await phone.getByText('You came in by a recovery code.', { exact: false }).waitFor()
    expect(await phone.getByLabel('Passphrase now').count()).toBe(0)
    await phone.getByRole('link', { name: 'Machines' }).tap()
    await phone.getByText('No machines yet.').waitFor()
    await phone.getByRole('link', { name: 'Choose it' }).tap()
    await phone.waitForURL(`${server.origin}/more/passphrase`)
    expect(await phone.getByText('Choose it').count()).toBe(0)
    await phone.getByLabel('New passphrase').fill(next)
    await phone.getByRole('button', { name: 'Change', exact: true }).tap()
    await phone.getByText('Changed.', { exact: false }).waitFor()
    await phone.goto(`${server.origin}/more/recovery`)
    expect(await phone.getByText('Choose it').count()).toBe(0)
    await phone.getByText('9 of 10 left').waitFor()
    await phone.getByText('One was used at', { exact: false }).waitFor()
    await context.close()
  })

  it('are good once; the new passphrase signs in, the lost one does not', async () => {
    const context = await newPhone(browser)
    const phone = await context.newPage()
    await recover(phone, codes[0] ?? '')
    await phone.getByText('the code was used already', { exact: false }).waitFor()
    await phone.getByText('Use the passphrase').tap()
    await phone.waitForURL(`${server.origin}/sign-in`)
    for (const [password, there] of [
      [former, phone.getByText('Name or passphrase is wrong.')],
      [next, phone.getByText('No machines yet.')],
    ] as const) {
      await phone.getByLabel('Your name').fill('kei')
      await phone.getByLabel('Passphrase', { exact: true }).fill(password)
      await phone.getByRole('button', { name: 'Sign in' }).tap()
      await there.waitFor()
    }
    await context.close()
  })
})
