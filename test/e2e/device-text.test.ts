import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../server/contract/inventory.ts'
import type { SimBmc } from '../../server/sim/bmc/bmc.ts'
import type { SimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { addCookies } from '../support/page-cookies.ts'
import { ApiClient } from '../support/api-client.ts'
import { launchBrowser, newPhone } from '../support/browser.ts'
import { startGreeters, startHostileBmc, startHostilePikvm } from '../support/hostile-rack.ts'
import { markupPayloads } from '../support/markup-payloads.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

declare global {
  interface Window {
    /** What went wrong on this page: scripts that ran or were stopped, elements that text became. */
    caught: string[]
  }
}

const machines = 24
const perMachine = { greetings: 3, notes: 14 }
/** Device texts are cut where they are read; no payload is longer than that. */
const payloads = markupPayloads(500)
const short = markupPayloads(12, 31)

/** Runs in every page before anything of it: notes whatever text becomes more than text. */
function watchForScripts(): void {
  window.caught = []
  const note = (what: string): void => void window.caught.push(what)
  Object.assign(window, { pwned: (n: number) => note(`ran ${n}`) })
  for (const name of ['alert', 'confirm', 'prompt'] as const)
    Object.assign(window, { [name]: () => note(name) })
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, sample }) =>
    note(`${violatedDirective} stopped ${sample}`),
  )
  const isForeign = (element: Element): boolean =>
    /^(IFRAME|OBJECT|EMBED|VIDEO|DETAILS|MATH|TEMPLATE|X)$/i.test(element.tagName) ||
    (element instanceof HTMLScriptElement && element.text.includes('pwned')) ||
    [...element.attributes].some(
      ({ name, value }) =>
        /^on/i.test(name) ||
        (/^(href|src|srcdoc|action|formaction|xlink:href)$/i.test(name) && /pwned/.test(value)),
    )
  const look = (node: Node): void => {
    if (!(node instanceof Element)) return
    if (isForeign(node)) note(`became ${node.outerHTML.slice(0, 120)}`)
    for (const child of node.children) look(child)
  }
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) look(node)
  }).observe(document, { childList: true, subtree: true })
}

