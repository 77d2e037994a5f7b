import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDemoRack, type DemoRack } from '../support/demo-rack.ts'
import { launchChromium } from '../support/engines/chromium.ts'
import { EnginePage, type CanvasSample } from '../support/engines/engine-page.ts'
import { Closers, type Engine } from '../support/engines/engine.ts'
import { launchFirefox } from '../support/engines/firefox.ts'
import { launchWebkit } from '../support/engines/webkit.ts'
import type { ServerProcess } from '../support/server-process.ts'

/**
 * The README's walk through the demo, by one script in three engines, each with a demo of its own. It finds what it
 * touches by role and visible words alone. A step is played in one engine after the other, so that the machines of the
 * others boot meanwhile.
 */
const engines = [
  { name: 'Chromium', launch: ({ spki }: ServerProcess) => launchChromium(spki) },
  { name: 'WebKit', launch: () => launchWebkit() },
  { name: 'Firefox', launch: () => launchFirefox() },
]
/** In these, whatever else is installed; WebKitGTK has H.264 by plugins of GStreamer. */
const alwaysDecode = ['Chromium', 'Firefox']
const phoneWidth = 360
const holdMs = 1_500
const backWithinMs = 60_000
const seenWithinMs = 30_000

type Demo = { rack: DemoRack; page: EnginePage }

const closers = new Closers()
const demos = new Map<string, Promise<Demo>>()

beforeAll(async () => {
  for (const { name, launch } of engines) demos.set(name, startDemo(launch))
  // An engine that does not start fails its own steps, with its own words.
  await Promise.allSettled(demos.values())
}, 120_000)
afterAll(() => closers.close())

async function startDemo(launch: (server: ServerProcess) => Promise<Engine>): Promise<Demo> {
  const rack = await startDemoRack()
  closers.add(async () => void (await rack.stop()))
  const engine = await launch(rack.server)
  closers.add(() => engine.close())
  return { rack, page: new EnginePage(engine) }
}

async function demoOf(name: string): Promise<Demo> {
  const demo = await demos.get(name)
  if (demo === undefined) throw new Error(`${name} was not launched`)
  return demo
}

/** Down and up of each key of `text` in the US layout; lower case letters and Enter only. */
function strokes(text: string): { key: string; down: boolean }[] {
  const keys = [...text].map((character) => (character === '\n' ? 'Enter' : `Key${character.toUpperCase()}`))
  return keys.flatMap((key) => [
    { key, down: true },
    { key, down: false },
  ])
}

/** With `h264` off the browser seems to have no decoder: like one that was built without. */
async function openScreen({ page, rack }: Demo, machine: string, { h264 }: { h264: boolean }): Promise<void> {
  await page.open(rack.server.origin)
  await page.tap({ row: machine })
  await page.see({ button: 'Open screen' })
  if (!h264) await page.engine.evaluate(() => Reflect.deleteProperty(window, 'VideoDecoder'))
  await page.tap({ button: 'Open screen' })
}

/** Light text on a dark screen, as machines of the demo have it. */
const isConsole = ({ width, height, light, dark }: CanvasSample): boolean =>
  width === 1024 && height === 768 && light > 500 && dark > 10 * light

async function typeLine(page: EnginePage, text: string): Promise<void> {
  await page.fill('Line to type', text)
  await page.tap({ button: 'Send' })
  await page.untilValue('Line to type', '')
}

async function seeForm(page: EnginePage, form: 'H.264' | 'JPEG'): Promise<void> {
  await page.tap({ icon: 'Details' })
  await page.see({ text: new RegExp(`^${form.replace('.', '\\.')} · 1024×768`) })
  await page.tap({ button: 'Close' })
}

/** Runs in the page. */
async function asksDecoder(): Promise<boolean> {
  if (!('VideoDecoder' in window)) return false
  return (await VideoDecoder.isConfigSupported({ codec: 'avc1.42e028' })).supported === true
}

/** From the opened page to the motherboard: two taps and a hold. */
async function hardReboot({ page, rack }: Demo, machine: string): Promise<void> {
  const { bootCount } = await rack.report(machine)
  await page.open(rack.server.origin)
  await page.tap({ row: machine })
  await page.tap({ button: 'Hard reboot…' })
  await page.hold({ button: `Hold to reboot ${machine}` }, holdMs)
  expect(page.touches).toEqual({ taps: 2, holds: 1 })
  await expect
    .poll(async () => (await rack.report(machine)).bootCount, { timeout: 10_000 })
    .toBe(bootCount + 1)
}

