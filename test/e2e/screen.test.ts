import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, newPhone } from '../support/browser.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'

type Key = { key: string; down: boolean; atMs: number }
type MachineReport = {
  keys: Key[]
  typedLines: { text: string }[]
  pointer: { kind: string; button?: string; down?: boolean; x?: number; y?: number }[]
}

let server: ServerProcess
let browser: Browser
let controlUrl: string
let password: string
const contexts: BrowserContext[] = []

beforeAll(async () => {
  server = await startServer({ args: ['demo'] })
  password = (await server.find(/with the password (\S+)/))[1] ?? ''
  controlUrl = (await server.find(/break and watch the machines: (\S+)/))[1] ?? ''
  browser = await launchBrowser([server.spki])
})
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close()
})
afterAll(async () => {
  await browser.close()
  await server.stop()
})

/** What the simulated machine's USB port and shell received. */
async function report(machine: string): Promise<MachineReport> {
  const response = await fetch(`${controlUrl}/machines/${machine}`)
  return (await response.json()) as MachineReport
}

async function eventually<T>(
  read: () => Promise<T>,
  isThere: (value: T) => boolean,
  what: string,
): Promise<T> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const value = await read()
    if (isThere(value)) return value
    if (Date.now() > deadline) throw new Error(`waited for ${what}; last seen: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function signedInPhone(): Promise<Page> {
  const context = await newPhone(browser)
  contexts.push(context)
  const page = await context.newPage()
  await page.goto(server.origin)
  await page.locator('input[name=username]').fill('demo')
  await page.locator('input[name=password]').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).tap()
  await page.waitForURL(`${server.origin}/`)
  return page
}

/** The id of a machine, from the snapshot that every page gets. */
async function idOf(page: Page, machine: string): Promise<string> {
  return page.evaluate(async (name) => {
    const socket = new WebSocket(`wss://${location.host}/api/live`)
    const text = await new Promise<string>((resolve, reject) => {
      socket.addEventListener('message', (event) => resolve(String(event.data)), { once: true })
      socket.addEventListener('error', () => reject(new Error('no live socket')), { once: true })
    })
    socket.close()
    const { changes } = JSON.parse(text) as {
      changes: { entity: string; id: string; value: { name: string } }[]
    }
    return changes.find(({ entity, value }) => entity === 'device' && value.name === name)?.id ?? ''
  }, machine)
}

async function openScreen(machine: string): Promise<Page> {
  const page = await signedInPhone()
  await page.goto(`${server.origin}/machines/${await idOf(page, machine)}/screen`)
  await page.locator('canvas').waitFor({ state: 'visible' })
  return page
}

async function sendLine(page: Page, line: string): Promise<void> {
  const field = page.getByRole('textbox')
  await field.fill(line)
  await page.getByRole('button', { name: /^Send/ }).tap()
  await page.waitForFunction((input) => (input as HTMLInputElement).value === '', await field.elementHandle())
}

const pressed = (keys: Key[]): string[] => keys.filter(({ down }) => down).map(({ key }) => key)

