import type { CDPSession, Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually, openScreen } from '../support/demo-rack.ts'
import { SwallowingProxy } from '../support/swallowing-proxy.ts'
import { useDemo } from '../support/use-demo.ts'

const rack = useDemo()
const proxies: SwallowingProxy[] = []
/** Back on the same screen within this time of being shown, at 100 ms round trip. */
const backWithinMs = 3_000

afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop()
})

/** A phone whose way to Crashcart takes 100 ms there and back and can be made to swallow everything. */
async function phoneBehindProxy() {
  const proxy = new SwallowingProxy(50)
  const port = await proxy.start(rack.server.port)
  proxies.push(proxy)
  const origin = `https://localhost:${port}`
  const page = await rack.phone({ origin })
  return { proxy, origin, context: page.context(), page }
}

async function keysOn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Keys', exact: true }).tap()
  await hasControl(page)
}
/** The page has noticed that its link may be dead, and opens another beside it. */
const opensAnother = (page: Page): Promise<unknown> =>
  page.waitForEvent('websocket', {
    predicate: (socket) => socket.url().includes('/api/screen/'),
    timeout: 12_000,
  })
const hasControl = (page: Page, timeout = 15_000): Promise<void> =>
  page.locator('.keys button:not([disabled])').first().waitFor({ timeout })

async function zoomIn(page: Page): Promise<string> {
  const session: CDPSession = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...xs: number[]): Promise<unknown> =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x, y: 300, id })) })
  await touch('touchStart', 160, 200)
  for (let step = 1; step <= 10; step += 1) await touch('touchMove', 160 - step * 2, 200 + step * 2)
  await touch('touchEnd')
  await session.detach()
  return viewOf(page)
}
const viewOf = (page: Page): Promise<string> =>
  page.locator('canvas').evaluate((canvas) => canvas.style.transform)

/** A line of text below the picture that comes and goes moves its middle for a moment. */
async function viewIs(page: Page, view: string): Promise<void> {
  await eventually(
    () => viewOf(page),
    (now) => now === view,
    `the view ${view}`,
  )
}

/** Taps a key and sees it arrive at the machine. */
async function keyArrives(page: Page, machine: string, name: string, code: string, withinMs?: number) {
  const before = (await rack.report(machine)).keys.length
  await page.getByRole('button', { name, exact: true }).tap()
  await eventually(
    () => rack.report(machine),
    ({ keys }) => keys.slice(before).some(({ key, down }) => key === code && !down),
    `${code} on ${machine}`,
    withinMs,
  )
}
/** How many pictures were drawn so far: the page's canvas is asked, not the network. */
async function countDrawing(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counted = window as unknown as { drawings: number }
    counted.drawings = 0
    const original = CanvasRenderingContext2D.prototype.drawImage
    CanvasRenderingContext2D.prototype.drawImage = function (
      this: CanvasRenderingContext2D,
      ...given: unknown[]
    ) {
      counted.drawings += 1
      return (original as (...all: unknown[]) => void).apply(this, given)
    } as typeof original
  })
  return () => page.evaluate(() => (window as unknown as { drawings: number }).drawings)
}

/** Both within one deadline: another picture on the canvas, and the keys. */
async function isBack(page: Page, drawn: () => Promise<number>): Promise<void> {
  const before = await drawn()
  await Promise.all([
    eventually(drawn, (count) => count > before + 1, 'new pictures', backWithinMs),
    hasControl(page, backWithinMs),
  ])
}

