import { createServer, type AddressInfo, type Server } from 'node:net'
import type { Page, Route } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Action, NonceView } from '../../server/contract/power.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { holdFinger, type PhoneOptions } from '../support/browser.ts'
import { addPikvm } from '../support/fresh-server.ts'
import { useFresh } from '../support/use-fresh.ts'

const bar = '.hold-bar'
const crashcart = useFresh('Haruka')
let machine: SimMachine
let pikvm: SimPikvm
let network: Server
let deviceId: string
let made = 0

beforeEach(async () => {
  machine = new SimMachine({ name: 'board', bootMs: 12_000 })
  pikvm = await startSimPikvm({ machine })
  network = createServer((socket) => {
    socket.on('error', () => undefined)
    if (machine.network === 'answers') socket.write('ready\r\n')
  })
  await new Promise<void>((resolve) => network.listen(0, '127.0.0.1', resolve))
  deviceId = await addMachine(`nas${++made}`)
})
afterEach(async () => {
  await pikvm[Symbol.asyncDispose]()
  machine.dispose()
  network.close()
})

async function addMachine(name: string): Promise<string> {
  const { deviceId } = await addPikvm(crashcart, pikvm, name)
  const { rev } = await crashcart.admin.ok<{ rev: number }>('GET', `/api/devices/${deviceId}`)
  const port = (network.address() as AddressInfo).port
  const checks = [{ kind: 'banner', label: 'NFS', address: '127.0.0.1', port }]
  await crashcart.admin.ok('PATCH', `/api/devices/${deviceId}`, { rev, checks })
  return deviceId
}

const phone = (options?: PhoneOptions): Promise<Page> => crashcart.phone(`/machines/${deviceId}`, options)

async function openSheet(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Hard reboot…' }).tap()
  await page.locator(`${bar}:not(:disabled)`).waitFor()
}

function presses(): string[] {
  return machine.panel.presses.map(({ button }) => button)
}

/** A finger that comes down on the bar, slides `dy` away and stays there; the returned function lifts it. */
async function slideAway(page: Page, dy: number): Promise<() => Promise<void>> {
  const box = await page.locator(bar).boundingBox()
  if (box === null) throw new Error('the bar is not on the page')
  const session = await page.context().newCDPSession(page)
  const x = box.x + box.width / 2
  const y = box.y + box.height / 2
  const send = async (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: number): Promise<void> => {
    const touchPoints = at === undefined ? [] : [{ x, y: at }]
    await session.send('Input.dispatchTouchEvent', { type, touchPoints })
  }
  await send('touchStart', y)
  await page.getByText('Keep holding…').first().waitFor()
  await send('touchMove', y + dy)
  return async () => await send('touchEnd')
}

describe('the hold', () => {
  it('presses once, and every browser that looks sees each step to the end', async () => {
    const page = await phone()
    const other = await phone({ locale: 'ja-JP', theme: 'light' })
    await openSheet(page)
    await holdFinger(page, bar, 1_500)
    await page.getByText('Reset pressed').waitFor()
    await other.getByRole('button', { name: '経過を見る' }).tap()
    await other.getByText('リセットを押しました').waitFor()
    await page.getByText('Restarted.').waitFor()
    // What destroys comes last, below Close, and says that nothing is wrong yet.
    await page.getByText('It is still starting').waitFor()
    const buttons = await page.getByRole('dialog').locator('.buttons').getByRole('button').allTextContents()
    expect(buttons.map((text) => text.trim())).toEqual(['Open screen', 'Close', 'Hard reboot…'])
    await page.getByText('Restart seen:').waitFor()
    await page.getByText(/Back\s*after 0:\d\d\. NFS answers/).waitFor({ timeout: 60_000 })
    await other.getByText('で復旧。').waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).tap()
    await page.getByRole('button', { name: /^Hard reboot: back after 0:\d\d · \d+ s ago/ }).tap()
    await page.getByText(/Back\s*after 0:\d\d\. NFS answers/).waitFor()
    expect(presses()).toEqual(['reset'])
  })

  it('is not made by taps, short holds, a finger that slides away, scripts or auto-repeat', async () => {
    const page = await phone()
    await openSheet(page)
    for (let tap = 0; tap < 3; tap++) await page.locator(bar).tap()
    await holdFinger(page, bar, 900)
    await page.getByText('Released. Nothing sent').waitFor()
    const lift = await slideAway(page, 120)
    await page.getByText('Released. Nothing sent').waitFor()
    await page.waitForTimeout(1_500)
    await lift()
    await page.locator(bar).evaluate((element: HTMLButtonElement) => {
      for (let click = 0; click < 3; click++) element.click()
      const fake = { bubbles: true, isPrimary: true, pointerId: 1, button: 0 }
      element.dispatchEvent(new PointerEvent('pointerdown', fake))
    })
    await page.waitForTimeout(1_500)
    await page.locator(bar).focus()
    for (let repeat = 0; repeat < 20; repeat++) await page.keyboard.down('Enter')
    await page.waitForTimeout(600)
    for (let repeat = 0; repeat < 20; repeat++) await page.keyboard.down('Enter')
    await page.getByText('Press again within 5 s').first().waitFor()
    expect(presses()).toEqual([])
    await page.keyboard.up('Enter')
    await page.keyboard.press('Enter')
    await page.getByText('Reset pressed').waitFor()
    expect(presses()).toEqual(['reset'])
  })

  it('leads to the machine’s screen, which stays', async () => {
    const page = await phone()
    await openSheet(page)
    await holdFinger(page, bar, 1_500)
    await page.getByText('Reset pressed').waitFor()
    await page.getByRole('dialog').getByText('Open screen', { exact: true }).tap()
    await page.locator('[role=application] canvas').waitFor()
    await page.waitForTimeout(700)
    expect(page.url()).toMatch(/\/screen$/)
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.goBack()
    await page.getByText('Open screen', { exact: true }).waitFor()
  })

  it('opens no menu and selects nothing under a long press', async () => {
    const page = await phone()
    await openSheet(page)
    const isPrevented = await page.locator(bar).evaluate((element) => {
      const event = new MouseEvent('contextmenu', { bubbles: true, cancelable: true })
      element.dispatchEvent(event)
      const style = getComputedStyle(element)
      return { menu: event.defaultPrevented, touch: style.touchAction, select: style.userSelect }
    })
    expect(isPrevented).toEqual({ menu: true, touch: 'none', select: 'none' })
  })
})

