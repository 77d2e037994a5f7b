import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, newPhone, type PhoneOptions } from '../support/browser.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
type Violation = { id: string; impact: string | null; nodes: { target: string[] }[] }

/** What axe calls serious or critical on the page as it is now. */
async function seriousProblems(page: Page): Promise<string[]> {
  const { violations } = (await page.evaluate('window.axe.run(document)')) as { violations: Violation[] }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`)
}

/** Pages that need no machine of their own; each opens cold. */
const pages = [
  '/',
  '/rack',
  '/more',
  '/more/sessions',
  '/more/users',
  '/more/guests',
  '/more/recovery',
  '/more/outside',
  '/setup/outside',
  '/more/addresses',
  '/more/certificate',
  '/more/passkeys',
  '/more/audit',
  '/kvms',
  '/add',
  '/bmcs',
  '/bmcs/add',
  '/machines/new',
] as const
const looks: PhoneOptions[] = [
  { locale: 'en-GB', theme: 'dark' },
  { locale: 'ja-JP', theme: 'light' },
]

describe('accessibility', () => {
  let server: ServerProcess
  let browser: Browser
  let password: string

  beforeAll(async () => {
    server = await startServer({ args: ['demo'] })
    password = (await server.find(/with the password (\S+)/))[1] ?? ''
    browser = await launchBrowser([server.spki])
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  /** A signed-in phone; axe is put in beside the page's own policy, which allows no script of others. */
  async function openPhone(look: PhoneOptions): Promise<{ context: BrowserContext; page: Page }> {
    const context = await newPhone(browser, { ...look, bypassesCsp: true })
    await context.addInitScript(axeSource)
    const page = await context.newPage()
    await page.goto(server.origin)
    await page.locator('input[autocomplete~="username"]').fill('demo')
    await page.locator('input[type="password"]').fill(password)
    expect(await seriousProblems(page), 'sign-in').toEqual([])
    await page.keyboard.press('Enter')
    await page.getByText('nas1', { exact: true }).first().waitFor()
    return { context, page }
  }

  it.each(looks)('finds nothing serious on any page in $locale, $theme', async (look) => {
    const { context, page } = await openPhone(look)
    for (const path of pages) {
      await page.goto(`${server.origin}${path}`)
      await page.locator('main, [role="main"]').first().waitFor()
      await page.waitForLoadState('networkidle')
      expect(await seriousProblems(page), path).toEqual([])
    }
    await context.close()
  })

  it.each(looks)(
    'finds nothing serious on a machine, its sheet and its screen in $locale, $theme',
    async (look) => {
      const { context, page } = await openPhone(look)
      await page.getByText('nas1', { exact: true }).first().tap()
      await page.getByText(/^Hard reboot…|^強制再起動…/).waitFor()
      expect(await seriousProblems(page), 'machine').toEqual([])
      await page.getByText(/^Hard reboot…|^強制再起動…/).tap()
      await page.locator('.hold-bar').waitFor()
      expect(await seriousProblems(page), 'power sheet').toEqual([])
      await page.keyboard.press('Escape')
      await page.getByText(/^Open screen$|^画面を開く$/).tap()
      await page.locator('canvas').waitFor()
      await page
        .getByText(/^Type$|^入力$/)
        .first()
        .tap()
      expect(await seriousProblems(page), 'screen').toEqual([])
      await context.close()
    },
  )
})
