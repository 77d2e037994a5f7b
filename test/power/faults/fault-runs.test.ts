import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { rounds } from '../../support/rounds.ts'
import { soakSeed } from '../../support/seed.ts'
import type { Rig } from './fault-machine.ts'
import { anyRun, play, type FaultEvent } from './fault-run.ts'
import { FaultWorld, type Sheet } from './fault-world.ts'

const runs = rounds(250, 10_000)

/** A write that failed is made up for while the second press is written down, and must not hide that. */
const lateSave: [Rig, FaultEvent[]] = [
  {
    wiring: 'supply',
    hasSwitch: false,
    bootMs: 10_000,
    startsOff: false,
    isLedWired: true,
    isResetWired: true,
    isPowerWired: true,
    seesVideo: false,
    hasChecks: true,
    lies: false,
  },
  [
    { do: 'open', verb: 'reboot', catching: null, who: 0 },
    { do: 'ask', nth: 0, times: 1 },
    { do: 'ask', nth: 0, times: 1 },
    { do: 'ask', nth: 0, times: 1 },
    { do: 'diskFull', at: 'save' },
    { do: 'pass', ms: 4_500 },
  ],
]

/** It went off by a hand at the rack since the last check: its silence is no effect of a press that did nothing. */
const offBefore: [Rig, FaultEvent[]] = [
  {
    wiring: 'atx',
    hasSwitch: true,
    bootMs: 10_000,
    startsOff: false,
    isLedWired: false,
    isResetWired: true,
    isPowerWired: true,
    seesVideo: false,
    hasChecks: true,
    lies: true,
  },
  [
    { do: 'hand' },
    { do: 'open', verb: 'off', catching: null, who: 0 },
    { do: 'pass', ms: 3_501 },
    { do: 'ask', nth: 0, times: 1 },
  ],
]

/** Plays a story to its end: a last process watches on until all has its verdict. */
async function tell(rig: Rig, story: readonly FaultEvent[]): Promise<{ world: FaultWorld; sheets: Sheet[] }> {
  const world = await FaultWorld.make(rig)
  const sheets: Sheet[] = []
  for (const event of story) await play(world, sheets, event)
  world.life.diesAt = null
  world.life.failsAt = null
  await world.pass(60_000)
  return { world, sheets }
}

test(`${runs} random runs with replies lost, connections cut and processes killed: never more than one press a hold, every verdict true`, async () => {
  const verdicts = new Map<string, number>()
  let keys = 0
  await fc.assert(
    fc.asyncProperty(anyRun, async ([rig, story]) => {
      const { world, sheets } = await tell(rig, story)
      expect(world.broken(sheets.length)).toEqual([])
      for (const { effect } of world.actions())
        verdicts.set(effect ?? 'none', (verdicts.get(effect ?? 'none') ?? 0) + 1)
      keys += world.keyboard.pressed.length
      world.db.close()
    }),
    { numRuns: runs, seed: soakSeed('fault runs'), examples: [[lateSave], [offBefore]] },
  )
  // Runs that prove nothing, or in which nothing goes wrong, would hold whatever the code does.
  process.stdout.write(`fault runs: ${JSON.stringify(Object.fromEntries(verdicts))}, ${keys} boot keys\n`)
  expect(keys).toBeGreaterThan(runs)
  for (const verdict of ['restarted', 'poweredOn', 'poweredOff', 'unknown', 'unknownCrashed', 'notSent'])
    expect(verdicts.get(verdict) ?? 0, verdict).toBeGreaterThan(runs / 100)
}, 3_600_000)