describe('a lost link', () => {
  it('that swallowed the request: do not know, then "It did not", and nothing is pressed later either', async () => {
    const page = await phone()
    await openSheet(page)
    await page.route('**/power/actions', (route) => route.abort())
    await page.route('**/withdraw', (route) => route.abort())
    await holdFinger(page, bar, 1_500)
    await page.getByText('Don’t know if Crashcart got it').waitFor()
    await page.unroute('**/withdraw')
    await page.getByText('It did not. Nothing was pressed').waitFor()
    expect(presses()).toEqual([])
  })

  it('that swallowed the answer: do not know, also after a reload, then "It did"', async () => {
    const page = await phone()
    await openSheet(page)
    await page.route('**/withdraw', (route) => route.abort())
    await page.route('**/power/actions', async (route: Route) => {
      const request = route.request()
      await crashcart.admin.ok('POST', new URL(request.url()).pathname, request.postDataJSON())
      await route.abort()
    })
    await holdFinger(page, bar, 1_500)
    await page.getByText('Don’t know if Crashcart got it').waitFor()
    await page.reload()
    await page.unroute('**/withdraw')
    await page.getByRole('button', { name: /Hard reboot…|See what it does/ }).tap()
    await page.getByText('It did', { exact: true }).waitFor()
    await page.getByText('Reset pressed').waitFor()
    expect(presses()).toEqual(['reset'])
  })

  it('keeps nothing back to send when it returns', async () => {
    const page = await phone()
    await openSheet(page)
    await page.context().setOffline(true)
    // An open websocket survives the emulation; the server going silent is what a dead link looks like.
    await page.evaluate(() => window.dispatchEvent(new Event('offline')))
    await holdFinger(page, bar, 1_500)
    await page.waitForTimeout(500)
    await page.context().setOffline(false)
    await page
      .getByText(/Nothing was pressed|No link/)
      .first()
      .waitFor()
    expect(presses()).toEqual([])
  })
})

describe('a safe reboot by SysRq', () => {
  it('sends its keys one after another, and no more once it was stopped', async () => {
    machine.hang({ kernelAlive: true })
    const page = await phone()
    await openSheet(page)
    await page.getByRole('button', { name: 'Other ways' }).tap()
    await page.getByRole('button', { name: 'SysRq reboot' }).tap()
    await page
      .getByText(/Hold to reboot nas\d+ by SysRq/)
      .first()
      .waitFor()
    await holdFinger(page, bar, 1_500)
    await page.getByText('Next: SysRq U').waitFor()
    await page.getByRole('button', { name: 'Stop here' }).tap()
    await page.getByText('S sent, U, B not sent').waitFor()
    expect(machine.sysrqLog).toMatchObject([{ key: 's', obeyed: true }])
    expect(machine.bootCount).toBe(1)
    expect(presses()).toEqual([])
  })
})

describe('refusals', () => {
  it('name the other who is at it, and offer to watch', async () => {
    machine.setButtonWired('reset', false)
    const page = await phone()
    await openSheet(page)
    const asked = { verb: 'reset', pathId: null }
    const sheet = await crashcart.admin.ok<NonceView>('POST', `/api/devices/${deviceId}/power/nonce`, asked)
    const request = { nonce: sheet.nonce, verb: 'reset', pathId: sheet.path?.id }
    await crashcart.admin.ok<Action>('POST', `/api/devices/${deviceId}/power/actions`, request)
    await holdFinger(page, bar, 1_500)
    await page.getByText(/Haruka is rebooting it/).waitFor()
    await page.getByRole('button', { name: 'Watch' }).tap()
    await page.getByText('The reset wire may be loose').waitFor({ timeout: 45_000 })
    await page.getByRole('button', { name: 'Off and on' }).waitFor()
    expect(presses()).toEqual(['reset'])
  })

  it('say that reset does nothing while the machine is off, and power it on instead', async () => {
    await machine.push('power', 5_000)
    const page = await phone()
    await page.getByRole('button', { name: 'Hard reboot…' }).tap()
    await page.getByText('looks off; reset would do nothing').waitFor()
    await page.getByRole('button', { name: 'Power on', exact: true }).tap()
    await page
      .getByText(/Hold to power nas\d+ on/)
      .first()
      .waitFor()
    await holdFinger(page, bar, 1_500)
    await page.getByText('Powered on.').waitFor()
    expect(machine.isOn).toBe(true)
    expect(presses()).toEqual(['power', 'power'])
  })
})
