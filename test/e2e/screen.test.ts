import type { CDPSession, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { eventually, openScreen } from '../support/demo-rack.ts'
import type { MachineReport } from '../support/simulated-rack.ts'
import { useDemo } from '../support/use-demo.ts'

const rack = useDemo()

async function sendLine(page: Page, line: string): Promise<void> {
  const field = page.getByRole('textbox')
  await field.fill(line)
  await page.getByRole('button', { name: /^Send/ }).tap()
  await page.waitForFunction((input) => (input as HTMLInputElement).value === '', await field.elementHandle())
}

const pressed = (keys: MachineReport['keys']): string[] =>
  keys.filter(({ down }) => down).map(({ key }) => key)

describe('the screen on a phone', () => {
  it('shows the machine, types a line as it is meant, and each key once', async () => {
    const before = (await rack.report('cp1')).keys.length
    const page = await rack.screenOf('cp1')
    await page.getByRole('button', { name: 'Type' }).tap()
    await sendLine(page, 'Ab_1')
    const { keys, typedLines } = await eventually(
      () => rack.report('cp1'),
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
    const page = await rack.screenOf('media1')
    await page.getByRole('button', { name: 'Type' }).tap()
    await sendLine(page, '@:_|\\^~"=+*')
    const { typedLines } = await eventually(
      () => rack.report('media1'),
      ({ typedLines }) => typedLines.length > 0,
      'the line',
    )
    expect(typedLines.at(-1)?.text).toBe('@:_|\\^~"=+*')
  })

  it('names what cannot be typed, and types nothing', async () => {
    const before = (await rack.report('cp1')).keys.length
    const page = await rack.screenOf('cp1')
    await page.getByRole('button', { name: 'Type' }).tap()
    await page.getByRole('textbox').fill('漢a字')
    await page.getByRole('button', { name: /^Send/ }).tap()
    await page.getByText('Cannot be typed: 漢 字').waitFor()
    await page.getByRole('button', { name: 'Esc' }).tap()
    const { keys } = await eventually(
      () => rack.report('cp1'),
      ({ keys }) => keys.length > before,
      'the key after it',
    )
    expect(pressed(keys.slice(before))).toEqual(['Escape'])
  })

  it('makes a combination of a modifier and what the phone’s keyboard enters', async () => {
    const before = (await rack.report('cp1')).keys.length
    const page = await rack.screenOf('cp1')
    await page.getByRole('button', { name: 'Type' }).tap()
    await page.getByRole('button', { name: 'Ctrl' }).tap()
    await page.getByRole('textbox').focus()
    // What a phone's keyboard does: no key events with a code, only inserted text.
    const session: CDPSession = await page.context().newCDPSession(page)
    await session.send('Input.insertText', { text: 'c' })
    const { keys } = await eventually(
      () => rack.report('cp1'),
      ({ keys }) => keys.length >= before + 4,
      'the combination',
    )
    const events = keys.slice(before).map(({ key, down }) => `${down ? '+' : '-'}${key}`)
    expect(events).toEqual(['+ControlLeft', '+KeyC', '-KeyC', '-ControlLeft'])
    expect(await page.getByRole('textbox').inputValue()).toBe('')
  })

  it('sends no Ctrl+Alt+Del by plain keys: it opens as the power action that it is', async () => {
    const before = (await rack.report('cp1')).keys.length
    const page = await rack.screenOf('cp1')
    await page.getByRole('button', { name: 'Keys', exact: true }).tap()
    for (const name of ['Ctrl', 'Alt', 'Del']) await page.getByRole('button', { name, exact: true }).tap()
    await page
      .getByText(/Hold to .*Ctrl\+Alt\+Del/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Cancel' }).tap()
    const { keys } = await rack.report('cp1')
    expect(keys.slice(before).map(({ key }) => key)).not.toContain('Delete')
  })

  it('sends nothing while it only looks, and a tap as a click with the mouse on', async () => {
    const page = await rack.screenOf('cp1')
    const stage = page.getByRole('application')
    const box = await stage.boundingBox()
    if (box === null) throw new Error('there is no stage')
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    const before = (await rack.report('cp1')).pointer.length
    await page.touchscreen.tap(middle.x, middle.y)
    await page.getByRole('button', { name: 'Mouse' }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    await page.touchscreen.tap(middle.x, middle.y)
    const { pointer } = await eventually(
      () => rack.report('cp1'),
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

  it('says that a key went nowhere while it only looks, and offers the keyboard', async () => {
    const before = (await rack.report('cp1')).keys.length
    const page = await rack.screenOf('cp1')
    const note = page.getByRole('status').filter({ hasText: 'Looking only: that key was not sent' })
    await page.keyboard.press('Tab')
    await page.getByRole('application').focus()
    expect(await note.count()).toBe(0)
    await page.keyboard.press('KeyX')
    await note.getByRole('button', { name: 'Keys' }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    expect(await note.count()).toBe(0)
    await page.keyboard.press('KeyY')
    const { keys } = await eventually(
      () => rack.report('cp1'),
      ({ keys }) => keys.length >= before + 2,
      'the key after it',
    )
    expect(pressed(keys.slice(before))).toEqual(['KeyY'])
  })

  it('lets go of what is held when the page is left', async () => {
    const before = (await rack.report('cp3')).keys.length
    const page = await rack.screenOf('cp3')
    await page.getByRole('button', { name: 'Keys', exact: true }).tap()
    await page.getByRole('application').focus()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    await page.keyboard.down('KeyQ')
    await eventually(
      () => rack.report('cp3'),
      ({ keys }) => keys.length === before + 1,
      'the press',
    )
    await page.close()
    const { keys } = await eventually(
      () => rack.report('cp3'),
      ({ keys }) => keys.length === before + 2,
      'the release',
    )
    expect(keys.at(-1)).toMatchObject({ key: 'KeyQ', down: false })
  })

  it('zooms with two fingers, around them, and moves with one', async () => {
    const page = await rack.screenOf('cp1')
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
    const [one, other] = [await rack.screenOf('cp3'), await rack.screenOf('cp3')]
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

  it('says quietly that a line had no reaction on the picture, as H.264 and as JPEG', async () => {
    await rack.command({ machine: 'cp3', command: 'hang', kernelAlive: false })
    const pages = [await rack.phone(), await rack.phone()] as const
    await pages[1].addInitScript(() => Reflect.deleteProperty(window, 'VideoDecoder'))
    for (const page of pages) {
      await openScreen(page, rack.server.origin, 'cp3')
      await page.getByText(/^Picture unchanged since/).waitFor()
      // The same person: the second page takes control from the first.
      await page.getByRole('button', { name: 'Type' }).tap()
      await sendLine(page, 'hello')
    }
    for (const page of pages) await page.getByText(/^Sent .* No change seen since$/).waitFor()
  })
})
