import { describe, expect, test } from 'vitest'
import type { Action, SysrqLetter } from '../../server/contract/power.ts'
import { haruka, kenji, PowerWorld } from './power-world.ts'
import { settle } from './manual-clock.ts'

async function hold(world: PowerWorld, letter?: SysrqLetter): Promise<Action> {
  const wish = letter
    ? ({ verb: 'sysrqKey', pathId: null, letter } as const)
    : ({ verb: 'sysrqReboot', pathId: null } as const)
  const { nonce, refusal } = await world.service.openSheet(haruka, 'nas1', wish)
  expect(refusal).toBeNull()
  const action = await world.service.request(haruka, 'nas1', { ...wish, nonce: nonce ?? '' })
  await settle()
  return action
}
function now(world: PowerWorld, { id }: Action): Action {
  const found = world.service.recent().find((action) => action.id === id)
  if (found === undefined) throw new Error(`no action ${id}`)
  return found
}
const typed = (world: PowerWorld): string[] => world.board.keys.map(({ what }) => what.replace('sysrq:', ''))

describe('a safe reboot by SysRq', () => {
  test('is S, U and B, with waits between, and proven by evidence as a reset is', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world)
    await world.pass(60_000)
    expect(typed(world)).toEqual(['s', 'u', 'b'])
    const [s = 0, u = 0, b = 0] = world.board.keys.map(({ at }) => at)
    expect([u - s, b - u].map((ms) => ms >= 5_000)).toEqual([true, true])
    expect(world.board.truth.map(({ what }) => what)).toEqual(['restarted'])
    expect(world.board.presses).toEqual([])
    expect(now(world, action)).toMatchObject({
      effect: 'restarted',
      back: 'back',
      phase: 'done',
      pathId: null,
    })
    expect(world.audited.map(({ event }) => event)).toEqual(['power.accepted', 'power.effect', 'power.back'])
  })

  test('with a kernel that does not obey is unknown 30 s after B', async () => {
    const world = await PowerWorld.make({ board: { obeysSysrq: false } })
    const action = await hold(world)
    await world.pass(38_000)
    expect(now(world, action).effect).toBeNull()
    await world.pass(4_000)
    expect(now(world, action)).toMatchObject({ effect: 'unknown', phase: 'done' })
    expect(typed(world)).toEqual(['s', 'u', 'b'])
  })

  test('can be stopped between two rungs by anybody who may, and makes no further one', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world)
    await world.pass(6_000)
    expect(typed(world)).toEqual(['s', 'u'])
    await world.service.stop(kenji, 'nas1', action.id)
    expect(now(world, action)).toMatchObject({ effect: 'stopped', back: 'notExpected', phase: 'done' })
    expect(now(world, action).steps).toContainEqual(
      expect.objectContaining({ type: 'stopAsked', by: 'Kenji' }),
    )
    await world.pass(60_000)
    expect(typed(world)).toEqual(['s', 'u'])
    expect(world.board.truth).toEqual([])
    expect(world.audited).toContainEqual(expect.objectContaining({ event: 'power.stopped', by: 'Kenji' }))
    await expect(world.service.stop(kenji, 'nas1', action.id)).rejects.toMatchObject({
      code: 'power/nothingToStop',
    })
  })

  test('cannot be stopped after its last rung, nor on another machine', async () => {
    const world = await PowerWorld.make({ board: { obeysSysrq: false } })
    const action = await hold(world)
    await expect(world.service.stop(kenji, 'nas2', action.id)).rejects.toMatchObject({
      code: 'request/notFound',
    })
    await world.pass(12_000)
    await expect(world.service.stop(kenji, 'nas1', action.id)).rejects.toMatchObject({
      code: 'power/nothingToStop',
    })
    expect(typed(world)).toEqual(['s', 'u', 'b'])
  })

  test('goes no further when a rung may not have been made, or could not be', async () => {
    for (const [fate, effect] of [
      ['lostAfter', 'stopped'],
      ['notSent', 'stopped'],
    ] as const) {
      const world = await PowerWorld.make()
      const action = await hold(world)
      await world.pass(1_000)
      world.board.nextOutcome = fate
      await world.pass(60_000)
      expect(typed(world)).toEqual(fate === 'lostAfter' ? ['s', 'u'] : ['s'])
      expect(now(world, action)).toMatchObject({ effect, phase: 'done' })
    }
  })

  test('types nothing more on a machine that restarted meanwhile by something else', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world)
    await world.pass(500)
    world.board.send({ target: 'atx', button: 'reset' })
    await world.pass(20_000)
    expect(now(world, action).effect).toBe('restarted')
    expect(typed(world)).toEqual(['s'])
  })

  for (const [nth, moments] of [
    [
      'first',
      ['before markSending', 'after markSending', 'before send', 'after send', 'before save', 'after save'],
    ],
    [
      'second',
      ['before markSending', 'after markSending', 'before send', 'after send', 'before save', 'after save'],
    ],
    [
      'third',
      ['before markSending', 'after markSending', 'before send', 'after send', 'before save', 'after save'],
    ],
  ] as const) {
    for (const moment of moments) {
      test(`killed ${moment} its ${nth} rung: no rung is made twice or later, and the verdict is true`, async () => {
        const world = await PowerWorld.make()
        const wish = { verb: 'sysrqReboot', pathId: null } as const
        const { nonce } = await world.service.openSheet(haruka, 'nas1', wish)
        const ask = { ...wish, nonce: nonce ?? '' }
        if (nth === 'first') world.life.diesAt = moment
        void world.service.request(haruka, 'nas1', ask)
        await settle()
        if (nth !== 'first') {
          await world.pass(nth === 'second' ? 2_000 : 7_000)
          world.life.diesAt = moment
          await world.pass(6_000)
        }
        expect(world.life.isAlive).toBe(false)
        const before = typed(world)
        await world.restart()
        await world.pass(60_000)
        await world.service.request(haruka, 'nas1', ask)
        await world.pass(60_000)
        expect(typed(world)).toEqual(before)
        expect(new Set(before).size).toBe(before.length)
        const fate = await world.service.fate(haruka, ask.nonce)
        const effect = fate.state === 'spent' ? fate.action.effect : null
        const isTold = before.includes('b')
          ? ['restarted', 'unknownCrashed']
          : ['stopped', 'unknownCrashed', 'notSent']
        expect(isTold).toContain(effect)
        if (effect === 'notSent') expect(before).toEqual([])
      })
    }
  }
})