describe('five hundred texts of markup and script from a rack', () => {
  let server: ServerProcess
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let admin: ApiClient
  let pikvm: SimPikvm
  let bmc: SimBmc
  let devices: Device[]
  let greetings: string[]
  let closeGreeters: () => void
  const dialogs: string[] = []

  beforeAll(async () => {
    server = await startServer({ env: { CRASHCART_LOG_LEVEL: 'silent' } })
    admin = new ApiClient(server.port)
    const code = (await server.find(/setup code: (\S+)/))[1]
    await admin.ok('POST', '/api/setup', { code, name: 'haruka', password: 'a rack of lies', trust: true })
    const site = await admin.ok<{ id: string }>('POST', '/api/sites', { name: 'Home', timeZone: 'UTC' })
    await fill(site.id)
    browser = await launchBrowser([server.spki])
    context = await newPhone(browser)
    await context.addInitScript(watchForScripts)
    await addCookies(context, admin, server.origin)
    page = await context.newPage()
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message())
      void dialog.dismiss()
    })
    await page.goto(server.origin)
    await page.locator('[data-device]').first().waitFor()
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
    await pikvm[Symbol.asyncDispose]()
    await bmc.close()
    closeGreeters()
  })

  /** Names, notes and greetings take the first of them, then the PiKVM and the BMC. */
  async function fill(siteId: string): Promise<void> {
    const names = payloads.slice(0, machines)
    greetings = payloads.slice(machines, machines * (1 + perMachine.greetings))
    const notes = payloads.slice(machines * (1 + perMachine.greetings), -8)
    const greeters = await startGreeters(greetings)
    closeGreeters = () => greeters.close()
    for (const [n, name] of names.entries()) {
      const at = n * perMachine.greetings
      const checks = greeters.ports.slice(at, at + perMachine.greetings).map((port, index) => ({
        kind: 'banner',
        label: `<b onclick=pwned>${index}`,
        address: '127.0.0.1',
        port,
      }))
      const about = notes.slice(n * perMachine.notes + n * 3, (n + 1) * (perMachine.notes + 3)).join('\n')
      const fields = {
        siteId,
        name,
        kind: 'server',
        placement: { kind: 'none' },
        notes: about,
        isProtected: false,
      }
      await admin.ok('POST', '/api/devices', { ...fields, layout: 'us', checks, dependsOn: [] })
    }
    devices = await admin.ok<Device[]>('GET', '/api/devices')
    await plugIn()
  }

  async function plugIn(): Promise<void> {
    const [model = '', version = '', subject = '', ...ports] = payloads.slice(-8)
    pikvm = await startHostilePikvm({ model, version, subject, ports })
    const where = { address: pikvm.host, port: pikvm.port }
    const { fingerprint } = await admin.ok<{ fingerprint: string }>('POST', '/api/pikvm/probe', where)
    const [first, second] = devices
    await admin.ok('POST', '/api/pikvm', {
      ...where,
      fingerprint,
      user: 'admin',
      password: 'admin',
      ports: [{ port: 0, machine: { deviceId: first?.id } }],
    })
    bmc = await startHostileBmc(short)
    const login = { user: 'admin', password: 'admin', suite: 3 }
    await admin.ok('POST', '/api/bmc', {
      address: bmc.host,
      port: bmc.port,
      ...login,
      machine: { deviceId: second?.id },
    })
  }

  /** Goes there within the page, as a tap does, and waits for one of its texts. */
  async function go(path: string, text?: string): Promise<string> {
    await page.evaluate((to) => {
      history.pushState(history.state, '', to)
      dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
    }, path)
    if (text !== undefined)
      await page.waitForFunction((wanted) => document.body.textContent.includes(wanted), text, {
        timeout: 15_000,
      })
    return await page.evaluate(() => document.body.textContent)
  }
  const caught = (): Promise<string[]> => page.evaluate(() => window.caught)

  it('would be noticed if one of them became more than text', async () => {
    const trial = await context.newPage()
    await trial.goto(server.origin)
    await trial.locator('[data-device]').first().waitFor()
    const isAsMarkup = trial.evaluate(() =>
      document.body.insertAdjacentHTML('beforeend', '<svg onload=pwned(1)>'),
    )
    await expect(isAsMarkup).rejects.toThrow('TrustedHTML')
    await trial.evaluate(() => {
      const link = document.createElement('a')
      link.href = 'javascript:pwned(1)'
      document.body.append(link)
      link.click()
    })
    await expect.poll(() => trial.evaluate(() => window.caught.join())).toMatch(/became <a .*(stopped|ran)/s)
    await trial.close()
  })

  it('stand in the list and on each machine’s page as text', async () => {
    const list = await page.evaluate(() => document.body.textContent)
    for (const { name } of devices) expect(list).toContain(name)
    for (const [n, { id, name, notes }] of devices.entries()) {
      const own = greetings.slice(n * perMachine.greetings, (n + 1) * perMachine.greetings)
      const text = await go(`/machines/${id}`, own.at(-1))
      for (const part of [name, ...own]) expect(text).toContain(part)
      expect(await page.title()).not.toMatch(/\p{Cc}/u)
      if (n % 6 === 0) {
        await page.getByRole('button', { name: 'Notes' }).tap()
        await page.waitForFunction((wanted) => document.body.textContent.includes(wanted), notes)
        await page.keyboard.press('Escape')
      }
    }
    expect(await caught()).toEqual([])
  })

  it('stand on the pages of the PiKVM, the BMC and what happened as text', async () => {
    const [model = '', version = '', subject = ''] = payloads.slice(-8)
    await go('/kvms')
    const edit = await go(`/machines/${devices[0]?.id}/edit`, model)
    expect(edit).toContain(version)
    await go(`/machines/${devices[1]?.id}`, short[3])
    await go(`/machines/${devices[1]?.id}/edit`, short[1])
    const names = devices.map(({ name }) => name)
    for (const path of [
      '/rack',
      '/more/audit',
      '/more/sessions',
      `/machines/${devices[0]?.id}/edit`,
      '/machines/new',
    ])
      await go(path)
    await go('/more/audit', names.at(-1))
    await go('/add')
    await page.locator('input[name=pikvm-address]').fill(`${pikvm.host}:${pikvm.port}`)
    await page.keyboard.press('Enter')
    // A distinguished name comes with backslashes before its special characters.
    const said = await page.getByText('CN=').first().textContent()
    expect(said?.replaceAll('\\', '')).toContain(subject)
    expect(await caught()).toEqual([])
  })

  it('stand in what a refusal says as text', async () => {
    await go('/machines/new')
    const name = devices[0]?.name ?? ''
    await page.locator('input[name=machine-name]').fill(name)
    await page.getByRole('button', { name: 'Save' }).tap()
    await page.getByText('is taken').or(page.getByText('already')).first().waitFor()
    expect(await caught()).toEqual([])
  })

  it('opened no dialog, and each is here only once', () => {
    expect(dialogs).toEqual([])
    expect(new Set(payloads).size).toBe(500)
  })
})
