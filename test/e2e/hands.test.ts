import type { CDPSession, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { PictureJoiner } from '../../server/contract/picture-parts.ts'
import { holdFinger, type PhoneOptions } from '../support/browser.ts'
import { eventually } from '../support/demo-rack.ts'
import type { MachineReport } from '../support/simulated-rack.ts'
import { useDemo } from '../support/use-demo.ts'

const rack = useDemo()

async function typingLive(machine: string, options: PhoneOptions = {}) {
  const page = await rack.screenOf(machine, options)
  const isJapanese = options.locale === 'ja-JP'
  await page.getByRole('button', { name: isJapanese ? '入力' : 'Type', exact: true }).tap()
  await page.getByRole('button', { name: isJapanese ? /すぐに入力/ : /Type at once/ }).tap()
  const field = page.locator('[name=crashcart-live]')
  await field.and(page.locator(':enabled')).focus()
  const session: CDPSession = await page.context().newCDPSession(page)
  const before = (await rack.report(machine)).keys.length
  const pressed = async (): Promise<string[]> => {
    const { keys } = await rack.report(machine)
    return keys
      .slice(before)
      .filter(({ down }) => down)
      .map(({ key }) => key)
  }
  return { page, field, session, pressed }
}

/** How long the parts of each whole picture took to arrive from now on, ms; needs `Network.enable`. */
function picturesOf(session: CDPSession): () => number[] {
  const tookMs: number[] = []
  const joiner = new PictureJoiner()
  let beganAt: number | null = null
  session.on('Network.webSocketFrameReceived', ({ response, timestamp }) => {
    if (response.opcode !== 2) return
    beganAt ??= timestamp
    if (joiner.add(new Uint8Array(Buffer.from(response.payloadData, 'base64'))) === null) return
    tookMs.push((timestamp - beganAt) * 1_000)
    beganAt = null
  })
  return () => tookMs
}

/** What a shell makes of these presses, Shift left out. */
function echoed(presses: string[]): string {
  let text = ''
  for (const press of presses) {
    if (press === 'Backspace') text = text.slice(0, -1)
    else if (press === 'Space') text += ' '
    else if (/^Key[A-Z]$/.test(press)) text += press.slice(3).toLowerCase()
  }
  return text
}
const heldAtEnd = ({ keys }: MachineReport): string[] => {
  const held = new Set<string>()
  for (const { key, down } of keys)
    if (down) held.add(key)
    else held.delete(key)
  return [...held]
}

describe('the phone’s own keyboard, live', () => {
  it('types letters, takes suggestions and corrections, and deletes', async () => {
    const { field, session, pressed } = await typingLive('cp1')
    for (const letter of 'sytem') await session.send('Input.insertText', { text: letter })
    // A correction replaces what stands in the field.
    await field.evaluate((input: HTMLTextAreaElement) => input.setSelectionRange(0, 5))
    await session.send('Input.insertText', { text: 'system ' })
    await eventually(pressed, (presses) => echoed(presses) === 'system ', 'the corrected word')
    await field.press('Backspace')
    await eventually(pressed, (presses) => echoed(presses) === 'system', 'the deletion')
  })

  it('deletes what was there before the field', async () => {
    const { field, pressed } = await typingLive('cp1')
    await field.press('Backspace')
    await field.press('Backspace')
    const presses = await eventually(pressed, (keys) => keys.length >= 2, 'two deletions')
    expect(presses).toEqual(['Backspace', 'Backspace'])
  })

  it('presses Enter after the text and begins anew', async () => {
    const { field, session, pressed } = await typingLive('cp1')
    await session.send('Input.insertText', { text: 'uptime' })
    await field.press('Enter')
    const presses = await eventually(pressed, (keys) => keys.includes('Enter'), 'Enter')
    expect(presses.join(' ')).toBe('KeyU KeyP KeyT KeyI KeyM KeyE Enter')
    expect(await field.inputValue()).toBe('')
  })

  it('types nothing of a Japanese composition until it is committed, then says what cannot be typed', async () => {
    const { page, field, session, pressed } = await typingLive('media1', { locale: 'ja-JP' })
    for (const text of ['k', 'か', 'かn', 'かん', 'かんじ', '漢字']) {
      await session.send('Input.imeSetComposition', {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      })
    }
    expect(await field.inputValue()).toBe('漢字')
    expect(await pressed()).toEqual([])
    await session.send('Input.insertText', { text: '漢字' })
    await page.getByText('入力できない文字: 漢 字').waitFor()
    expect(await field.inputValue()).toBe('')
    // What is typed next shows that nothing came before it.
    await session.send('Input.imeSetComposition', { text: 'ls', selectionStart: 2, selectionEnd: 2 })
    await session.send('Input.insertText', { text: 'ls' })
    const presses = await eventually(pressed, (keys) => keys.length >= 2, 'plain letters')
    expect(presses).toEqual(['KeyL', 'KeyS'])
  })

  it('brings 1,000 keys in order over a link that collapses both ways, none lost and none stuck', async () => {
    const { page, session, pressed } = await typingLive('cp3')
    const [bytesPerS, silenceMs] = [6_000, 5_000]
    const opened: string[] = []
    page.on('websocket', (socket) => opened.push(socket.url()))
    const letters = Array.from(
      { length: 2_000 },
      (_, index) => 'abcdefghijklmnopqrstuvwxyz'[(index * 7) % 26] ?? '',
    )
    const typeOn = async (part: string[]): Promise<void> => {
      for (const letter of part) await session.send('Input.insertText', { text: letter })
    }
    await typeOn(letters.slice(0, 1_000))
    // As behind a cell that is congested from now on, in the middle of a picture: somebody else looks too, so the
    // stream begins anew for all, and that one picture takes longer than the silence that means a dead link.
    await session.send('Network.enable')
    const pictures = picturesOf(session)
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 300,
      downloadThroughput: bytesPerS,
      uploadThroughput: 20_000,
    })
    await rack.screenOf('cp3')
    await typeOn(letters.slice(1_000))
    const presses = await eventually(pressed, (keys) => keys.length >= letters.length, 'all keys', 60_000)
    expect(echoed(presses)).toBe(letters.join(''))
    expect(heldAtEnd(await rack.report('cp3'))).toEqual([])
    // The keys may all be there before the picture is.
    await expect.poll(() => Math.max(...pictures()), { timeout: 60_000 }).toBeGreaterThan(silenceMs)
    expect(opened).toEqual([])
    await page.close()
  })
})