describe('a single SysRq key', () => {
  test('is held, recorded and sent once; what it does is seen on the screen', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'w')
    await world.pass(5_000)
    expect(typed(world)).toEqual(['w'])
    expect(now(world, action)).toMatchObject({ effect: 'sent', phase: 'done', verb: 'sysrqKey' })
    expect(now(world, action).steps).toContainEqual(
      expect.objectContaining({ type: 'pressed', button: 'sysrq:w', target: 'keyboard' }),
    )
    expect(world.audited.map(({ event }) => event)).toEqual(['power.accepted', 'power.effect'])
  })

  test('B is judged by evidence, O too', async () => {
    for (const [letter, effect] of [
      ['b', 'restarted'],
      ['o', 'poweredOff'],
    ] as const) {
      const world = await PowerWorld.make()
      const action = await hold(world, letter)
      await world.pass(10_000)
      expect(now(world, action).effect).toBe(effect)
    }
  })

  test('a permission for one key is worth nothing for another', async () => {
    const world = await PowerWorld.make()
    const wish = { verb: 'sysrqKey', pathId: null } as const
    const { nonce } = await world.service.openSheet(haruka, 'nas1', { ...wish, letter: 's' })
    const ask = (letter?: SysrqLetter): Promise<Action> =>
      world.service.request(haruka, 'nas1', { ...wish, nonce: nonce ?? '', ...(letter && { letter }) })
    await expect(ask('b')).rejects.toMatchObject({ code: 'power/nonceMismatch' })
    await expect(ask()).rejects.toMatchObject({ code: 'power/nonceMismatch' })
    await settle()
    expect(typed(world)).toEqual([])
    await ask('s')
    await settle()
    await expect(ask('b')).rejects.toMatchObject({ code: 'power/nonceMismatch' })
    expect(typed(world)).toEqual(['s'])
  })

  test('a letter goes with nothing else', async () => {
    const world = await PowerWorld.make()
    const open = world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null, letter: 'b' })
    await expect(open).rejects.toMatchObject({ code: 'request/invalid' })
    const without = world.service.openSheet(haruka, 'nas1', { verb: 'sysrqKey', pathId: null })
    await expect(without).rejects.toMatchObject({ code: 'request/invalid' })
  })
})
