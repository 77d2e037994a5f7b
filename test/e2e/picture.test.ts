import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { openScreen } from '../support/demo-rack.ts'
import { useDemo } from '../support/use-demo.ts'

const rack = useDemo()

type Seen = { kinds: Set<number>; bytes: number }

/** A machine's screen on a phone, and the kinds of pictures that came over its socket (1 JPEG, 2 H.264, 3 same). */
async function screenOf(machine: string, prepare?: (page: Page) => Promise<void>): Promise<[Page, Seen]> {
  const page = await rack.phone()
  await prepare?.(page)
  const seen: Seen = { kinds: new Set(), bytes: 0 }
  page.on('websocket', (socket) => {
    if (!socket.url().includes('/api/screen/')) return
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload === 'string') return
      seen.kinds.add(payload[1] ?? 0)
      seen.bytes += payload.length
    })
  })
  await openScreen(page, rack.server.origin, machine)
  return [page, seen]
}

/** Share of the canvas that is not black. */
async function litShare(page: Page): Promise<number> {
  return page.locator('canvas').evaluate((element) => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    let lit = 0
    for (let at = 0; at < data.length; at += 4) if ((data[at] ?? 0) + (data[at + 1] ?? 0) > 60) lit += 1
    return lit / (data.length / 4)
  })
}

async function untilLit(page: Page): Promise<void> {
  await page.locator('canvas').waitFor({ state: 'visible' })
  const deadline = Date.now() + 10_000
  while ((await litShare(page)) < 0.002) {
    if (Date.now() > deadline) throw new Error('the picture stayed black')
    await page.waitForTimeout(100)
  }
}

const details = (page: Page) => page.getByRole('button', { name: 'Details' }).tap()

describe('the picture', () => {
  it('comes as H.264 where the browser decodes it, and as JPEG where it cannot', async () => {
    const [page, seen] = await screenOf('cp1')
    await untilLit(page)
    await details(page)
    await page.getByText(/H\.264 · 1024×768/).waitFor()
    expect([...seen.kinds]).toEqual([2])
    const without = async (other: Page): Promise<void> => {
      await other.addInitScript(() => Reflect.deleteProperty(window, 'VideoDecoder'))
    }
    const [plain, got] = await screenOf('cp1', without)
    await untilLit(plain)
    await details(plain)
    await plain.getByText(/JPEG · 1024×768/).waitFor()
    expect(got.kinds.has(2)).toBe(false)
  })

  it('is small in Light, whole again in Sharp, and the choice is kept', async () => {
    const [page, seen] = await screenOf('cp1')
    await untilLit(page)
    await details(page)
    await page.getByText('Light', { exact: true }).tap()
    await page.getByText(/Scaled stills · \d+×\d+/).waitFor()
    await page.reload()
    await untilLit(page)
    await details(page)
    expect(await page.getByRole('radio', { name: 'Light' }).isChecked()).toBe(true)
    seen.kinds.clear()
    await page.getByText('Sharp', { exact: true }).tap()
    await page.getByText(/H\.264 · 1024×768/).waitFor()
    expect(seen.kinds.has(2)).toBe(true)
  })

  it('is saved under the name of the machine and the time of the picture', async () => {
    const [page] = await screenOf('cp1')
    await untilLit(page)
    await details(page)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save picture' }).tap()
    expect((await saved).suggestedFilename()).toMatch(/^cp1 \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/)
  })

  it('that stands still says so within 3 s', async () => {
    const [page] = await screenOf('cp1')
    await untilLit(page)
    const openedAt = Date.now()
    await page.getByText(/^(Picture unchanged|Only a small area changes) since/).waitFor()
    expect(Date.now() - openedAt).toBeLessThan(3_000)
  })
})
