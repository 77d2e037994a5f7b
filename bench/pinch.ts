import type { CDPSession, Page } from 'playwright-core'
import { launchBrowser } from '../test/support/browser.ts'
import { openScreen, startDemoRack } from '../test/support/demo-rack.ts'
import { failBench, printFigure, quantile, spreadOf } from './figure.ts'
import { watchFrames, type FrameWatch } from './support/frame-watch-page.ts'
import { plainStage } from './support/plain-stage-page.ts'

/**
 * Two fingers zoom and one moves the live picture of a machine on a phone with a quarter of this machine's speed: time
 * from frame to frame while they move, beside a page that has only a canvas, thirty pictures a second and four lines of
 * script. Both in turns, in the same browser.
 */
const rounds = 5
const slowdown = 4
const centre = { x: 180, y: 330 }

type Subject = { name: string; page: Page; session: CDPSession; frames: number[]; moves: number[] }

/** What fingers do in one round, made by the browser itself in time with its frames. */
async function gesture(session: CDPSession): Promise<void> {
  const pinch = { ...centre, relativeSpeed: 300, gestureSourceType: 'touch' as const }
  await session.send('Input.synthesizePinchGesture', { ...pinch, scaleFactor: 2.5 })
  const scroll = { ...centre, speed: 400, gestureSourceType: 'touch' as const, preventFling: true }
  for (const xDistance of [-120, 240, -120])
    await session.send('Input.synthesizeScrollGesture', { ...scroll, xDistance })
  await session.send('Input.synthesizePinchGesture', { ...pinch, scaleFactor: 0.4 })
}

async function measure({ page, session, frames, moves }: Subject): Promise<void> {
  await page.bringToFront()
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  await page.evaluate(watchFrames)
  await gesture(session)
  const watch = await page.evaluate(() => (window as unknown as { frameWatch: FrameWatch }).frameWatch.stop())
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  frames.push(...watch.frames)
  moves.push(...watch.moves)
}

async function subject(name: string, page: Page): Promise<Subject> {
  return { name, page, session: await page.context().newCDPSession(page), frames: [], moves: [] }
}

const rack = await startDemoRack()
const browser = await launchBrowser([rack.server.spki])
const phone = await rack.signedInPhone(browser)
await openScreen(phone.page, phone.origin, 'cp1')
const plain = await rack.signedInPhone(browser)
await plain.page.goto('about:blank')
await plain.page.setContent(plainStage)
const ours = await subject('ours', phone.page)
const reference = await subject('plain', plain.page)
for (let round = 0; round < rounds; round += 1) for (const each of [ours, reference]) await measure(each)
for (const { name, moves } of [ours, reference])
  if (moves.length < rounds * 30) failBench(`${name}: the picture moved in only ${moves.length} frames`)
for (const q of [0.5, 0.95])
  printFigure({
    name: `pinch.frame-p${q * 100}`,
    value: quantile(ours.moves, q),
    unit: 'ms',
    reference: quantile(reference.moves, q),
    goal: q === 0.95 ? 1.05 : null,
    n: ours.moves.length,
    spread: spreadOf(ours.moves),
  })
await browser.close()
await rack.stop()
process.exit(process.exitCode ?? 0)
