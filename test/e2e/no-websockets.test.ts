import type { ServerResponse } from 'node:http'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdFinger, launchBrowser } from '../support/browser.ts'
import { startDemoRack, type DemoRack } from '../support/demo-rack.ts'
import { MeddlingProxy } from '../support/meddling-proxy.ts'

const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'

let rack: DemoRack
let proxy: MeddlingProxy
let origin: string
let browser: Browser
let page: Page

beforeAll(async () => {
  rack = await startDemoRack()
  proxy = new MeddlingProxy()
  origin = await proxy.start(rack.server.port)
  browser = await launchBrowser([proxy.spki])
  ;({ page } = await rack.signedInPhone(browser, { origin, userAgent: iPhone }))
})
afterAll(async () => {
  await browser.close()
  await proxy.stop()
  await rack.stop()
})

const rowOf = (name: string): Locator => page.locator('[data-device]').filter({ hasText: name })

async function idOf(name: string): Promise<string> {
  const devices = await page.evaluate(async () => (await fetch('/api/devices')).json())
  return (devices as { id: string; name: string }[]).find((device) => device.name === name)?.id ?? ''
}

async function openMachine(name: string): Promise<void> {
  await page.goto(origin)
  await page.getByText(name, { exact: true }).first().tap()
  await page.getByRole('button', { name: 'Hard reboot…' }).waitFor()
}

describe('a phone to which no websocket gets through', () => {
  it('is told so, and what to do', async () => {
    await page.getByText('This iPhone does not trust the certificate for live connections').waitFor()
    await page.getByRole('link', { name: 'What to do' }).tap()
    await page.getByText('Certificate Trust Settings').waitFor()
    await page.getByRole('link', { name: 'The certificate and both steps' }).waitFor()
    expect(proxy.upgradesAsked).toBeGreaterThan(0)
  })

  it('sees the state of its machines live', async () => {
    await page.goto(origin)
    await rowOf('cp2').getByText('Power on').waitFor({ timeout: 30_000 })
    await rack.command({ machine: 'cp2', command: 'setMains', on: false })
    await rowOf('cp2').getByText('Power off').waitFor()
  })

  it('sees pictures of the screen, and types: each key arrives once, in order', async () => {
    await openMachine('nas1')
    await page.getByText('Open screen', { exact: true }).tap()
    await page.locator('canvas').waitFor({ state: 'visible' })
    await page.getByText('about one picture a second').waitFor()
    await page.getByRole('button', { name: 'Type', exact: true }).tap()
    const field = page.getByLabel('Line to type')
    for (const line of ['exactly', 'once', 'in', 'order']) {
      await field.fill(line)
      await page.getByRole('button', { name: 'Send' }).tap()
      await expect.poll(() => field.inputValue(), { timeout: 10_000 }).toBe('')
    }
    const { keys, heldKeys } = await rack.report('nas1')
    const pressed = keys.filter(({ down }) => down).map(({ key }) => key)
    const typed = [...'exactly\nonce\nin\norder\n'].map((letter) =>
      letter === '\n' ? 'Enter' : `Key${letter.toUpperCase()}`,
    )
    expect(pressed).toEqual(typed)
    expect(keys).toHaveLength(2 * typed.length)
    expect(heldKeys).toEqual([])
  })

  it('reboots a machine by one hold with one press, and sees the proof', async () => {
    await openMachine('nas1')
    await page.getByRole('button', { name: 'Hard reboot…' }).tap()
    await page.locator('.hold-bar').waitFor()
    await holdFinger(page, '.hold-bar', 1500)
    await page
      .getByText(/^Restarted/)
      .first()
      .waitFor({ timeout: 60_000 })
    const { presses } = await rack.report('nas1')
    expect(presses.map(({ button }) => button)).toEqual(['reset'])
  })

  it('comes back by itself after its connections broke', async () => {
    await page.goto(`${origin}/machines/${await idOf('cp3')}`)
    await page.getByText('Power on').first().waitFor()
    proxy.cut()
    await rack.command({ machine: 'cp3', command: 'setMains', on: false })
    await page.getByText('Power off').first().waitFor()
  })

  it('works as well where upgrades are swallowed instead of refused', async () => {
    proxy.upgrades = 'swallowed'
    await page.goto('about:blank')
    await page.goto(origin)
    await page.getByText('This iPhone does not trust the certificate for live connections').waitFor()
    await page.getByText('cp2', { exact: true }).first().waitFor()
    proxy.upgrades = 'refused'
  })
})

describe('something else that answers in Crashcart’s place', () => {
  const html = (response: ServerResponse, status: number, title: string, headers: object = {}): void => {
    response.writeHead(status, { 'content-type': 'text/html', ...headers })
    response.end(`<html><title>${title}</title><h1>Not Crashcart</h1></html>`)
  }

  it('is named, whatever it is, until Crashcart answers again', async () => {
    await page.goto(origin)
    await page.getByText('cp2', { exact: true }).first().waitFor()
    const strangers: [MeddlingProxy['instead'], RegExp][] = [
      [
        (_asked, answer) => html(answer, 302, '', { location: 'https://login.example/' }),
        /A proxy answers instead of Crashcart and leads elsewhere/,
      ],
      [
        (_asked, answer) => html(answer, 522, 'Connection timed out', { server: 'cloudflare' }),
        /cloudflare answers instead of Crashcart \(522\)/,
      ],
      [
        (_asked, answer) => html(answer, 200, 'Sign in <script>alert(1)</script>'),
        /Another page answers instead of Crashcart: Sign in/,
      ],
    ]
    for (const [instead, sentence] of strangers) {
      proxy.instead = instead
      proxy.cut()
      await page.getByText(sentence).waitFor()
    }
    proxy.instead = null
    await page.getByText('instead of Crashcart').waitFor({ state: 'detached' })
    await page.getByText('cp2', { exact: true }).first().waitFor()
  })

  it('shows itself by one full navigation', async () => {
    proxy.instead = (_asked, answer) => html(answer, 200, 'Company sign-in')
    proxy.cut()
    await page.getByText(/Company sign-in/).waitFor({ timeout: 30_000 })
    await page.getByRole('button', { name: 'Open it' }).tap()
    await page.getByRole('heading', { name: 'Not Crashcart' }).waitFor()
    expect(await page.title()).toBe('Company sign-in')
    proxy.instead = null
  })
})