describe('the screen on a phone', () => {
  it('shows the machine, types a line as it is meant, and each key once', async () => {
    const before = (await report('cp1')).keys.length
    const page = await openScreen('cp1')
    await page.getByRole('button', { name: 'Type' }).tap()
    await sendLine(page, 'Ab_1')
    const { keys, typedLines } = await eventually(
      () => report('cp1'),
      ({ typedLines }) => typedLines.length > 0,
      'the line',
    )
    expect(typedLines.at(-1)?.text).toBe('Ab_1')
    expect(pressed(keys.slice(before))).toEqual([
      'ShiftLeft',
      'KeyA',
      'KeyB',
      'ShiftLeft',
      'Minus',
      'Digit1',
      'Enter',
    ])
  })

  it('types symbols on a machine with a Japanese keyboard', async () => {
    const page = await openScreen('media1')
    await page.getByRole('button', { name: 'Type' }).tap()
    await sendLine(page, '@:_|\\^~"=+*')
    const { typedLines } = await eventually(
      () => report('media1'),
      ({ typedLines }) => typedLines.length > 0,
      'the line',
    )
    expect(typedLines.at(-1)?.text).toBe('@:_|\\^~"=+*')
  })

  it('names what cannot be typed, and types nothing', async () => {
    const before = (await report('cp1')).keys.length
    const page = await openScreen('cp1')
    await page.getByRole('button', { name: 'Type' }).tap()
    await page.getByRole('textbox').fill('漢a字')
    await page.getByRole('button', { name: /^Send/ }).tap()
    await page.getByText('Cannot be typed: 漢 字').waitFor()
    await page.getByRole('button', { name: 'Esc' }).tap()
    const { keys } = await eventually(
      () => report('cp1'),
      ({ keys }) => keys.length > before,
      'the key after it',
    )
    expect(pressed(keys.slice(before))).toEqual(['Escape'])
  })

  it('makes a combination of a modifier and what the phone’s keyboard enters', async () => {
    const before = (await report('cp1')).keys.length
    const page = await openScreen('cp1')
    await page.getByRole('button', { name: 'Type' }).tap()
    await page.getByRole('button', { name: 'Ctrl' }).tap()
    await page.getByRole('textbox').focus()
    // What a phone's keyboard does: no key events with a code, only inserted text.
    const session: CDPSession = await page.context().newCDPSession(page)
    await session.send('Input.insertText', { text: 'c' })
    const { keys } = await eventually(
      () => report('cp1'),
      ({ keys }) => keys.length >= before + 4,
      'the combination',
    )
    const events = keys.slice(before).map(({ key, down }) => `${down ? '+' : '-'}${key}`)
    expect(events).toEqual(['+ControlLeft', '+KeyC', '-KeyC', '-ControlLeft'])
    expect(await page.getByRole('textbox').inputValue()).toBe('')
  })

  it('sends nothing while it only looks, and a tap as a click with the mouse on', async () => {
    const page = await openScreen('cp1')
    const stage = page.getByRole('application')
    const box = await stage.boundingBox()
    if (box === null) throw new Error('there is no stage')
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    const before = (await report('cp1')).pointer.length
    await page.touchscreen.tap(middle.x, middle.y)
    await page.getByRole('button', { name: 'Mouse' }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    await page.touchscreen.tap(middle.x, middle.y)
    const { pointer } = await eventually(
      () => report('cp1'),
      ({ pointer }) => pointer.length >= before + 3,
      'the click',
    )
    expect(pointer.slice(before)).toMatchObject([
      { kind: 'move' },
      { kind: 'button', button: 'left', down: true },
      { kind: 'button', button: 'left', down: false },
    ])
    expect(Math.abs(pointer[before]?.x ?? 99_999)).toBeLessThan(400)
  })

  it('lets go of what is held when the page is left', async () => {
    const before = (await report('cp3')).keys.length
    const page = await openScreen('cp3')
    await page.getByRole('button', { name: 'Keys', exact: true }).tap()
    await page.getByRole('application').focus()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    await page.keyboard.down('KeyQ')
    await eventually(
      () => report('cp3'),
      ({ keys }) => keys.length === before + 1,
      'the press',
    )
    await page.close()
    const { keys } = await eventually(
      () => report('cp3'),
      ({ keys }) => keys.length === before + 2,
      'the release',
    )
    expect(keys.at(-1)).toMatchObject({ key: 'KeyQ', down: false })
  })

  it('zooms with two fingers, around them, and moves with one', async () => {
    const page = await openScreen('cp1')
    const session: CDPSession = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...xs: number[]): Promise<unknown> =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x, y: 370, id })) })
    const scaleAndX = async (): Promise<{ scale: number; x: number }> => {
      const transform = await page.locator('canvas').evaluate((canvas) => canvas.style.transform)
      const [x = 0, , scale = 0] = (transform.match(/-?[\d.]+/g) ?? []).map(Number)
      return { scale, x }
    }
    const before = await scaleAndX()
    await touch('touchStart', 160)
    await touch('touchStart', 160, 200)
    for (let step = 1; step <= 10; step += 1) await touch('touchMove', 160 - step * 2, 200 + step * 2)
    await touch('touchEnd')
    const zoomed = await scaleAndX()
    expect(zoomed.scale / before.scale).toBeCloseTo(2, 1)
    expect(zoomed.x).toBeCloseTo(180 - (180 - before.x) * (zoomed.scale / before.scale), 0)
    await touch('touchStart', 160)
    for (let step = 1; step <= 10; step += 1) await touch('touchMove', 160 - step * 4)
    await touch('touchEnd')
    const moved = await scaleAndX()
    expect(moved.scale).toBe(zoomed.scale)
    expect(moved.x).toBeCloseTo(zoomed.x - 40, 0)
  })

  it('shows who has control, lets another take it over, and opens the power sheet', async () => {
    const [one, other] = [await openScreen('cp3'), await openScreen('cp3')]
    await one.getByRole('button', { name: 'Keys', exact: true }).tap()
    await one.locator('.keys button:not([disabled])').first().waitFor()
    // The same person in another tab takes it without asking; the first one sees who has it now.
    await other.getByRole('button', { name: 'Keys', exact: true }).tap()
    await one.getByText('demo is typing').waitFor()
    await one.getByRole('button', { name: 'Take over' }).tap()
    await other.getByText('demo is typing').waitFor()
    await one.getByRole('button', { name: 'Power', exact: true }).tap()
    await one.getByRole('dialog').getByText('cp3').first().waitFor()
  })
})
