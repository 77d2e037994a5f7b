import { describe, expect, test } from 'vitest'
import type { BootAim } from '../../server/contract/boot-keys.ts'
import type { Action, PowerVerb } from '../../server/contract/power.ts'
import { haruka, kenji, PowerWorld, type WorldOptions } from './power-world.ts'
import { settle } from './manual-clock.ts'

async function hold(world: PowerWorld, verb: PowerVerb, catching?: BootAim): Promise<Action> {
  const { nonce, refusal, path } = await world.service.openSheet(haruka, 'nas1', { verb, pathId: null })
  expect(refusal).toBeNull()
  const body = { nonce: nonce ?? '', verb, pathId: path?.id ?? null, ...(catching && { catching }) }
  const action = await world.service.request(haruka, 'nas1', body)
  await settle()
  return action
}
function catchingOf(world: PowerWorld, { id }: Action) {
  return world.service.recent().find((action) => action.id === id)?.catching
}
const seconds = (world: PowerWorld): number[] =>
  world.caught.map(({ from, to }) => Math.round(((to ?? world.clock.now()) - from) / 1_000))

describe('boot keys', () => {
  test('are pressed from the press on, for the machine’s time, whoever looks', async () => {
    const bootKeys = { setup: ['F10' as const], menu: ['F9' as const], forS: 60 }
    const world = await PowerWorld.make({ device: { bootKeys } })
    const action = await hold(world, 'reset', 'setup')
    expect(world.caught).toMatchObject([{ keys: ['F10'], from: world.board.presses[0]?.at }])
    expect(catchingOf(world, action)).toMatchObject({ aim: 'setup', keys: ['F10'], forMs: 60_000, end: null })
    await world.pass(59_000)
    expect(world.caught[0]?.to).toBeNull()
    await world.pass(1_500)
    expect(seconds(world)).toEqual([60])
    expect(catchingOf(world, action)).toMatchObject({ end: { why: 'timeOver', by: null } })
    expect(world.audited.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['catcher.started', 'catcher.ended']),
    )
  })

  test('say how many keys went out and when the last one did, about once a second', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'reset', 'setup')
    expect(catchingOf(world, action)).toMatchObject({ presses: 0, lastPressAt: null })
    const told = new Set<number>()
    world.service.onChange(({ catching }) => told.add(catching?.presses ?? -1))
    for (let key = 0; key < 30; key++) {
      world.pressKey?.()
      await world.pass(100)
    }
    const lastAt = world.clock.now() - 100
    // The KVM goes away: no key goes out, and nothing says that one did.
    await world.pass(20_000)
    expect(catchingOf(world, action)).toMatchObject({ presses: 30, lastPressAt: lastAt, end: null })
    expect(told.size).toBeLessThan(8)
    world.service.stopCatching(kenji, 'nas1')
    await settle()
    const [kept] = await world.service.history('nas1', 1, null)
    expect(kept?.catching).toMatchObject({ presses: 30, lastPressAt: lastAt, end: { why: 'stopped' } })
  })

  test('are the usual ones for two minutes where nobody said otherwise', async () => {
    const world = await PowerWorld.make()
    await hold(world, 'reset', 'menu')
    await world.pass(130_000)
    expect(world.caught).toMatchObject([{ keys: ['F12', 'F11'] }])
    expect(seconds(world)).toEqual([120])
  })

  test('stop at once when anybody says so, and the action goes on to its end', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'reset', 'setup')
    await world.pass(7_000)
    expect(world.service.stopCatching(kenji, 'nas1')).toBe(true)
    expect(world.caught[0]?.to).toBe(world.clock.now())
    expect(catchingOf(world, action)).toMatchObject({ end: { why: 'stopped', by: 'Kenji' } })
    expect(world.service.stopCatching(kenji, 'nas1')).toBe(false)
    await world.pass(60_000)
    expect(world.caught).toHaveLength(1)
    const [kept] = await world.service.history('nas1', 1, null)
    expect(kept).toMatchObject({
      id: action.id,
      phase: 'done',
      effect: 'restarted',
      back: 'inFirmware',
      catching: { end: { why: 'stopped' } },
    })
    expect(world.audited).toContainEqual(expect.objectContaining({ event: 'catcher.ended', by: 'Kenji' }))
    expect(world.board.presses).toHaveLength(1)
  })

  test('end the wait for the network when somebody saw the firmware, before the restart is proven or after', async () => {
    for (const stopsAfterMs of [100, 6_000]) {
      const world = await PowerWorld.make()
      const action = await hold(world, 'reset', 'setup')
      const now = (): Action | undefined => world.service.recent().find(({ id }) => id === action.id)
      await world.pass(stopsAfterMs)
      expect(now()).toMatchObject(
        stopsAfterMs === 100 ? { effect: null } : { effect: 'restarted', back: 'waiting' },
      )
      world.service.stopCatching(kenji, 'nas1')
      await world.pass(6_000)
      expect(now()).toMatchObject({ phase: 'done', effect: 'restarted', back: 'inFirmware' })
      expect(now()?.steps).toContainEqual(expect.objectContaining({ type: 'firmwareSeen', by: 'Kenji' }))
    }
  })

  test('prove no restart by themselves: where nothing shows one, it stays unknown', async () => {
    const world = await PowerWorld.make({ board: { isResetWired: false } })
    const action = await hold(world, 'reset', 'setup')
    await world.pass(6_000)
    world.service.stopCatching(kenji, 'nas1')
    await world.pass(60_000)
    const found = world.service.recent().find(({ id }) => id === action.id)
    expect(found).toMatchObject({ effect: 'unknown', back: 'notExpected' })
  })

  test('that nobody stopped leave the action to wait for the network', async () => {
    const world = await PowerWorld.make({
      device: { bootKeys: { setup: ['F2' as const], menu: [], forS: 60 } },
    })
    const action = await hold(world, 'reset', 'setup')
    await world.pass(5_000)
    expect(world.service.recent().find(({ id }) => id === action.id)?.back).toBe('waiting')
    await world.pass(90_000)
    expect(world.service.recent().find(({ id }) => id === action.id)?.back).toBe('back')
  })

  test('of off and on wait for the second press', async () => {
    const world = await PowerWorld.make()
    await hold(world, 'cycle', 'setup')
    await world.pass(5_000)
    expect(world.board.presses).toHaveLength(1)
    expect(world.caught).toEqual([])
    await world.pass(10_000)
    expect(world.caught).toMatchObject([{ from: world.board.presses[1]?.at }])
  })

  test('are not pressed when off and on stops half way', async () => {
    const world = await PowerWorld.make({ board: { isPowerWired: false } })
    const action = await hold(world, 'cycle', 'setup')
    await world.pass(40_000)
    expect(world.caught).toEqual([])
    expect(catchingOf(world, action)).toMatchObject({ startedAt: null, end: { why: 'notPressed' } })
  })

  test('follow power on, a relay on the supply, and a safe reboot after its last key', async () => {
    const off = await PowerWorld.make()
    off.board.kvm()
    off.board.send({ target: 'atx', button: 'powerLong' })
    await off.pass(8_000)
    await hold(off, 'on', 'menu')
    expect(off.caught).toHaveLength(1)

    const paths: WorldOptions['paths'] = [{ target: 'gpio:plug', wiring: 'supply' }]
    const supply = await PowerWorld.make({ paths })
    await hold(supply, 'cycle', 'setup')
    await supply.pass(30_000)
    expect(supply.caught).toMatchObject([{ from: supply.board.presses[1]?.at }])

    const keys = await PowerWorld.make()
    await hold(keys, 'sysrqReboot', 'setup')
    await keys.pass(9_000)
    expect(keys.caught).toEqual([])
    await keys.pass(3_000)
    expect(keys.caught).toMatchObject([{ from: keys.board.keys[2]?.at }])
  })

  test('do not wait for an answer that is late: the machine may be starting', async () => {
    const world = await PowerWorld.make()
    world.life.stallsAt = 'send'
    const action = await hold(world, 'reset', 'setup')
    expect(world.caught).toEqual([])
    await world.pass(1_500)
    expect(world.caught).toHaveLength(1)
    expect(catchingOf(world, action)?.startedAt).not.toBeNull()
  })

  test('are not pressed after a press that was not made', async () => {
    const world = await PowerWorld.make()
    world.board.nextOutcome = 'notSent'
    const action = await hold(world, 'reset', 'setup')
    await world.pass(5_000)
    expect(world.caught).toEqual([])
    expect(catchingOf(world, action)).toMatchObject({ startedAt: null, end: { why: 'notPressed' } })
  })

  test('go on after a press whose fate nobody knows, and when it showed nothing', async () => {
    for (const fate of ['lostAfter', 'lostBefore'] as const) {
      const world = await PowerWorld.make()
      world.board.nextOutcome = fate
      await hold(world, 'reset', 'setup')
      await world.pass(50_000)
      expect(world.caught).toMatchObject([{ to: null }])
    }
  })

  test('end with a restart of Crashcart, which says so, and are not pressed again', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'reset', 'setup')
    await world.pass(10_000)
    await world.restart()
    await world.pass(60_000)
    expect(world.caught).toHaveLength(1)
    expect(catchingOf(world, action)).toMatchObject({ end: { why: 'restarted' } })
    expect(world.audited).toContainEqual(expect.objectContaining({ event: 'catcher.ended', by: 'Haruka' }))
    expect(world.board.presses).toHaveLength(1)
  })

  test('end with another action on the machine, and with its keyboard', async () => {
    const world = await PowerWorld.make()
    const first = await hold(world, 'reset', 'setup')
    await world.pass(5_000)
    await hold(world, 'reset')
    expect(catchingOf(world, first)).toMatchObject({ end: { why: 'otherAction', by: 'Haruka' } })
    await world.pass(5_000)
    const third = await hold(world, 'reset', 'menu')
    world.loseKeyboard?.()
    expect(catchingOf(world, third)).toMatchObject({ end: { why: 'moved' } })
    expect(world.caught.map(({ to }) => to !== null)).toEqual([true, true])
  })

  test('are bound to the request, and go with nothing that starts no machine', async () => {
    const world = await PowerWorld.make()
    const { nonce } = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    const body = { nonce: nonce ?? '', verb: 'reset' as const, pathId: 'path1' }
    await world.service.request(haruka, 'nas1', { ...body, catching: 'setup' })
    await expect(world.service.request(haruka, 'nas1', body)).rejects.toMatchObject({
      code: 'power/nonceMismatch',
    })
    await world.service.request(haruka, 'nas1', { ...body, catching: 'setup' })
    expect(world.caught).toHaveLength(1)
    const other = await PowerWorld.make()
    await expect(hold(other, 'hardOff', 'setup')).rejects.toMatchObject({ code: 'request/invalid' })
    await settle()
    expect(other.board.presses).toEqual([])
  })
})
