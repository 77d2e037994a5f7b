import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Action, PowerVerb } from '../../server/contract/power.ts'
import { isAppError } from '../../server/errors.ts'
import { settle } from './manual-clock.ts'
import { haruka, kenji, PowerWorld } from './power-world.ts'

/** What people, the network and the power cut may do, in any order. */
const verbs = ['on', 'off', 'hardOff', 'reset', 'cycle'] as const satisfies PowerVerb[]
const moment = fc.constantFrom(
  'after spend',
  'before markSending',
  'after markSending',
  'before send',
  'after send',
  'after save',
)
const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      verb: fc.constantFrom(...verbs),
      who: fc.nat(1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      nth: fc.nat(4),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 200, max: 40_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unhang' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), moment }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kvm' as const), isReachable: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('diskFull' as const),
      at: fc.constantFrom('markSending', 'save', 'spend', 'create'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('outcome' as const),
      kind: fc.constantFrom(
        'acknowledged' as const,
        'lostBefore' as const,
        'lostAfter' as const,
        'notSent' as const,
      ),
    }),
  },
)
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never
const board = fc.record({
  isLedWired: fc.boolean(),
  isResetWired: fc.boolean(),
  isPowerWired: fc.boolean(),
  hasSignal: fc.boolean(),
  hasUsb: fc.boolean(),
  hasChecks: fc.boolean(),
  bootMs: fc.constantFrom(10_000, 40_000),
})

type Sheet = { nonce: string; verb: PowerVerb; who: typeof haruka }

async function play(world: PowerWorld, sheets: Sheet[], event: Event): Promise<void> {
  switch (event.do) {
    case 'open': {
      const who = event.who === 0 ? haruka : kenji
      const opening = world.service.openSheet(who, 'nas1', { verb: event.verb, pathId: null })
      const sheet = await orNothing(opening)
      if (sheet?.nonce) sheets.unshift({ nonce: sheet.nonce, verb: event.verb, who })
      return
    }
    case 'ask': {
      const sheet = sheets[event.nth]
      if (sheet === undefined) return
      const body = { nonce: sheet.nonce, verb: sheet.verb, pathId: 'path1' }
      const asks = Array.from({ length: event.times }, () =>
        orNothing(world.service.request(sheet.who, 'nas1', body)),
      )
      await Promise.all(asks)
      return
    }
    case 'pass':
      return await world.pass(event.ms)
    case 'unhang':
      if (world.board.isOn) world.board.unhang()
      return
    case 'restart':
      return await world.restart()
    case 'die':
      world.life.diesAt = event.moment
      return
    case 'kvm':
      world.board.isKvmReachable = event.isReachable
      return world.see()
    case 'diskFull':
      world.life.failsAt = event.at
      return
    case 'outcome':
      world.board.nextOutcome = event.kind
  }
}

/** A refusal is an answer, a full disk too; a dead process never answers, and nobody waits for it longer than this. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  const answer = work.catch((error: unknown) => {
    if (isAppError(error) || (error as Error).message === 'disk full') return undefined
    throw error
  })
  return await Promise.race([
    answer,
    settle()
      .then(settle)
      .then(() => undefined),
  ])
}

function allActions(world: PowerWorld): Action[] {
  const rows = world.db.prepare('SELECT id, verb, phase, effect, acceptedAt, steps FROM actions').all()
  return rows.map((row) => ({ ...row, steps: JSON.parse(String(row['steps'])) }) as unknown as Action)
}

function pressedIn(action: Action): number {
  return action.steps.filter((step) => step.type === 'pressed' || step.type === 'sendUnknown').length
}

test('never more than one send for each accepted nonce and stage, and no verdict that the board did not see', async () => {
  await fc.assert(
    fc.asyncProperty(board, fc.array(event, { maxLength: 25 }), async (options, events) => {
      const world = await PowerWorld.make({ board: options })
      const sheets: Sheet[] = []
      for (const one of events) {
        await play(world, sheets, one)
        if (!world.life.isAlive) await world.restart()
      }
      world.life.diesAt = null
      await world.restart()
      await world.pass(1_000)

      const actions = allActions(world)
      const mostPresses = actions.reduce((sum, { verb }) => sum + (verb === 'cycle' ? 2 : 1), 0)
      expect(world.board.presses.length).toBeLessThanOrEqual(mostPresses)
      expect(actions.length).toBeLessThanOrEqual(sheets.length)
      // Nothing was pressed that no action owns up to.
      expect(world.board.presses.length).toBeLessThanOrEqual(
        actions.reduce((sum, one) => sum + pressedIn(one), 0),
      )
      for (const action of actions) checkVerdicts(world, action)
      expect(shutDownByMistake(world, actions)).toEqual([])
    }),
    { numRuns: 250 },
  )
}, 120_000)

function checkVerdicts(world: PowerWorld, action: Action): void {
  const { truth } = world.board
  for (const step of action.steps) {
    if (step.type !== 'effect') continue
    const happened = truth
      .filter(({ at }) => at >= action.acceptedAt && at <= step.at)
      .map(({ what }) => what)
    if (step.verdict === 'restarted') {
      expect(happened.includes('restarted') || happened.includes('cameOn')).toBe(true)
    }
    // A machine that was on, hung, and answers again by itself is on, too: from outside that looks the same.
    if (step.verdict === 'poweredOn') expect(happened).not.toEqual([])
    if (step.verdict === 'poweredOff') expect(happened).toContain('wentOff')
    if (step.verdict === 'notSent') expect(pressedIn(action)).toBe(0)
  }
}

/** Second presses of off-and-on that met a running machine. */
function shutDownByMistake(world: PowerWorld, actions: Action[]): number[] {
  const cycles = actions.filter(({ verb }) => verb === 'cycle')
  const seconds = cycles.flatMap(({ steps }) =>
    steps.filter((step) => step.type === 'pressing' && step.button === 'power').map(({ at }) => at),
  )
  const onRunning = world.board.presses.filter(({ what, wasOn }) => what === 'power' && wasOn)
  return onRunning.map(({ at }) => at).filter((at) => seconds.includes(at))
}
