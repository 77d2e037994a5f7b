import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { eventually, idOf, openScreen } from '../support/demo-rack.ts'
import { useDemo } from '../support/use-demo.ts'

const rack = useDemo()

async function screenOf(machine: string): Promise<Page> {
  const page = await rack.phone()
  // What the page asks of the keyboard, passed on.
  await page.addInitScript(() => {
    const told: string[] = []
    Object.assign(window, { told })
    const { keyboard } = navigator as Navigator & { keyboard?: { lock(): Promise<void>; unlock(): void } }
    if (!keyboard) return
    const [lock, unlock] = [keyboard.lock.bind(keyboard), keyboard.unlock.bind(keyboard)]
    keyboard.lock = () => (told.push('lock'), lock())
    keyboard.unlock = () => (told.push('unlock'), unlock())
  })
  await openScreen(page, rack.server.origin, machine)
  return page
}
const lastTold = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => (window as unknown as { told: string[] }).told.at(-1))
const isFull = (page: Page): Promise<boolean> => page.evaluate(() => document.fullscreenElement !== null)

async function toggleFullScreen(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Details' }).tap()
  await page.getByRole('button', { name }).tap()
  await page.getByRole('button', { name: 'Close' }).tap()
}

async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).first().boundingBox()
  if (box === null) throw new Error(`${selector} is not shown`)
  return box
}

describe('full screen', () => {
  it('takes the keys that the browser keeps, while they go to the machine, and no longer', async () => {
    const page = await screenOf('cp1')
    await toggleFullScreen(page, 'Full screen')
    await page.waitForFunction(() => document.fullscreenElement !== null)
    expect(await lastTold(page)).not.toBe('lock')
    await page.getByRole('button', { name: 'Keys', exact: true }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).focus()
    await eventually(
      () => lastTold(page),
      (told) => told === 'lock',
      'the keyboard to be locked',
    )
    await page.keyboard.press('Escape')
    await eventually(
      () => rack.report('cp1'),
      ({ keys }) => keys.some(({ key, down }) => key === 'Escape' && !down),
      'Esc on the machine',
    )
    expect(await isFull(page)).toBe(true)
    await toggleFullScreen(page, 'Leave full screen')
    await page.waitForFunction(() => document.fullscreenElement === null)
    expect(await lastTold(page)).toBe('unlock')
  })

  it('is left with the screen', async () => {
    const page = await screenOf('cp1')
    await toggleFullScreen(page, 'Full screen')
    await page.waitForFunction(() => document.fullscreenElement !== null)
    await page.goBack()
    await page.waitForFunction(() => document.fullscreenElement === null)
  })
})

describe('a phone that is turned', () => {
  it('keeps the picture whole beside the buttons, nothing covered, and types on', async () => {
    const page = await screenOf('cp3')
    await page.getByRole('button', { name: 'Keys', exact: true }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    await page.setViewportSize({ width: 740, height: 360 })
    const picture = await eventually(
      () => boxOf(page, '[role=application] canvas'),
      ({ x, y, width, height }) => x >= 0 && y >= 0 && y + height <= 360 && x + width <= 740 && width > 100,
      'the whole picture',
    )
    const modes = await boxOf(page, '.foot')
    expect(modes.x).toBeGreaterThanOrEqual(picture.x + picture.width)
    expect(modes.y + modes.height).toBeLessThanOrEqual(360)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(740)
    await page.getByRole('button', { name: 'Tab', exact: true }).tap()
    await eventually(
      () => rack.report('cp3'),
      ({ keys }) => keys.some(({ key, down }) => key === 'Tab' && !down),
      'Tab on the machine',
    )
    await page.setViewportSize({ width: 360, height: 740 })
    await eventually(
      () => boxOf(page, '[role=application] canvas'),
      ({ x, width }) => x >= 0 && x + width <= 360 && width > 300,
      'the whole picture again',
    )
  })

  it('keeps Open screen and Hard reboot in view on the longest page, below the facts, as a desktop does', async () => {
    const page = await rack.phone()
    await page.goto(`${rack.server.origin}/machines/${await idOf(page, 'node4')}`)
    await page.getByText('Blink its light', { exact: false }).waitFor()
    for (const [width, height] of [
      [740, 360],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height })
      const tabs = await boxOf(page, 'nav.tabs')
      const bottom = tabs.width > tabs.height ? tabs.y : height
      const facts = await boxOf(page, '.facts .line')
      const picture = await boxOf(page, 'figure')
      for (const name of ['Open screen', 'Hard reboot…']) {
        const button = await page.locator('.actions').getByText(name, { exact: true }).boundingBox()
        if (button === null) throw new Error(`${name} is not shown`)
        expect(button.y + button.height).toBeLessThanOrEqual(bottom)
        expect(button.y).toBeGreaterThanOrEqual(facts.y + facts.height)
        expect(button.x).toBeGreaterThanOrEqual(picture.x + picture.width)
      }
      expect(
        await page.evaluate(() => [scrollY, document.documentElement.scrollWidth <= innerWidth]),
      ).toEqual([0, true])
    }
  })
})
