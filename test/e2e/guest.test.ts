import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, newPhone } from '../support/browser.ts'
import { eventually, idOf, startDemoRack, type DemoRack } from '../support/demo-rack.ts'

let rack: DemoRack
let browser: Browser
let admin: Page
let guestPhone: BrowserContext
let guest: Page
let machineId: string
let otherId: string
let link: string

beforeAll(async () => {
  rack = await startDemoRack()
  browser = await launchBrowser([rack.server.spki])
  admin = (await rack.signedInPhone(browser)).page
  machineId = await idOf(admin, 'cp1')
  otherId = await idOf(admin, 'cp3')
  guestPhone = await newPhone(browser)
  guest = await guestPhone.newPage()
})
afterAll(async () => {
  await browser.close()
  await rack.stop()
})

/** Somebody else's phone, or a preview, that opens the link. */
async function openElsewhere(text: RegExp): Promise<void> {
  const context = await newPhone(browser)
  const page = await context.newPage()
  await page.goto(link)
  await page.getByText(text).first().waitFor()
  await context.close()
}

/** Asks the server as this page's browser would, without the page in between. */
const ask = (page: Page, method: string, path: string, body?: object): Promise<number> =>
  page.evaluate(
    async ([verb, address, sent]) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(address, { method: verb, ...(sent !== '' && { headers, body: sent }) })
      return answer.status
    },
    [method, path, body === undefined ? '' : JSON.stringify(body)] as const,
  )

/** Everything that `/api/live` tells first. */
const snapshotOf = (page: Page): Promise<string> =>
  page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`wss://${location.host}/api/live`)
        socket.addEventListener('message', ({ data }) => {
          socket.close()
          resolve(String(data))
        })
      }),
  )

