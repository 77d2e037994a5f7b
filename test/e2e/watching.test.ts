import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, newPhone, signIn } from '../support/browser.ts'
import { eventually, openScreen, startDemoRack, type DemoRack } from '../support/demo-rack.ts'

let rack: DemoRack
let browser: Browser
let context: BrowserContext
let page: Page
let origin: string

beforeAll(async () => {
  rack = await startDemoRack()
  browser = await launchBrowser([rack.server.spki])
  ;({ context, page, origin } = await rack.signedInPhone(browser))
})
afterAll(async () => {
  await browser.close()
  await rack.stop()
})

type View = { x: number; y: number; scale: number }
async function viewOf(): Promise<View> {
  const transform = await page.locator('canvas').evaluate((canvas) => canvas.style.transform)
  const [x = 0, y = 0, scale = 0] = (transform.match(/-?[\d.]+/g) ?? []).map(Number)
  return { x, y, scale }
}

/** Opens it as new: a tab remembers how it was left. */
async function open(machine: string): Promise<void> {
  await page.evaluate(() => sessionStorage.clear())
  await openScreen(page, origin, machine)
}

async function typeOn(machine: string): Promise<void> {
  await open(machine)
  await page.getByRole('button', { name: 'Type', exact: true }).tap()
  await page.locator('[name=crashcart-line]:enabled').focus()
}

async function touches() {
  const session: CDPSession = await context.newCDPSession(page)
  return (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: [x: number, y: number][]) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([x, y], id) => ({ x, y, id })),
    })
}

/** Two fingers that go apart around the middle of the picture's top left quarter, until it is `factor` times as large. */
async function zoomIn(factor: number): Promise<void> {
  const touch = await touches()
  const y = 300
  await touch('touchStart', [80, y])
  await touch('touchStart', [80, y], [120, y])
  for (let step = 1; step <= 10; step += 1) {
    const apart = 20 * (1 + ((factor - 1) * step) / 10)
    await touch('touchMove', [100 - apart, y], [100 + apart, y])
  }
  await touch('touchEnd')
}

async function dragBy(dy: number): Promise<void> {
  const touch = await touches()
  await touch('touchStart', [180, 300])
  for (let step = 1; step <= 20; step += 1) await touch('touchMove', [180, 300 + (dy * step) / 20])
  await touch('touchEnd')
}

/** Where the lowest line of the machine's text lies on the stage, and how high that is, CSS pixels. */
async function lowestLine(): Promise<{ y: number; stage: number }> {
  const row = await page.locator('canvas').evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const { width, height } = canvas
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height)
    let at = data.length - 4
    while (at > 0 && (data[at] ?? 0) + (data[at + 1] ?? 0) < 200) at -= 4
    return Math.floor(at / 4 / width)
  })
  const [{ y, scale }, box] = [await viewOf(), await page.getByRole('application').boundingBox()]
  return { y: row * scale + y, stage: box?.height ?? 0 }
}
const isInView = ({ y, stage }: { y: number; stage: number }): boolean => y >= 0 && y <= stage