describe('a page whose connection died without a word', () => {
  it('is back on the same screen, zoom and mode when the network returns', async () => {
    const { proxy, origin, page } = await phoneBehindProxy()
    await openScreen(page, origin, 'cp1')
    await keysOn(page)
    const view = await zoomIn(page)
    const drawn = await countDrawing(page)
    proxy.swallow()
    const another = opensAnother(page)
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await Promise.all([another, isBack(page, drawn)])
    await viewIs(page, view)
    await keyArrives(page, 'cp1', 'Esc', 'Escape')
  })

  it('is back by itself after a few seconds of silence, without anybody touching it', async () => {
    const { proxy, origin, page } = await phoneBehindProxy()
    await openScreen(page, origin, 'cp1')
    await keysOn(page)
    const drawn = await countDrawing(page)
    const another = opensAnother(page)
    proxy.swallow()
    await another
    const before = await drawn()
    await eventually(drawn, (count) => count > before, 'a picture', 12_000)
    await hasControl(page)
    await keyArrives(page, 'cp1', 'Tab', 'Tab')
  })

  it('is back after the tab stood still', async () => {
    const { proxy, origin, page, context } = await phoneBehindProxy()
    await openScreen(page, origin, 'cp1')
    await keysOn(page)
    const view = await zoomIn(page)
    const session = await context.newCDPSession(page)
    const drawn = await countDrawing(page)
    await session.send('Debugger.enable')
    const stands = new Promise((resolve) => session.once('Debugger.paused', resolve))
    await session.send('Debugger.pause')
    await stands
    proxy.swallow()
    // Long enough for the page's clock to show that it stood still.
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    const another = opensAnother(page)
    await session.send('Debugger.resume')
    await Promise.all([another, isBack(page, drawn)])
    await viewIs(page, view)
    await keyArrives(page, 'cp1', 'Esc', 'Escape')
  })

  it('keeps a connection that lives: nothing is opened anew for good', async () => {
    const { proxy, origin, page } = await phoneBehindProxy()
    await openScreen(page, origin, 'cp1')
    await keysOn(page)
    const names = await sockets(page)
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await keyArrives(page, 'cp1', 'Esc', 'Escape')
    await page.waitForTimeout(1_500)
    expect(await sockets(page)).toEqual(names)
    expect(proxy.opened).toBeGreaterThan(0)
  })
})

/** Who looks at the machine, as its own page says: the person once, however many sockets come and go. */
async function sockets(page: Page): Promise<string[]> {
  await page.getByRole('button', { name: 'Details' }).tap()
  const text = await page.getByRole('dialog').locator('dd').allInnerTexts()
  await page.getByRole('button', { name: 'Close' }).tap()
  return text.slice(1, 2)
}

describe('control', () => {
  it('stays with a tab that is loaded again, with its mode and zoom', async () => {
    const { origin, page } = await phoneBehindProxy()
    await openScreen(page, origin, 'cp3')
    await keysOn(page)
    const view = await zoomIn(page)
    await page.waitForTimeout(400)
    await page.reload()
    await hasControl(page)
    await page.locator('canvas').waitFor({ state: 'visible' })
    await viewIs(page, view)
    await keyArrives(page, 'cp3', 'Esc', 'Escape')
  })

  it('stays with the newest tab of the same person when an older one comes back', async () => {
    const { proxy, origin, page: older, context } = await phoneBehindProxy()
    await openScreen(older, origin, 'cp3')
    await keysOn(older)
    proxy.swallow()
    const newer = await context.newPage()
    // Past the proxy: the browser would keep using its dead connections for pages.
    await openScreen(newer, rack.server.origin, 'cp3')
    await keysOn(newer)
    await older.evaluate(() => window.dispatchEvent(new Event('online')))
    await older.getByText('demo is typing').waitFor()
    await keyArrives(newer, 'cp3', 'Esc', 'Escape')
    await newer.reload()
    await hasControl(newer)
    await older.getByText('demo is typing').waitFor()
  })

  it('is seen by all when it is given back', async () => {
    const { origin, page: one, context } = await phoneBehindProxy()
    await openScreen(one, origin, 'cp3')
    const other = await context.newPage()
    await openScreen(other, origin, 'cp3')
    await keysOn(one)
    await keysOn(other)
    await one.getByText('demo is typing').waitFor()
    await other.getByRole('button', { name: 'Keys', exact: true }).tap()
    await one.getByText('demo is typing').waitFor({ state: 'detached' })
  })

  it('is not kept for a screen that was left on purpose', async () => {
    const { origin, page } = await phoneBehindProxy()
    await openScreen(page, origin, 'cp3')
    await keysOn(page)
    await page.getByRole('button', { name: 'Back', exact: true }).tap()
    await page.getByText('Open screen', { exact: true }).tap()
    await page.locator('canvas').waitFor({ state: 'visible' })
    await expect
      .poll(() => page.getByRole('button', { name: 'Keys', exact: true }).getAttribute('aria-pressed'))
      .toBe('false')
  })
})
