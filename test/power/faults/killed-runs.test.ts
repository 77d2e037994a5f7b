import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Action } from '../../../server/contract/power.ts'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { makeSelfSigned } from '../../../server/sim/pikvm/certificate.ts'
import type { PikvmFault } from '../../../server/sim/pikvm/faults.ts'
import { startSimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { rounds } from '../../support/rounds.ts'
import { randomFrom, soakSeed } from '../../support/seed.ts'
import type { CrashOrder } from '../crash-child.ts'
import { CuttingProxy } from './cutting-proxy.ts'
import { brokenPromises, type Judged, type Send } from './judge.ts'
import { watchMachine } from './witness.ts'

/**
 * The same over real sockets: the real driver and a real database file in a process of its own, a simulated PiKVM behind
 * a proxy that cuts connections, and kill -9 at any moment. Time runs ten times as fast in all of them.
 */
const runs = rounds(3, 200)
const atOnce = 3
const speed = 10
const click = '/api/atx/click'
const faults: (PikvmFault | null)[] = [
  null,
  { name: 'replyLost', match: click },
  { name: 'cutBeforeEffect', match: click },
  { name: 'slow', match: click, delayMs: 400 },
  { name: 'lies', match: click },
]
type Line = { nonce?: string; action?: Action; answered?: Action; refused?: string }

/** Starts the process and hands out its lines. */
function start(order: CrashOrder): {
  child: ChildProcess
  until(fits: (line: Line) => boolean): Promise<Line | null>
} {
  const file = join(import.meta.dirname, '..', 'crash-child.ts')
  const child = spawn(process.execPath, [file, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const lines: Line[] = []
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(JSON.parse(text) as Line))
  const until = async (fits: (line: Line) => boolean): Promise<Line | null> => {
    for (let waited = 0; waited < 60_000; waited += 20) {
      const found = lines.find(fits)
      if (found !== undefined || child.exitCode !== null || child.signalCode !== null) return found ?? null
      await sleep(20)
    }
    throw new Error(`the process never came so far; it said ${JSON.stringify(lines.slice(-3))}`)
  }
  return { child, until }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** Every press that the machine's front panel feels, with the phase that the machine was in. */
function watchPresses(machine: SimMachine, now: () => number): Omit<Send, 'actionId'>[] {
  const sends: Omit<Send, 'actionId'>[] = []
  const { panel } = machine
  const press = panel.press.bind(panel)
  panel.press = (button) => {
    sends.push({ what: button, at: now(), isDelivered: true, phase: machine.phase })
    press(button)
  }
  return sends
}

function journal(file: string): Judged[] {
  const db = new DatabaseSync(file, { readOnly: true })
  const rows = db.prepare('SELECT id, verb, acceptedAt, steps FROM actions').all()
  db.close()
  return rows.map((row) => ({ ...row, steps: JSON.parse(String(row['steps'])) }) as unknown as Judged)
}

const certificate = makeSelfSigned('pikvm', '127.0.0.1')

async function oneRun(seed: number): Promise<string[]> {
  const random = randomFrom(seed)
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T
  const folder = await mkdtemp(join(tmpdir(), 'crashcart-fault-'))
  const epoch = Date.now()
  const clock = scaledClock(speed)
  const now = (): number => epoch + clock.nowMs()
  const machine = new SimMachine({ name: 'nas1', clock, bootMs: 20_000 })
  machine.setLedWired(random() < 0.6)
  machine.setButtonWired('reset', random() < 0.8)
  if (random() < 0.7) machine.hang()
  const { truth, network } = watchMachine(machine, now)
  const presses = watchPresses(machine, now)
  const pikvm = await startSimPikvm({ machine, certificate: await certificate, streamForever: true })
  const proxy = new CuttingProxy()
  const port = await proxy.start(pikvm.port)
  const file = join(folder, 'crashcart.db')
  const verb = one(['reset', 'reset', 'cycle', 'hardOff'] as const)
  const pin = (await certificate).pin
  const order: CrashOrder = {
    file,
    address: '127.0.0.1',
    port,
    pin,
    standAt: '',
    nonce: '',
    verb,
    speed,
    epoch,
  }
  const fault = one(faults)
  const children: ChildProcess[] = []
  try {
    let process_ = start(order)
    children.push(process_.child)
    const nonce = (await process_.until((line) => line.nonce !== undefined))?.nonce ?? ''
    if (fault !== null) pikvm.faults.inject(fault)
    if (random() < 0.4)
      setTimeout(() => proxy.cut(one(['reset', 'swallow']), random() * 1_000), random() * 1_000)
    for (let kills = Math.floor(random() * 3); kills > 0; kills--) {
      await sleep(random() * 1_200)
      await kill(process_.child)
      // The page asks again with the permission that it has.
      process_ = start({ ...order, nonce })
      children.push(process_.child)
      if (random() < 0.5) await process_.until((line) => line.nonce !== undefined)
    }
    await process_.until(
      ({ action, answered, refused }) => refused !== undefined || (action ?? answered)?.effect != null,
    )
    await kill(process_.child)
    const actions = journal(file)
    const sends = presses.map((press, index) => ({
      ...press,
      what:
        press.what === 'power' && (verb === 'hardOff' || (verb === 'cycle' && index === 0))
          ? 'powerLong'
          : press.what,
      actionId: actions[0]?.id ?? 'none',
    }))
    const broken = actions.flatMap((action) =>
      brokenPromises(action, { wiring: 'atx', target: 'atx' }, { truth, network, sends }),
    )
    if (actions.length > 1) broken.push(`${actions.length} actions by one permission`)
    if (actions.length === 0 && presses.length > 0) broken.push('pressed for no action')
    return broken.map((what) => `CRASHCART_SEED=${seed} ${verb}, ${fault?.name ?? 'no fault'}: ${what}`)
  } finally {
    await Promise.all(children.map(kill))
    await proxy.stop()
    await pikvm[Symbol.asyncDispose]()
    machine.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

test(`${runs} runs of real processes over real sockets, cut and killed: never more than one press a hold, every verdict true`, async () => {
  const seed = soakSeed('killed runs')
  const broken: string[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < runs) broken.push(...(await oneRun(seed + next++)))
    }),
  )
  expect(broken).toEqual([])
}, 1_200_000)