describe('what the phone shows of the picture', () => {
  it('fits again, and is life size, by a double tap', async () => {
    await open('cp1')
    const fitted = await viewOf()
    await zoomIn(2.5)
    expect((await viewOf()).scale).toBeGreaterThan(fitted.scale * 2)
    const twice = async (): Promise<void> => {
      await page.touchscreen.tap(180, 360)
      await page.touchscreen.tap(180, 360)
    }
    await twice()
    expect(await viewOf()).toEqual(fitted)
    await twice()
    expect((await viewOf()).scale).toBe(1)
  })

  it('follows what is typed, and only then', async () => {
    await typeOn('cp1')
    // As large as it gets: whatever stands on the screen, most of it is out of view.
    await zoomIn(4)
    await zoomIn(4)
    const { y, stage } = await lowestLine()
    await dragBy(y < stage / 2 ? -2_000 : 2_000)
    const away = await viewOf()
    expect(isInView(await lowestLine())).toBe(false)
    // A cursor that blinks moves nothing.
    await page.waitForTimeout(1_600)
    expect(await viewOf()).toEqual(away)
    await page.locator('[name=crashcart-line]').fill('echo here')
    // By the keyboard: a browser takes a tap right after a quick drag for the end of that.
    await page.keyboard.press('Enter')
    await eventually(lowestLine, isInView, 'the line that was typed in view')
  })

  it('stays above the phone’s keyboard, with the field', async () => {
    await typeOn('cp1')
    // What a phone does when its keyboard comes up and the page is scrolled under it.
    await page.evaluate(() => {
      const area = { height: () => 420, offsetTop: () => 60 }
      for (const [name, get] of Object.entries(area)) Object.defineProperty(visualViewport, name, { get })
      visualViewport?.dispatchEvent(new Event('resize'))
    })
    await page.getByRole('button', { name: 'Mouse' }).waitFor({ state: 'detached' })
    const boxOf = async (selector: string) => {
      const box = await page.locator(selector).boundingBox()
      if (box === null) throw new Error(`${selector} is not on the page`)
      return { top: box.y, bottom: box.y + box.height, height: box.height }
    }
    const [field, stage, canvas] = await Promise.all(
      ['[name=crashcart-line]', '[role=application]', 'canvas'].map(boxOf),
    )
    expect(field?.bottom).toBeLessThanOrEqual(480)
    expect(stage?.top).toBeGreaterThanOrEqual(60)
    expect(stage?.height).toBeGreaterThan(100)
    expect(canvas?.top).toBeGreaterThanOrEqual(60)
    expect(canvas?.bottom).toBeLessThanOrEqual(field?.top ?? 0)
  })
})

describe('the layout chip', () => {
  it('changes at once what is pressed for a sign', async () => {
    await typeOn('cp1')
    await page.getByLabel('Keyboard layout of the machine').selectOption('de')
    const before = (await rack.report('cp1')).keys.length
    await page.locator('[name=crashcart-line]').fill('y-')
    await page.getByRole('button', { name: /^Send/ }).tap()
    const presses = await eventually(
      async () => (await rack.report('cp1')).keys.slice(before).filter(({ down }) => down),
      (keys) => keys.some(({ key }) => key === 'Enter'),
      'the line',
    )
    expect(presses.map(({ key }) => key)).toEqual(['KeyZ', 'Slash', 'Enter'])
  })
})

describe('somebody who may look only', () => {
  it('sees who types, cannot take over, and is told whom to ask', async () => {
    await typeOn('cp1')
    const status = await page.evaluate(async () => {
      const body = JSON.stringify({ name: 'vera', password: 'looks but never touches', role: 'viewer' })
      const headers = { 'content-type': 'application/json' }
      return (await fetch('/api/users', { method: 'POST', headers, body })).status
    })
    expect(status).toBeLessThan(300)
    const theirs = await newPhone(browser)
    const other = await theirs.newPage()
    await signIn(other, origin, 'vera', 'looks but never touches')
    await other.goto(page.url())
    await other.getByText('demo is typing').waitFor()
    await other.getByText('Look only. Ask demo').waitFor()
    expect(await other.getByRole('button', { name: 'Take over' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Type', exact: true }).tap()
    await other.getByText('demo is typing').waitFor({ state: 'detached' })
    await theirs.close()
  })
})

describe('a picture that cannot come', () => {
  it('says that the machine is off, that it has no signal, or that the KVM is unreachable', async () => {
    await open('cp1')
    await rack.command({ machine: 'cp1', command: 'setMains', on: false })
    await page.getByText('Powered off', { exact: true }).waitFor()
    // Its LED is not wired, so nobody knows that it is off.
    await open('media1')
    await rack.command({ machine: 'media1', command: 'setMains', on: false })
    await page.getByText('No signal. Keys still go out').waitFor()
    await open('cp3')
    await rack.command({ machine: 'cp3', command: 'die' })
    await page.getByText(/^KVM unreachable since \d\d:\d\d/).waitFor()
  })
})