describe('a guest link', () => {
  it('is made in a few taps from the machine and shown once', async () => {
    await admin.goto(`${rack.server.origin}/machines/${machineId}`)
    await admin.getByRole('button', { name: 'Guest', exact: false }).tap()
    const sheet = admin.getByRole('dialog')
    await sheet.getByText('Screens, states and history.', { exact: false }).waitFor()
    await sheet.getByRole('button', { name: 'Make the link' }).tap()
    const field = sheet.getByRole('textbox')
    link = await field.inputValue()
    expect(await field.evaluate((box) => box.scrollHeight - box.clientHeight)).toBe(0)
    await sheet.getByText('on another device this link cannot work', { exact: false }).waitFor()
    expect(link).toMatch(new RegExp(`^${rack.server.origin}/join#[A-Za-z0-9_-]{43}$`))
    await sheet.getByRole('button', { name: 'Show as a QR code' }).tap()
    await sheet.getByRole('img', { name: 'QR code of the guest link' }).waitFor()
    await sheet.getByRole('button', { name: 'Done' }).tap()
    await admin.goto(`${rack.server.origin}/more/guests`)
    await admin.getByText('Nobody joined yet').waitFor()
    await admin.getByText('cp1 · Look · Until', { exact: false }).waitFor()
    expect(await admin.content()).not.toContain(link.slice(-43))
  })

  it('is not spent by opening it', async () => {
    await openElsewhere(/demo lets you in/)
    await guest.goto(link)
    await guest.reload()
    await guest.getByText('demo lets you in', { exact: false }).waitFor()
    await guest.getByText('cp1', { exact: true }).waitFor()
    await guest.getByText('2 h left', { exact: false }).or(guest.getByText('1 h 59 min left')).waitFor()
    await admin.reload()
    await admin.getByText('Nobody joined yet').waitFor()
  })

  it('is claimed by Join: the guest sees the one machine, and everybody sees the guest', async () => {
    await guest.getByLabel('Your name').fill('Mia')
    await guest.getByRole('button', { name: 'Join' }).tap()
    await guest.waitForURL(`${rack.server.origin}/machines/${machineId}`)
    await guest.getByText('Guest of demo: looks', { exact: false }).waitFor()
    await admin.getByText('Mia (guest) is in: cp1, looks', { exact: false }).waitFor()
    await openElsewhere(/Mia joined by it at .* good for one person/)
  })

  it('lets its guest look at the screen, and type nothing', async () => {
    await guest.getByText('Open screen', { exact: true }).tap()
    await guest.locator('canvas').waitFor({ state: 'visible' })
    await expect
      .poll(() => guest.getByRole('button', { name: 'Type', exact: true }).isDisabled(), { timeout: 10_000 })
      .toBe(true)
    await guest.getByRole('navigation').getByText('Look only').waitFor()
    expect(await guest.getByRole('button', { name: 'Power', exact: true }).isDisabled()).toBe(true)
    const before = (await rack.report('cp1')).keys.length
    const answers = await guest.evaluate(async (id) => {
      const socket = new WebSocket(`wss://${location.host}/api/screen/${id}`)
      const heard: string[] = []
      socket.addEventListener('message', ({ data }) => typeof data === 'string' && heard.push(data))
      await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
      const say = (message: object): void => socket.send(JSON.stringify(message))
      say({ type: 'take' })
      say({ type: 'key', seq: 1, code: 'KeyA', down: true })
      say({ type: 'ping', t: 1 })
      while (!heard.some((text) => text.includes('"pong"'))) await new Promise((r) => setTimeout(r, 50))
      socket.close()
      return heard
    }, machineId)
    expect(answers.some((text) => text.includes('"pong"'))).toBe(true)
    expect((await rack.report('cp1')).keys.length).toBe(before)
    expect(
      await ask(guest, 'POST', `/api/devices/${machineId}/power/nonce`, { verb: 'reset', pathId: null }),
    ).toBe(403)
  })

  it('shows nothing else', async () => {
    await guest.goto(`${rack.server.origin}/machines/${otherId}`)
    await guest.getByText('This machine does not exist (any more).').waitFor()
    for (const path of ['/more/audit', '/more/guests', `/machines/${machineId}/edit`, '/kvms']) {
      await guest.goto(`${rack.server.origin}${path}`)
      await guest.waitForURL(`${rack.server.origin}/`)
    }
    await guest.getByText('cp1', { exact: true }).first().waitFor()
    expect(await guest.getByText('cp3').count()).toBe(0)
    expect(await ask(guest, 'GET', '/api/audit')).toBe(403)
    expect(await ask(guest, 'GET', `/api/devices/${otherId}/history`)).toBe(403)
    expect(await ask(guest, 'PATCH', `/api/devices/${machineId}`, { rev: 1, name: 'mine' })).toBe(403)
    const told = await snapshotOf(guest)
    expect(told).toContain('cp1')
    expect(told).not.toContain('cp3')
    expect(told).not.toContain(otherId)
    expect(told).not.toMatch(/127\.0\.0\.|"notes":"[^"]/)
  })

  it('is ended in one tap: what is open closes at once, and the link is over', async () => {
    await guest.goto(`${rack.server.origin}/machines/${machineId}/screen`)
    await guest.locator('canvas').waitFor({ state: 'visible' })
    await guest.evaluate((id) => {
      const page = window as unknown as { isCut: boolean }
      const socket = new WebSocket(`wss://${location.host}/api/screen/${id}`)
      socket.addEventListener('close', () => (page.isCut = true))
      return new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
    }, machineId)
    await admin.getByRole('button', { name: 'End the visit of Mia' }).tap()
    await eventually(
      () => guest.evaluate(() => (window as unknown as { isCut?: boolean }).isCut === true),
      (isClosed) => isClosed,
      'the guest’s screen closed',
      5_000,
    )
    await guest.getByText('Your visit is over').waitFor()
    await admin.getByText('Mia (guest) is in', { exact: false }).waitFor({ state: 'detached' })
    await admin.getByText('No guest link is in force.').waitFor()
    await guest.goto('about:blank')
    await guest.goto(link)
    await guest.getByText('This link has ended').waitFor()
    expect(await ask(guest, 'GET', '/api/devices')).toBe(401)
  })

  it('whose visit is over says so to the guest who opens the page again, in their language', async () => {
    await guest.goto(`${rack.server.origin}/machines/${machineId}`)
    await guest.waitForURL(/\/sign-in/)
    await guest.getByText('Your visit is over').waitFor()
    await guest.getByText('ask for a new link', { exact: false }).waitFor()
    const state = await guestPhone.storageState()
    const japanese = await (await newPhone(browser, { locale: 'ja-JP', state })).newPage()
    await japanese.goto(rack.server.origin)
    await japanese.getByText('ゲスト参加は終了しました').waitFor()
    await japanese.context().close()
  })

  it('says nothing of it to others, nor once somebody with an account was in', async () => {
    const state = await guestPhone.storageState()
    const { context, page, origin } = await rack.signedInPhone(browser, { state })
    await page.context().clearCookies()
    await page.goto(origin)
    await page.waitForURL(/\/sign-in/)
    await page.locator('input[name=username]').waitFor()
    expect(await page.getByText('Your visit is over').count()).toBe(0)
    await context.close()
  })
})
