import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/engines/chromium.ts'
import { EnginePage, type CanvasSample } from '../support/engines/engine-page.ts'
import type { Engine } from '../support/engines/engine.ts'
import { launchFirefox } from '../support/engines/firefox.ts'
import { launchWebkit } from '../support/engines/webkit.ts'
import { startServer, type ServerProcess } from '../support/server-process.ts'
import { SimulatedRack } from '../support/simulated-rack.ts'

/**
 * Each engine has a machine of its own, whose console answers. `decodes`: always, whatever else is installed; WebKitGTK
 * has H.264 by plugins of GStreamer.
 */
const engines = [
  {
    name: 'Chromium',
    machine: 'cp1',
    decodes: true,
    launch: ({ spki }: ServerProcess) => launchChromium(spki),
  },
  { name: 'WebKit', machine: 'node4', decodes: false, launch: () => launchWebkit() },
  { name: 'Firefox', machine: 'cp2', decodes: true, launch: () => launchFirefox() },
]
/** Not the small picture of the machine's page. */
const screenCanvas = '[role=application] canvas'
const textConsole = { width: 1024, height: 768 }
const login = 'crashcart engines'
const wrongPassphrase = 'not this one'

let server: ServerProcess
let rack: SimulatedRack
let password: string
const launches = new Map<string, Promise<Engine>>()

beforeAll(async () => {
  server = await startServer({ args: ['demo'] })
  rack = new SimulatedRack((await server.find(/(http:\/\/127\.0\.0\.1:\d+)/))[1] ?? '')
  password = (await server.find(/with the password (\S+)/))[1] ?? ''
  for (const { name, launch } of engines) launches.set(name, launch(server))
  // An engine that does not start fails its own steps, with its own words.
  await Promise.allSettled(launches.values())
})
afterAll(async () => {
  for (const launch of await Promise.allSettled(launches.values()))
    if (launch.status === 'fulfilled') await launch.value.close()
  await server?.stop()
})

async function pageOf(name: string): Promise<EnginePage> {
  const engine = await launches.get(name)
  if (engine === undefined) throw new Error(`${name} was not launched`)
  return new EnginePage(engine)
}

async function openMachine(page: EnginePage, machine: string): Promise<void> {
  await page.engine.goto(server.origin)
  await page.see({ text: 'nas1' })
  await page.see({ text: /^\d ok/ })
  if (machine !== 'cp2') await page.tap({ css: '.fold[aria-expanded=false]' })
  await page.tap({ text: machine })
  await page.see({ button: 'Hard reboot…' })
}

/** With `h264` off the browser seems to have no decoder: like one that was built without. */
async function openScreen(page: EnginePage, machine: string, { h264 }: { h264: boolean }): Promise<void> {
  await openMachine(page, machine)
  if (!h264) await page.engine.evaluate(() => Reflect.deleteProperty(window, 'VideoDecoder'))
  await page.tap({ button: 'Open screen' })
}

/** Light text on a dark screen. */
const isConsole = ({ light, dark }: CanvasSample): boolean => light > 500 && dark > 10 * light

async function seeForm(page: EnginePage, form: 'H.264' | 'JPEG'): Promise<void> {
  await page.tap({ button: 'Details' })
  await page.see({ text: new RegExp(`^${form.replace('.', '\\.')} · 1024×768`) })
  await page.tap({ button: 'Close' })
}

/** Runs in the page. */
async function asksDecoder(): Promise<boolean> {
  if (!('VideoDecoder' in window)) return false
  return (await VideoDecoder.isConfigSupported({ codec: 'avc1.42e028' })).supported === true
}

/** Down and up of each key of `text` in the US layout; lower case letters, spaces and Enter only. */
function strokes(text: string): { key: string; down: boolean }[] {
  const named: Record<string, string> = { '\n': 'Enter', ' ': 'Space' }
  return [...text].flatMap((character) => {
    const key = named[character] ?? `Key${character.toUpperCase()}`
    return [
      { key, down: true },
      { key, down: false },
    ]
  })
}