/** Puts a text into what has the focus, by way of the clipboard. */
async function paste(page: Page, text: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text)
  await page.keyboard.press('Control+V')
}

describe('pasted text', () => {
  const pressesSince = async (machine: string, before: number): Promise<string> => {
    const { keys } = await rack.report(machine)
    const presses = keys.slice(before).filter(({ down }) => down)
    return presses.map(({ key }) => key.replace(/^Key/, '').toLowerCase()).join(' ')
  }

  it('keeps its lines: says how many there are, and presses Enter after each', async () => {
    const page = await rack.screenOf('cp3')
    await page.getByRole('button', { name: 'Type', exact: true }).tap()
    const field = page.locator('[name=crashcart-line]:enabled')
    await field.focus()
    const before = (await rack.report('cp3')).keys.length
    await paste(page, 'ls\r\npwd\nid\n')
    await page.getByText('3 lines, Enter after each').waitFor()
    expect((await rack.report('cp3')).keys).toHaveLength(before)
    await field.press('Enter')
    await page.waitForFunction(() => document.querySelector('textarea')?.value === '')
    await page.keyboard.insertText('x')
    await field.press('Enter')
    const presses = await eventually(
      () => pressesSince('cp3', before),
      (seen) => seen.endsWith('x enter'),
      'the line after it',
    )
    expect(presses).toBe('l s enter p w d enter i d enter x enter')
  })

  it('becomes a line between letters, then letters go on', async () => {
    const { page, field, pressed } = await typingLive('cp3')
    await field.press('a')
    await eventually(pressed, (presses) => presses.length === 1, 'the letter')
    await paste(page, 'b\nc')
    await page.getByText('2 lines, Enter after each').waitFor()
    await page.getByRole('button', { name: /^Send/ }).tap()
    await field.and(page.locator(':focus')).waitFor()
    await field.press('d')
    const presses = await eventually(pressed, (seen) => seen.includes('KeyD'), 'the letter after it')
    expect(presses.join(' ')).toBe('KeyA KeyB Enter KeyC Enter KeyD')
  })

  it('that is too long is neither cut nor sent, and the link stays', async () => {
    const page = await rack.screenOf('cp3')
    await page.getByRole('button', { name: 'Type', exact: true }).tap()
    const field = page.locator('[name=crashcart-line]:enabled')
    await field.fill('a'.repeat(20_000))
    await page.getByText(/20001 characters: at most 20000 go at once/).waitFor()
    const before = (await rack.report('cp3')).keys.length
    await page.getByRole('button', { name: /^Send/ }).tap()
    expect(await field.inputValue()).toHaveLength(20_000)
    await field.fill('z')
    await field.press('Enter')
    await eventually(
      () => pressesSince('cp3', before),
      (seen) => seen === 'z enter',
      'the short line and nothing else',
    )
  })

  it('shows how far it is, and stops with every key up', async () => {
    const page = await rack.screenOf('cp3')
    await page.getByRole('button', { name: 'Type', exact: true }).tap()
    const before = (await rack.report('cp3')).keys.length
    await page.getByRole('textbox').fill('Ab'.repeat(2_000))
    await page.getByRole('button', { name: /^Send/ }).tap()
    await page.getByText(/Typed \d+ of 4001/).waitFor()
    await eventually(
      () => rack.report('cp3'),
      ({ keys }) => keys.length > before + 20,
      'some keys',
    )
    await page.getByRole('button', { name: 'Cancel' }).tap()
    await page.getByText(/Stopped after \d+ of 4001/).waitFor()
    const stopped = await rack.report('cp3')
    await page.getByRole('button', { name: 'Esc' }).tap()
    const { keys } = await eventually(
      () => rack.report('cp3'),
      ({ keys }) => keys.some(({ key, down }) => key === 'Escape' && !down),
      'the key after it',
    )
    // 200 ms of typing are some fifteen events.
    expect(keys.findLastIndex(({ key }) => key === 'KeyB') - stopped.keys.length).toBeLessThan(20)
    expect(heldAtEnd({ ...stopped, keys })).toEqual([])
  })
})

