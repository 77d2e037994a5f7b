import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Device, Endpoint } from '../../server/contract/inventory.ts'
import type { SimBmc } from '../../server/sim/bmc/bmc.ts'
import type { SimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { addCookies } from '../support/page-cookies.ts'
import { ApiClient } from '../support/api-client.ts'
import { launchBrowser, newPhone } from '../support/browser.ts'
import { startGreeters, startHostileBmc, startHostilePikvm, type Told } from '../support/hostile-rack.ts'
import { markupPayloads } from '../support/markup-payloads.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

declare global {
  interface Window {
    /** What went wrong on this page: scripts that ran or were stopped, elements that text became. */
    caught: string[]
  }
}

const machines = 6
const greetingsEach = 3
/** Five units of a PiKVM Switch: what it says of its ports fills twelve pages, one after the other. */
const ports = 20
const rounds = 12
/** Device texts are cut where they are read; no payload is longer than that. */
const payloads = markupPayloads(500)
const portTexts = payloads.slice(0, rounds * ports * 2)
const greetings = payloads.slice(portTexts.length, portTexts.length + machines * greetingsEach)
const [model = '', version = '', ...unused] = payloads.slice(portTexts.length + greetings.length)
/** What people would have typed, and what has less room. */
const [subject = '', ...names] = markupPayloads(payloads.length + 1 + machines).slice(payloads.length)
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
    /^(IFRAME|OBJECT|EMBED|VIDEO|MATH|TEMPLATE|X)$/i.test(element.tagName) ||
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
  let alone: SimPikvm
  let shared: SimPikvm
  let bmc: SimBmc
  let devices: Device[]
  let endpoints: Endpoint[]
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
    await alone[Symbol.asyncDispose]()
    await shared[Symbol.asyncDispose]()
    await bmc.close()
    closeGreeters()
  })

  const told: Told = { model, version, ports: portsOf(0) }

  /** What the Switch says of its ports in one round. */
  function portsOf(round: number): Told['ports'] {
    const texts = portTexts.slice(round * ports * 2, (round + 1) * ports * 2)
    return Array.from({ length: ports }, (_, n) => ({ id: texts[2 * n] ?? '', name: texts[2 * n + 1] ?? '' }))
  }

  async function fill(siteId: string): Promise<void> {
    const greeters = await startGreeters(greetings)
    closeGreeters = () => greeters.close()
    for (const [n, name] of names.entries()) {
      const at = n * greetingsEach
      const checks = greeters.ports.slice(at, at + greetingsEach).map((port, index) => ({
        kind: 'banner',
        label: `<b onclick=pwned>${index}`,
        address: '127.0.0.1',
        port,
      }))
      const notes = payloads.slice(n * 17, n * 17 + 17).join('\n')
      const placement = { kind: 'none' }
      const fields = { siteId, name, kind: 'server', placement, notes, isProtected: false }
      await admin.ok('POST', '/api/devices', { ...fields, layout: 'us', checks, dependsOn: [] })
    }
    devices = await admin.ok<Device[]>('GET', '/api/devices')
    alone = await startHostilePikvm({ ...told, ports: [] }, subject)
    await add(alone, { machine: { deviceId: devices[0]?.id } })
    shared = await startHostilePikvm(told, 'plain')
    await add(shared, { ports: [{ port: 0, machine: { deviceId: devices[2]?.id } }] })
    bmc = await startHostileBmc(short)
    const login = { user: 'admin', password: 'admin', suite: 3 }
    const machine = { deviceId: devices[1]?.id }
    await admin.ok('POST', '/api/bmc', { address: bmc.host, port: bmc.port, ...login, machine })
    endpoints = await admin.ok<Endpoint[]>('GET', '/api/endpoints')
  }

  async function add(pikvm: SimPikvm, who: object): Promise<void> {
    const where = { address: pikvm.host, port: pikvm.port }
    const { fingerprint } = await admin.ok<{ fingerprint: string }>('POST', '/api/pikvm/probe', where)
    await admin.ok('POST', '/api/pikvm', { ...where, fingerprint, user: 'admin', password: 'admin', ...who })
  }
  const idOf = (pikvm: SimPikvm): string => endpoints.find(({ port }) => port === pikvm.port)?.id ?? ''

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
  /** Machines whose name is not in the list; those that are well fold as soon as another one is not. */
  async function namesMissing(): Promise<string[]> {
    const fold = page.locator('.fold[aria-expanded=false]')
    if ((await fold.count()) > 0) await fold.click()
    const list = await page.evaluate(() => document.body.textContent)
    return devices.map(({ name }) => name).filter((name) => !list.includes(name))
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
    await expect.poll(namesMissing).toEqual([])
    for (const [n, { id, name, notes }] of devices.entries()) {
      const own = greetings.slice(n * greetingsEach, (n + 1) * greetingsEach)
      const text = await go(`/machines/${id}`, own.at(-1))
      for (const part of [name, ...own]) expect(text).toContain(part)
      expect(await page.title()).not.toMatch(/\p{Cc}/u)
      if (n > 0) continue
      await page.getByRole('button', { name: 'Notes' }).tap()
      await page.waitForFunction((wanted) => document.body.textContent.includes(wanted), notes)
      await page.keyboard.press('Escape')
    }
    expect(await caught()).toEqual([])
  })

  it('stand on the page of a PiKVM that says something else of its ports each time it is read', async () => {
    await go(`/kvms/${idOf(shared)}`)
    for (let round = 0; round < rounds; round++) {
      told.ports = portsOf(round)
      await admin.ok('POST', `/api/endpoints/${idOf(shared)}/read`)
      const text = await go(`/kvms/${idOf(shared)}`, told.ports.at(-1)?.name)
      const missing = told.ports.flatMap(({ id, name }) => [id, name]).filter((one) => !text.includes(one))
      expect(missing, `round ${round}`).toEqual([])
    }
    // The way to the power of the machine on its first port.
    await go(`/machines/${devices[2]?.id}`, told.ports[0]?.id)
    expect(await caught()).toEqual([])
  })

  it('stand on the pages of the other PiKVM, the BMC and what happened as text', async () => {
    await go('/kvms')
    expect(await go(`/kvms/${idOf(alone)}`, model)).toContain(version)
    expect(await go(`/machines/${devices[0]?.id}/edit`, model)).toContain(version)
    await go(`/machines/${devices[1]?.id}`, short[3])
    await go(`/machines/${devices[1]?.id}/edit`, short[1])
    for (const path of ['/rack', '/more/audit', '/more/sessions', '/machines/new']) await go(path)
    await go('/more/audit', names.at(-1))
    await go('/add')
    await page.locator('input[name=pikvm-address]').fill(`${alone.host}:${alone.port}`)
    await page.keyboard.press('Enter')
    // A distinguished name comes with backslashes before its special characters.
    const said = await page.getByText('CN=').first().textContent()
    expect(said?.replaceAll('\\', '')).toContain(subject)
    expect(await caught()).toEqual([])
  })

  it('stand in history, power sheet and screen as text, and a saved picture is a file of that name', async () => {
    const { id, name = '' } = devices[0] ?? {}
    for (const button of ['History', 'Hard reboot…']) {
      await go(`/machines/${id}`, name)
      await page.getByRole('button', { name: button }).first().tap()
      await page.getByRole('dialog').getByText(name).first().waitFor()
      await page.keyboard.press('Escape')
    }
    await go(`/machines/${id}/screen`, name)
    await page.locator('canvas').waitFor({ state: 'visible' })
    await page.getByRole('button', { name: 'Details' }).tap()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save picture' }).tap()
    expect((await saved).suggestedFilename()).toMatch(
      /^[^<>:"/\\|?*\p{Cc}]*pwned\(\d+\)[^<>:"/\\|?*\p{Cc}]*\.png$/u,
    )
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

  it('opened no dialog, and each was said by a device once', () => {
    expect(dialogs).toEqual([])
    expect(new Set([...portTexts, ...greetings, model, version]).size).toBe(500)
    expect(unused).toEqual([])
  })
})
