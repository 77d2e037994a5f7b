import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Action, NonceFate } from '../../server/contract/power.ts'
import { createPikvmDriver } from '../../server/drivers/pikvm/pikvm-driver.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import type { CrashOrder } from './crash-child.ts'

type Line = { at?: string; nonce?: string; action?: Action; answered?: Action; fate?: NonceFate }

let folder: string
let machine: SimMachine
let pikvm: SimPikvm
let order: CrashOrder
let children: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crashcart-power-'))
  machine = new SimMachine({ name: 'nas1', bootMs: 20_000 })
  pikvm = await startSimPikvm({ machine })
  const { fingerprint } = await createPikvmDriver().probe(pikvm.host, pikvm.port, AbortSignal.timeout(5_000))
  const file = join(folder, 'crashcart.db')
  order = {
    file,
    address: pikvm.host,
    port: pikvm.port,
    pin: fingerprint,
    standAt: '',
    nonce: '',
    verb: 'reset',
    speed: 1,
    epoch: 0,
  }
  children = []
})

afterEach(async () => {
  await Promise.all(children.map(kill))
  await pikvm[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Starts a process and hands out its lines until one fits. */
function start(changes: Partial<CrashOrder>): {
  child: ChildProcess
  until(fits: (line: Line) => boolean): Promise<Line>
} {
  const argument = JSON.stringify({ ...order, ...changes })
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), argument], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text) as Line)
    for (const wake of waiting) wake()
  })
  const until = (fits: (line: Line) => boolean): Promise<Line> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`only ${JSON.stringify(lines)}`)), 15_000)
      const look = (): void => {
        const found = lines.find(fits)
        if (found === undefined) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { child, until }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exited
}

function pressCount(): number {
  return machine.panel.presses.length
}

describe('kill -9 of a real process, compared with the presses that the motherboard counted', () => {
  const moments = [
    { standAt: 'before spend', presses: 0, verdict: null },
    { standAt: 'after spend', presses: 0, verdict: 'notSent' },
    { standAt: 'before markSending', presses: 0, verdict: 'notSent' },
    { standAt: 'after markSending', presses: 0, verdict: 'unknownCrashed' },
    { standAt: 'before send', presses: 0, verdict: 'unknownCrashed' },
    { standAt: 'after send', presses: 1, verdict: 'unknownCrashed' },
    { standAt: 'before save', presses: 1, verdict: 'unknownCrashed' },
  ] as const
  for (const { standAt, presses, verdict } of moments) {
    test(`killed ${standAt}: ${presses} presses, and the next process says ${verdict ?? 'that it never heard'}`, async () => {
      const first = start({ standAt })
      const { nonce = '' } = await first.until((line) => line.nonce !== undefined)
      await first.until((line) => line.at === standAt)
      await kill(first.child)
      expect(pressCount()).toBe(presses)

      const second = start({ nonce })
      const { answered } = await second.until((line) => line.answered !== undefined)
      if (verdict === null) {
        // Nothing was accepted before, so the same nonce may still be spent: once.
        await second.until((line) => line.action?.phase === 'watching')
        expect(pressCount()).toBe(1)
        return
      }
      expect(answered).toMatchObject({ effect: verdict, phase: 'done' })
      expect(pressCount()).toBe(presses)
    })
  }

  test('killed while the press is on its way: at most one, and the truth is doubt', async () => {
    pikvm.faults.inject({ name: 'slow', delayMs: 1_500, match: '/api/atx/click' })
    const first = start({})
    const { nonce = '' } = await first.until((line) => line.nonce !== undefined)
    await first.until((line) => line.at === 'sending')
    await expect
      .poll(() => pikvm.requests.some(({ path }) => path === '/api/atx/click') || pressCount() > 0, {
        timeout: 5_000,
      })
      .toBe(true)
    await kill(first.child)
    pikvm.faults.clear()
    const second = start({ nonce })
    const { answered } = await second.until((line) => line.answered !== undefined)
    expect(answered).toMatchObject({ effect: 'unknownCrashed', phase: 'done' })
    await expect.poll(pressCount, { timeout: 5_000 }).toBeLessThanOrEqual(1)
  })

  test('killed while watching: the next process watches on, presses nothing and finds the proof it has', async () => {
    const first = start({ standAt: 'after save' })
    const { nonce = '' } = await first.until((line) => line.nonce !== undefined)
    await first.until((line) => line.at === 'after save')
    await kill(first.child)
    const second = start({ nonce })
    const { answered } = await second.until((line) => line.answered !== undefined)
    expect(answered?.id).toBeDefined()
    expect(['watching', 'done']).toContain(answered?.phase)
    expect(pressCount()).toBe(1)
  })
})

test('killed between the presses of off and on: the second is never made, and what the first did is said', async () => {
  const first = start({ verb: 'cycle' })
  const { nonce = '' } = await first.until((line) => line.nonce !== undefined)
  // It goes off while it is still held; the second press would come more than two seconds later.
  await expect.poll(() => machine.isOn, { timeout: 15_000, interval: 20 }).toBe(false)
  await kill(first.child)
  const second = start({ verb: 'cycle', nonce })
  const told = await second.until(({ action, answered }) => Boolean(action?.effect ?? answered?.effect))
  const action = told.action?.effect ? told.action : told.answered
  expect(action).toMatchObject({ effect: 'poweredOff', phase: 'done' })
  expect(action?.steps.filter(({ type }) => type === 'pressing')).toHaveLength(1)
  expect(machine.panel.presses.map(({ button }) => button)).toEqual(['power'])
  expect(machine.isOn).toBe(false)
})

describe('with the real driver', () => {
  test('a reset is proven by what the PiKVM shows', async () => {
    const one = start({})
    const { action } = await one.until((line) => line.action?.effect === 'restarted')
    expect(action?.steps.some((step) => step.type === 'evidence')).toBe(true)
    expect(pressCount()).toBe(1)
    expect(machine.panel.presses[0]?.button).toBe('reset')
  })

  test('an answer lost after the effect is doubt first and proof then, with one press', async () => {
    pikvm.faults.inject({ name: 'replyLost', match: '/api/atx/click' })
    const one = start({})
    const { action } = await one.until((line) => line.action?.effect === 'restarted')
    expect(action?.steps.map(({ type }) => type)).toContain('sendUnknown')
    expect(pressCount()).toBe(1)
  })

  test('a kvmd that restarts while a reset that did nothing is watched proves no restart, though its LED reads dark at first', async () => {
    machine.setButtonWired('reset', false)
    const one = start({ speed: 4, epoch: Date.now() })
    await one.until(({ action }) => action?.phase === 'watching')
    await pikvm.restartKvmd(300, 3_000)
    await expect.poll(() => pikvm.webSockets.length, { timeout: 3_000 }).toBeGreaterThan(0)
    expect(pikvm.kvmd?.atx.state().leds.power).toBe(false)
    const { action } = await one.until((line) => Boolean(line.action?.effect))
    expect(action).toMatchObject({ effect: 'unknown' })
    expect(machine.panel.presses.map(({ button }) => button)).toEqual(['reset'])
  })
})