/** Types a line and goes back to looking. */
async function typeLine(page: EnginePage, text: string): Promise<void> {
  await page.tap({ button: 'Type' })
  await page.fill('Line to type', text)
  await page.tap({ button: 'Send' })
  await page.untilValue('Line to type', '')
  await page.tap({ button: 'Type' })
}

/** All that the machine's USB port has received, each key once and in order, none still down. */
async function expectKeys(machine: string, text: string): Promise<void> {
  const { keys, heldKeys } = await rack.report(machine)
  expect(keys.map(({ key, down }) => ({ key, down }))).toEqual(strokes(text))
  expect(heldKeys).toEqual([])
}

describe('the main steps in three browser engines', () => {
  it.each(engines)('$name signs in', async ({ name }) => {
    const page = await pageOf(name)
    await page.engine.goto(server.origin)
    await page.fill('Your name', 'demo')
    await page.fill('Passphrase', password)
    await page.tap({ button: 'Sign in' })
    await page.see({ text: 'nas1' })
  })

  it.each(engines)(
    '$name shows the machine that needs help and folds those that do not',
    async ({ name }) => {
      const page = await pageOf(name)
      await page.see({ text: 'Accepts, no answer' }, 30_000)
      await page.see({ text: 'No network' }, 30_000)
      await page.see({ text: /^5 ok/ }, 30_000)
    },
  )

  it.each(engines)('$name draws JPEG and types a line that the machine echoes', async ({ name, machine }) => {
    const page = await pageOf(name)
    await openScreen(page, machine, { h264: false })
    const before = await page.untilDrawn(screenCanvas, isConsole)
    await seeForm(page, 'JPEG')
    expect(before).toMatchObject(textConsole)
    expect(before.urlLength).toBeGreaterThan(5_000)
    await typeLine(page, login)
    await expectKeys(machine, `${login}\n`)
    await page.untilDrawn(screenCanvas, ({ light }) => light > before.light + 500)
  })

  it.each(engines)('$name draws H.264 where it decodes it, else JPEG', async ({ name, machine, decodes }) => {
    const page = await pageOf(name)
    await openScreen(page, machine, { h264: true })
    const before = await page.untilDrawn(screenCanvas, isConsole)
    expect(before).toMatchObject(textConsole)
    const isDecodable = await page.engine.evaluate(asksDecoder)
    if (decodes) expect(isDecodable).toBe(true)
    const form = isDecodable ? 'H.264' : 'JPEG'
    await seeForm(page, form)
    await typeLine(page, wrongPassphrase)
    await expectKeys(machine, `${login}\n${wrongPassphrase}\n`)
    // The answer to it, and the next login prompt.
    await page.untilDrawn(screenCanvas, ({ light }) => light > before.light + 500)
    await seeForm(page, form)
  })

  it.each(engines)('$name reboots with one press of a bar held down', async ({ name, machine }) => {
    const page = await pageOf(name)
    const { bootCount } = await rack.report(machine)
    await openMachine(page, machine)
    await page.tap({ button: 'Hard reboot…' })
    await page.hold({ css: '.hold-bar' }, 50)
    await page.see({ text: 'Released. Nothing sent' })
    expect((await rack.report(machine)).presses).toEqual([])
    await page.hold({ css: '.hold-bar' }, 1_500)
    await expect
      .poll(async () => (await rack.report(machine)).presses.map(({ button }) => button), { timeout: 10_000 })
      .toEqual(['reset'])
    await expect
      .poll(async () => (await rack.report(machine)).bootCount, { timeout: 10_000 })
      .toBe(bootCount + 1)
  })

  it.each(engines)('$name shows that the machine came back', async ({ name, machine }) => {
    const page = await pageOf(name)
    await page.see({ text: /^Back after/ }, 60_000)
    expect(await rack.report(machine)).toMatchObject({ network: 'answers' })
  })
})
