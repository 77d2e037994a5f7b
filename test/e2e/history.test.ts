import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdFinger, launchBrowser } from '../support/browser.ts'
import { eventually, idOf, startDemoRack, type DemoRack } from '../support/demo-rack.ts'

let rack: DemoRack
let browser: Browser

beforeAll(async () => {
  rack = await startDemoRack()
  browser = await launchBrowser([rack.server.spki])
})
afterAll(async () => {
  await browser?.close()
  await rack?.stop()
})

/** How much of a picture is not black, of all its pixels. */
async function litShare(canvas: Locator): Promise<number> {
  return canvas.evaluate((element) => {
    const picture = element as HTMLCanvasElement
    const { data } = picture.getContext('2d')!.getImageData(0, 0, picture.width, picture.height)
    let lit = 0
    for (let at = 0; at < data.length; at += 4) if ((data[at] ?? 0) + (data[at + 1] ?? 0) > 60) lit += 1
    return lit / (data.length / 4)
  })
}
async function openHistory(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^History/ }).tap()
  const sheet = page.getByRole('dialog', { name: 'History: cp1' })
  await sheet.waitFor()
  return sheet
}
const textOf = async (list: Locator): Promise<string> =>
  (await list.allInnerTexts()).map((line) => line.replace(/\s+/g, ' ')).join('\n')

describe('the history of a machine on a phone', () => {
  it('tells when it went down, what was on its screen then, and what was done, each with its time', async () => {
    const { page, origin } = await rack.signedInPhone(browser)
    await page.goto(`${origin}/machines/${await idOf(page, 'cp1')}`)
    const figure = page.getByRole('figure')
    await eventually(
      () => figure.locator('canvas').count(),
      (count) => count > 0,
      'a picture',
    )
    await rack.command({ machine: 'cp1', command: 'hang' })
    await page.getByRole('img', { name: 'down' }).waitFor({ timeout: 40_000 })

    const sheet = await openHistory(page)
    const lines = sheet.getByRole('listitem')
    const told = await eventually(
      () => textOf(lines),
      (text) => text.includes('after its state changed'),
      'the screen of the hung machine',
      30_000,
    )
    expect(told).toMatch(/^\d\d:\d\d:\d\d down · Accepts, no answer$/m)
    expect(told).toMatch(/^\d\d:\d\d:\d\d SSH accepts, no answer$/m)
    expect(told).toMatch(/^\d\d:\d\d:\d\d KVM answers$/m)
    const times = [...told.matchAll(/^\d\d:\d\d:\d\d/gm)].map(([time]) => time)
    expect(times).toEqual(times.toSorted().toReversed())

    const picture = sheet.getByRole('button', { name: /^Screen of cp1 at / }).first()
    await eventually(
      async () => picture.locator('canvas').count(),
      (count) => count > 0,
      'the past picture',
    )
    await eventually(
      async () => litShare(picture.locator('canvas')),
      (share) => share > 0.002,
      'its pixels',
    )
    await picture.tap()
    expect((await picture.boundingBox())?.width).toBeGreaterThan(300)

    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    const close = sheet.getByRole('button', { name: 'Close' })
    const box = await close.boundingBox()
    expect(box?.height).toBeGreaterThanOrEqual(48)
    expect((box?.y ?? 999) + (box?.height ?? 0)).toBeLessThanOrEqual(740)
    await close.tap()

    await page.getByRole('button', { name: /^Hard reboot/ }).tap()
    await holdFinger(page, '.hold-bar', 1500)
    await page.getByText('Restarted.').waitFor({ timeout: 40_000 })
    await page.goto(`${origin}/machines/${await idOf(page, 'cp1')}`)
    const after = await openHistory(page)
    const action = await eventually(
      () => textOf(after.getByRole('listitem')),
      (text) => /^\d\d:\d\d:\d\d Reset · by demo restarted/m.test(text),
      'the reboot beside the states',
    )
    expect(action).toMatch(/Signal lost/)
    await page.context().close()
  }, 150_000)
})
