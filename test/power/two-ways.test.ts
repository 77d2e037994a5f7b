import { describe, expect, test } from 'vitest'
import type { Action, PowerVerb } from '../../server/contract/power.ts'
import { settle } from './manual-clock.ts'
import { byBmc, haruka, PowerWorld } from './power-world.ts'

const muchLaterMs = 15 * 60_000

async function hold(world: PowerWorld, verb: PowerVerb, pathId: string): Promise<Action> {
  const sheet = await world.service.openSheet(haruka, 'nas1', { verb, pathId })
  expect(sheet.refusal).toBeNull()
  expect(sheet.path?.id).toBe(pathId)
  const action = await world.service.request(haruka, 'nas1', { nonce: sheet.nonce ?? '', verb, pathId })
  await settle()
  return action
}

/** Lets the action end, the process start anew, and people look at the machine. Sends nothing itself. */
async function waitLong(world: PowerWorld, { id }: Action): Promise<Action | undefined> {
  await world.pass(40_000)
  const ended = world.service.recent().find((action) => action.id === id)
  await world.pass(muchLaterMs)
  await world.restart()
  await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
  await world.pass(muchLaterMs)
  return ended
}

function twoWays(board: { isResetWired?: boolean; isPowerWired?: boolean } = {}): Promise<PowerWorld> {
  return PowerWorld.make({ board: { hasChecks: false, ...board }, paths: [{}, byBmc] })
}

describe('a machine with a PiKVM and a BMC, when the answer of one way is lost', () => {
  test.each([
    ['reset', 'lostBefore', []],
    ['reset', 'lostAfter', ['reset']],
    ['cycle', 'lostBefore', []],
    ['cycle', 'lostAfter', ['powerLong']],
  ] as const)(
    'a %s (%s) that ends unknown leaves the BMC alone, then and later',
    async (verb, how, pressed) => {
      const world = await twoWays({ isResetWired: false, isPowerWired: false })
      world.board.nextOutcome = how
      const action = await hold(world, verb, 'path1')
      expect(await waitLong(world, action)).toMatchObject({ effect: 'unknown', pathId: 'path1' })
      expect(world.bmcSends).toEqual([])
      expect(world.board.presses.map(({ what }) => what)).toEqual(pressed)
      // Only a person takes the other way.
      await hold(world, 'cycle', 'path2')
      expect(world.bmcSends).toEqual([{ target: 'ipmi', command: 'cycle' }])
      expect(world.board.presses).toHaveLength(pressed.length)
    },
  )

  test.each(['reset', 'cycle'] as const)(
    'a %s by the BMC that ends unknown leaves the buttons alone, then and later',
    async (verb) => {
      const world = await twoWays()
      world.nextBmcOutcome = 'lost'
      const action = await hold(world, verb, 'path2')
      expect(await waitLong(world, action)).toMatchObject({ effect: 'unknown', pathId: 'path2' })
      expect(world.board.presses).toEqual([])
      expect(world.bmcSends).toEqual([])
      await hold(world, 'reset', 'path1')
      expect(world.board.presses.map(({ what }) => what)).toEqual(['reset'])
      expect(world.bmcSends).toEqual([])
    },
  )
})