describe('the machine’s mouse by fingers', () => {
  async function mouseOn(machine: string) {
    const page = await rack.screenOf(machine)
    await page.getByRole('button', { name: 'Mouse' }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    const session: CDPSession = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: [x: number, y: number][]) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: points.map(([x, y], id) => ({ x, y, id })),
      })
    const before = (await rack.report(machine)).pointer.length
    const since = async () => (await rack.report(machine)).pointer.slice(before)
    return { page, touch, since }
  }

  it('drags after a long press, and lets go where the finger comes up', async () => {
    const { page, touch, since } = await mouseOn('cp1')
    await touch('touchStart', [120, 360])
    await page.waitForTimeout(650)
    for (let x = 125; x <= 240; x += 5) await touch('touchMove', [x, 360])
    await touch('touchEnd')
    const events = await eventually(
      since,
      (pointer) => pointer.some(({ kind, down }) => kind === 'button' && down === false),
      'the release',
    )
    const press = events.findIndex(({ kind }) => kind === 'button')
    expect(events[press]).toMatchObject({ button: 'left', down: true })
    expect(events[press - 1]?.x ?? 0).toBeLessThan(0)
    expect(events.at(-1)).toMatchObject({ kind: 'button', button: 'left', down: false })
    expect(events.at(-2)?.x ?? 0).toBeGreaterThan(events[press - 1]?.x ?? 0)
  })

  it('clicks right after a long press without a way', async () => {
    const { page, touch, since } = await mouseOn('cp1')
    await touch('touchStart', [180, 360])
    await page.waitForTimeout(650)
    await touch('touchEnd')
    const events = await eventually(since, (pointer) => pointer.length >= 3, 'the click')
    expect(events.slice(-2)).toMatchObject([
      { button: 'right', down: true },
      { button: 'right', down: false },
    ])
  })

  it('turns the wheel with two fingers and leaves the picture where it is', async () => {
    const { page, touch, since } = await mouseOn('cp1')
    // Up and down it follows the lines below it, which come and go by themselves.
    const sideways = () =>
      page.locator('canvas').evaluate((canvas) => canvas.style.transform.replace(/, [^)]*/, ''))
    const before = await sideways()
    await touch('touchStart', [150, 420], [200, 420])
    for (let y = 416; y >= 300; y -= 4) await touch('touchMove', [150, y], [200, y])
    await touch('touchEnd')
    const events = await eventually(since, (pointer) => pointer.length >= 3, 'the wheel')
    expect(events.every(({ kind, dy }) => kind === 'wheel' && (dy ?? 0) < 0)).toBe(true)
    expect(await sideways()).toBe(before)
  })

  it('pushes a relative mouse as on a trackpad, and says so', async () => {
    await rack.command({ machine: 'cp2', command: 'setMouse', relative: true })
    const { page, touch, since } = await mouseOn('cp2')
    await page.getByText(/Relative mouse: swipe to move it/).waitFor()
    await touch('touchStart', [100, 360])
    for (let x = 105; x <= 200; x += 5) await touch('touchMove', [x, 360])
    await touch('touchEnd')
    await page.touchscreen.tap(180, 360)
    const events = await eventually(
      since,
      (pointer) => pointer.some(({ kind, down }) => kind === 'button' && down === false),
      'the click',
    )
    const moved = events.filter(({ kind }) => kind === 'relative').reduce((sum, { dx }) => sum + (dx ?? 0), 0)
    expect(moved).toBeGreaterThan(95)
    expect(events.some(({ kind }) => kind === 'move')).toBe(false)
  })
})