async function seeBack({ page, rack }: Demo, machine: string): Promise<void> {
  await page.see({ text: /^Back after/ }, backWithinMs)
  const { presses, network } = await rack.report(machine)
  expect(presses.map(({ button }) => button)).toEqual(['reset'])
  expect(network).toBe('answers')
}

describe('the outage of the demo, on a phone', () => {
  it.each(engines)('$name signs in', async ({ name }) => {
    const { page, rack } = await demoOf(name)
    await page.open(rack.server.origin)
    expect(await page.engine.evaluate(() => innerWidth)).toBe(phoneWidth)
    await page.fill('Your name', 'demo')
    await page.fill('Passphrase', rack.password)
    await page.tap({ button: 'Sign in' })
    await page.see({ row: 'nas1' })
  })

  it.each(engines)('$name shows the two machines that need help, and folds the rest', async ({ name }) => {
    const { page } = await demoOf(name)
    await page.see({ text: 'Accepts, no answer' }, seenWithinMs)
    await page.see({ text: 'No network' }, seenWithinMs)
    await page.see({ button: '5 ok' }, seenWithinMs)
  })

  it.each(engines)('$name types on the hung machine, in JPEG: nothing answers', async ({ name }) => {
    const demo = await demoOf(name)
    const { page, rack } = demo
    await openScreen(demo, 'nas1', { h264: false })
    const before = await page.untilDrawn(isConsole)
    expect(before.urlLength).toBeGreaterThan(5_000)
    await seeForm(page, 'JPEG')
    await page.tap({ button: 'Type' })
    await typeLine(page, 'hello')
    const { keys, typedLines, heldKeys } = await rack.report('nas1')
    expect(keys.map(({ key, down }) => ({ key, down }))).toEqual(strokes('hello\n'))
    expect([typedLines, heldKeys]).toEqual([[], []])
    expect(await page.untilDrawn(isConsole)).toEqual(before)
  })

  it.each(engines)('$name sends nothing when the bar is let go of too soon', async ({ name }) => {
    const { page, rack } = await demoOf(name)
    await page.open(rack.server.origin)
    await page.tap({ row: 'nas1' })
    await page.tap({ button: 'Hard reboot…' })
    await page.hold({ button: 'Hold to reboot nas1' }, 50)
    await page.see({ text: 'Released. Nothing sent' })
    expect((await rack.report('nas1')).presses).toEqual([])
  })

  it.each(engines)('$name reboots the hung machine', async ({ name }) =>
    hardReboot(await demoOf(name), 'nas1'),
  )

  it.each(engines)('$name shows that it came back, after one press', async ({ name }) =>
    seeBack(await demoOf(name), 'nas1'),
  )

  it.each(engines)('$name logs in on the screen of the one without network', async ({ name }) => {
    const demo = await demoOf(name)
    const { page, rack } = demo
    await openScreen(demo, 'cp2', { h264: true })
    const before = await page.untilDrawn(isConsole)
    const isDecodable = await page.engine.evaluate(asksDecoder)
    if (alwaysDecode.includes(name)) expect(isDecodable).toBe(true)
    await page.tap({ button: 'Type' })
    for (const line of ['root', 'rack', 'uptime']) await typeLine(page, line)
    await page.untilDrawn(({ light }) => light > before.light + 500)
    const { keys, typedLines, heldKeys } = await rack.report('cp2')
    expect(keys.map(({ key, down }) => ({ key, down }))).toEqual(strokes('root\nrack\nuptime\n'))
    expect(typedLines.at(-1)?.text).toBe('uptime')
    expect(heldKeys).toEqual([])
    await seeForm(page, isDecodable ? 'H.264' : 'JPEG')
  })

  it.each(engines)('$name reboots that one too', async ({ name }) => hardReboot(await demoOf(name), 'cp2'))

  it.each(engines)('$name sees it back, and then every machine answers', async ({ name }) => {
    const demo = await demoOf(name)
    await seeBack(demo, 'cp2')
    await demo.page.open(demo.rack.server.origin)
    await demo.page.see({ text: /^7 ok/ }, seenWithinMs)
  })
})