describe('a laptop’s keyboard and mouse', () => {
  it('presses by place, each key once however long it is held', async () => {
    const page = await rack.screenOf('cp1')
    await page.getByRole('button', { name: 'Keys', exact: true }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    await page.getByRole('application').focus()
    const before = (await rack.report('cp1')).keys.length
    await page.keyboard.down('KeyZ')
    for (let repeat = 0; repeat < 5; repeat += 1) await page.keyboard.down('KeyZ')
    await page.keyboard.up('KeyZ')
    await page.keyboard.press('F5')
    const { keys } = await eventually(
      () => rack.report('cp1'),
      ({ keys }) => keys.slice(before).some(({ key, down }) => key === 'F5' && !down),
      'the last key',
    )
    const events = keys.slice(before).map(({ key, down }) => `${down ? '+' : '-'}${key}`)
    expect(events).toEqual(['+KeyZ', '-KeyZ', '+F5', '-F5'])
  })

  it('points, drags and turns the wheel', async () => {
    const page = await rack.screenOf('cp1')
    await page.getByRole('button', { name: 'Mouse' }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    const before = (await rack.report('cp1')).pointer.length
    await page.mouse.move(100, 360)
    await page.mouse.down()
    await page.mouse.move(200, 360, { steps: 4 })
    await page.mouse.up()
    await page.mouse.wheel(0, 200)
    const { pointer } = await eventually(
      () => rack.report('cp1'),
      ({ pointer }) => pointer.slice(before).some(({ kind }) => kind === 'wheel'),
      'the wheel',
    )
    const kinds = pointer.slice(before).map(({ kind, down }) => (kind === 'button' ? `button ${down}` : kind))
    expect(kinds.filter((kind) => kind !== 'move')).toEqual(['button true', 'button false', 'wheel'])
    expect(kinds[0]).toBe('move')
    expect(kinds[kinds.indexOf('button false') - 1]).toBe('move')
    expect(pointer.at(-1)?.dy).toBeLessThan(0)
  })

  it('lets go of each button, also of one that comes up while another is held', async () => {
    const page = await rack.screenOf('cp1')
    await page.getByRole('button', { name: 'Mouse' }).tap()
    await page.getByRole('application', { name: /Keys go to the machine/ }).waitFor()
    const before = (await rack.report('cp1')).pointer.length
    await page.mouse.move(150, 360)
    await page.mouse.down({ button: 'left' })
    await page.mouse.down({ button: 'right' })
    await page.mouse.up({ button: 'left' })
    const buttons = async (): Promise<string[]> =>
      (await rack.report('cp1')).pointer
        .slice(before)
        .flatMap(({ kind, button, down }) => (kind === 'button' ? `${down ? '+' : '-'}${button}` : []))
    await eventually(buttons, (events) => events.at(-1) === '-left', 'the left one up')
    await page.mouse.up({ button: 'right' })
    const seen = await eventually(buttons, (events) => events.length >= 4, 'four button events')
    expect(seen).toEqual(['+left', '+right', '-left', '-right'])
  })

  it('is caught where the machine’s mouse is relative', async () => {
    await rack.command({ machine: 'cp2', command: 'setMouse', relative: true })
    const page = await rack.screenOf('cp2')
    await page.getByRole('button', { name: 'Mouse' }).tap()
    await page.getByText(/Relative mouse/).waitFor()
    const before = (await rack.report('cp2')).pointer.length
    await page.mouse.click(180, 360)
    await page.waitForFunction(() => document.pointerLockElement !== null)
    await page.mouse.move(190, 360)
    await page.mouse.move(230, 360, { steps: 4 })
    await page.mouse.down()
    await page.mouse.up()
    const { pointer } = await eventually(
      () => rack.report('cp2'),
      ({ pointer }) => pointer.slice(before).some(({ kind, down }) => kind === 'button' && down === false),
      'the click',
    )
    const events = pointer.slice(before)
    expect(events.some(({ kind, dx }) => kind === 'relative' && (dx ?? 0) > 0)).toBe(true)
    expect(events.filter(({ kind }) => kind === 'button')).toHaveLength(2)
    // Let go by Esc in the middle of a drag.
    await page.mouse.down()
    await page.evaluate(() => document.exitPointerLock())
    const all = await eventually(
      () => rack.report('cp2'),
      (report) => report.pointer.slice(before).filter(({ kind }) => kind === 'button').length >= 4,
      'the release',
    )
    expect(all.pointer.filter(({ kind }) => kind === 'button').at(-1)?.down).toBe(false)
  })
})

describe('what can be asked of a machine', () => {
  it('is whether its kernel lives, on the machine’s page and on its screen', async () => {
    const page = await rack.screenOf('media1')
    await page.getByRole('button', { name: 'Details' }).tap()
    await page.getByRole('button', { name: 'Answer test' }).tap()
    await page.getByText(/Kernel answers · (?:at once|after [01]\.\d s)/).waitFor()
    await rack.command({ machine: 'media1', command: 'hang', kernelAlive: false })
    await page.goto(page.url().replace('/screen', ''))
    await page.getByRole('button', { name: 'Answer test' }).tap()
    await page.getByText(/No answer · after 1\.\d s/).waitFor()
    const { keys } = await rack.report('media1')
    expect(keys.filter(({ key, down }) => key === 'CapsLock' && down)).toHaveLength(4)
  })

  it('is to type a stored login that no page ever gets', async () => {
    const page = await rack.screenOf('cp1')
    const received: string[] = []
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => typeof payload === 'string' && received.push(payload)),
    )
    const screen = page.url()
    await page.goto(screen.replace('/screen', '/edit'))
    await page.locator('input[name=login-user]').fill('operator')
    await page.locator('input[name=login-password]').fill('s3cret-word')
    await page.locator('form.login').getByRole('button', { name: 'Save' }).tap()
    await page.getByText('One is stored.').waitFor()
    await page.goto(screen)
    await page.locator('canvas').waitFor({ state: 'visible' })
    const before = (await rack.report('cp1')).keys.length
    await page.getByRole('button', { name: 'Details' }).tap()
    await holdFinger(page, '.login .hold-bar', 1_500)
    await page.getByRole('dialog').getByText('Typed', { exact: true }).waitFor()
    const { keys } = await rack.report('cp1')
    const typed = keys
      .slice(before)
      .filter(({ down }) => down)
      .map(({ key }) => key.replace(/^(Key|Digit)/, '').toLowerCase())
    expect(typed.join(' ')).toBe('s 3 c r e t minus w o r d enter')
    expect(received.length).toBeGreaterThan(0)
    expect(received.join('\n')).not.toMatch(/s3cret-word|"operator"/)
  })

  it('is whether the layout fits: signs that differ are typed, and taken back', async () => {
    const page = await rack.screenOf('cp3')
    const before = (await rack.report('cp3')).keys.length
    await page.getByRole('button', { name: 'Details' }).tap()
    await page.getByRole('button', { name: 'Check layout' }).tap()
    await page.getByText(/Does the screen show the same/).waitFor()
    await page.getByRole('button', { name: 'Take back' }).tap()
    const { keys } = await eventually(
      () => rack.report('cp3'),
      ({ keys }) => keys.slice(before).filter(({ key, down }) => key === 'Backspace' && down).length === 9,
      'the deletions',
    )
    const presses = keys.slice(before).filter(({ key, down }) => down && key !== 'ShiftLeft')
    expect(presses.slice(0, 9).map(({ key }) => key)).toEqual([
      'Digit2',
      'Space',
      'Minus',
      'Space',
      'Semicolon',
      'Space',
      'Backslash',
      'Space',
      'Backslash',
    ])
  })
})
