import { describe, expect, test } from 'vitest'
import type { Action, PowerVerb } from '../../server/contract/power.ts'
import { haruka, kenji, PowerWorld, type WorldOptions } from './power-world.ts'
import { settle } from './manual-clock.ts'

async function hold(world: PowerWorld, verb: PowerVerb, pathId: string | null = null): Promise<Action> {
  const sheet = await world.service.openSheet(haruka, 'nas1', { verb, pathId })
  expect(sheet.refusal).toBeNull()
  const body = { nonce: sheet.nonce ?? '', verb, pathId: sheet.path?.id ?? null }
  const action = await world.service.request(haruka, 'nas1', body)
  await settle()
  return action
}

function now(world: PowerWorld, { id }: Action): Action {
  const found = world.service.recent().find((action) => action.id === id)
  if (found === undefined) throw new Error(`no action ${id}`)
  return found
}

function evidence(action: Action): string[] {
  return action.steps.flatMap((step) => (step.type === 'evidence' ? [step.kind] : []))
}

async function off(world: PowerWorld): Promise<PowerWorld> {
  world.board.kvm()
  world.board.send({ target: 'atx', button: 'powerLong' })
  await world.pass(8_000)
  world.board.presses.length = 0
  return world
}

describe('reset', () => {
  test('is pressed once and proven by signal and USB, then by the check', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'reset')
    expect(world.board.presses.map(({ what }) => what)).toEqual(['reset'])
    await world.pass(5_000)
    const restarted = now(world, action)
    expect(restarted).toMatchObject({ effect: 'restarted', back: 'waiting', phase: 'watching' })
    expect(evidence(restarted)).toEqual(expect.arrayContaining(['usbOffline', 'signalLost', 'signalBack']))
    await world.pass(45_000)
    const back = now(world, action)
    expect(back).toMatchObject({ effect: 'restarted', back: 'back', phase: 'done' })
    expect(back.steps).toContainEqual(
      expect.objectContaining({ type: 'evidence', kind: 'checkAnswers', label: 'NFS' }),
    )
    expect(world.usualBackMs).toBeGreaterThan(39_000)
    expect(world.verdicts).toEqual([{ verdict: 'restarted', provenAt: expect.any(Number) }])
    expect(world.audited.map(({ event }) => event)).toEqual(['power.accepted', 'power.effect', 'power.back'])
  })

  test('is what a proof is for: off and on by the power button says nothing of the reset wire', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'cycle')
    await world.pass(30_000)
    expect(now(world, action)).toMatchObject({ effect: 'restarted' })
    expect(world.verdicts).toEqual([])
  })

  test('as a try is one real press, recorded as a try, and proves the way that was tried', async () => {
    const paths: WorldOptions['paths'] = [{}, { id: 'path2', target: 'gpio:plug', wiring: 'supply' }]
    const world = await PowerWorld.make({ paths })
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'reboot', pathId: 'path2' })
    expect(sheet).toMatchObject({ verb: 'cycle', path: { id: 'path2', provenAt: null, lastVerdict: null } })
    const body = { nonce: sheet.nonce ?? '', verb: sheet.verb, pathId: 'path2', isTry: true }
    const action = await world.service.request(haruka, 'nas1', body)
    await world.pass(30_000)
    expect(now(world, action).steps[0]).toMatchObject({ type: 'accepted', isTry: true })
    const [kept] = await world.service.history('nas1', 1, null)
    expect(kept?.steps[0]).toMatchObject({ isTry: true })
    expect(world.audited[0]).toMatchObject({ event: 'power.accepted', detail: { isTry: true } })
    expect(world.board.presses.map(({ what }) => what)).toEqual(['switchOff', 'switchOn'])
    expect(world.verdicts).toEqual([{ verdict: 'restarted', provenAt: expect.any(Number) }])
  })

  test('nothing but a reboot is a try', async () => {
    const world = await PowerWorld.make()
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'hardOff', pathId: null })
    const body = { nonce: sheet.nonce ?? '', verb: 'hardOff' as const, pathId: 'path1', isTry: true }
    await expect(world.service.request(haruka, 'nas1', body)).rejects.toMatchObject({
      code: 'request/invalid',
    })
    await settle()
    expect(world.board.presses).toEqual([])
  })

  test('with a loose wire is unknown after 30 s, not before', async () => {
    const world = await PowerWorld.make({ board: { isResetWired: false } })
    const action = await hold(world, 'reset')
    await world.pass(29_000)
    expect(now(world, action).effect).toBeNull()
    await world.pass(1_500)
    expect(now(world, action)).toMatchObject({ effect: 'unknown', back: 'notExpected', phase: 'done' })
    expect(evidence(now(world, action))).toEqual([])
    expect(world.verdicts).toEqual([{ verdict: 'unknown', provenAt: null }])
  })

  test('a network that was down and stays down proves nothing', async () => {
    const world = await PowerWorld.make({ board: { isResetWired: false, hasSignal: false, hasUsb: false } })
    const action = await hold(world, 'reset')
    await world.pass(31_000)
    expect(now(world, action).effect).toBe('unknown')
  })

  test('a proof that comes late still counts: network away and back', async () => {
    const world = await PowerWorld.make({ board: { hasSignal: false, hasUsb: false } })
    world.board.unhang()
    world.board.runCheck()
    const action = await hold(world, 'reset')
    await world.pass(31_000)
    expect(now(world, action)).toMatchObject({ effect: 'unknown', phase: 'watching' })
    expect(evidence(now(world, action))).toEqual(['networkLost'])
    await world.pass(30_000)
    expect(now(world, action)).toMatchObject({ effect: 'restarted', back: 'back', phase: 'done' })
  })

  test('of a machine without a screen is proven by USB, whose return is looked for with an empty report', async () => {
    const world = await PowerWorld.make({ board: { hasSignal: false } })
    const action = await hold(world, 'reset')
    await world.pass(8_000)
    expect(now(world, action).effect).toBe('restarted')
    expect(evidence(now(world, action))).toEqual(['usbOffline', 'usbOnline'])
  })

  test('is proven by USB also when nobody had typed since the last boot', async () => {
    const world = await PowerWorld.make({ board: { hasSignal: false } })
    await hold(world, 'reset')
    world.board.kvm()
    await world.pass(40_000)
    world.board.forgetReports()
    const second = await hold(world, 'reset')
    await world.pass(8_000)
    expect(now(world, second).effect).toBe('restarted')
  })

  test('without any check ends with its first verdict', async () => {
    const world = await PowerWorld.make({ board: { hasChecks: false } })
    const action = await hold(world, 'reset')
    await world.pass(5_000)
    expect(now(world, action)).toMatchObject({ effect: 'restarted', back: 'notExpected', phase: 'done' })
  })

  test('late is still waiting; much later it is not back', async () => {
    const world = await PowerWorld.make({ board: { bootMs: 1e9 } })
    const action = await hold(world, 'reset')
    await world.pass(301_000)
    const late = now(world, action)
    expect(late).toMatchObject({ back: 'waiting', phase: 'watching' })
    expect(late.steps.filter((step) => step.type === 'back')).toHaveLength(2)
    await world.pass(600_000)
    expect(now(world, action)).toMatchObject({ back: 'notBack', phase: 'done' })
  })

  test('is refused while a wired LED reads off, with Power on as the next step', async () => {
    const world = await off(await PowerWorld.make())
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    expect(sheet).toMatchObject({ nonce: null, refusal: { code: 'power/looksOff', next: 'on' } })
  })

  test('is not refused where the LED was never seen on', async () => {
    const world = await off(await PowerWorld.make({ board: { isLedWired: false } }))
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    expect(sheet.refusal).toBeNull()
  })
})

describe('on and off', () => {
  test('on is proven by the LED', async () => {
    const world = await off(await PowerWorld.make())
    const action = await hold(world, 'on')
    await world.pass(1_000)
    expect(now(world, action)).toMatchObject({ effect: 'poweredOn', back: 'waiting' })
    expect(world.board.presses.map(({ what }) => what)).toEqual(['power'])
  })

  test('USB that was offline only for want of a report is no proof of power on', async () => {
    const world = await PowerWorld.make({
      board: { isLedWired: false, hasSignal: false, isPowerWired: false },
    })
    world.board.kvm()
    world.board.isOn = false
    world.board.kvm()
    world.board.isOn = true
    const action = await hold(world, 'on')
    world.board.report()
    await world.pass(31_000)
    expect(now(world, action).effect).toBe('unknown')
  })

  test('on is refused when a picture is there although no LED is wired', async () => {
    const world = await PowerWorld.make({ board: { isLedWired: false } })
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'on', pathId: null })
    expect(sheet.refusal).toEqual({ code: 'power/looksOn', next: 'none' })
  })

  test('hard off is proven by the LED and expects nothing back', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'hardOff')
    await world.pass(7_000)
    expect(now(world, action)).toMatchObject({ effect: 'poweredOff', back: 'notExpected', phase: 'done' })
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong'])
  })

  test('graceful off of a hung machine is unknown after three minutes', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'off')
    await world.pass(170_000)
    expect(now(world, action).effect).toBeNull()
    await world.pass(11_000)
    expect(now(world, action).effect).toBe('unknown')
  })

  test('graceful off of a running machine is proven', async () => {
    const world = await PowerWorld.make()
    world.board.unhang()
    const action = await hold(world, 'off')
    await world.pass(10_000)
    expect(now(world, action).effect).toBe('poweredOff')
  })

  test('graceful off of a machine that went off since the last check is not proven by its silence', async () => {
    const world = await PowerWorld.make({ board: { isLedWired: false, hasSignal: false, hasUsb: false } })
    world.board.unhang()
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'off', pathId: null })
    // Somebody at the rack holds its button; to the one press that follows it comes on.
    world.board.send({ target: 'atx', button: 'powerLong' })
    await world.pass(8_000)
    const body = { nonce: sheet.nonce ?? '', verb: 'off' as const, pathId: sheet.path?.id ?? null }
    const action = await world.service.request(haruka, 'nas1', body)
    await settle()
    await world.pass(20_000)
    expect(world.board.isOn).toBe(true)
    expect(now(world, action).effect).toBeNull()
  })
})

test('while it boots a picture that goes and comes back is no proof that it read the keys of a safe reboot', async () => {
  const world = await PowerWorld.make({ board: { obeysSysrq: false, bootMs: 120_000 } })
  const reset = await hold(world, 'reset')
  await world.pass(3_000)
  expect(now(world, reset).effect).toBe('restarted')
  const action = await hold(world, 'sysrqReboot')
  await world.pass(2_000)
  world.board.options.hasSignal = false
  await world.pass(1_500)
  world.board.options.hasSignal = true
  await world.pass(60_000)
  expect(world.board.keys.map(({ what }) => what)).toEqual(['sysrq:s', 'sysrq:u', 'sysrq:b'])
  expect(now(world, action).effect).toBe('unknown')
})

describe('off and on', () => {
  const unproven = { isLedWired: false, hasSignal: false, hasUsb: false }

  test('with an LED: long press, proof of off, short press, proof of on, back', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'cycle')
    await world.pass(60_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong', 'power'])
    expect(world.board.truth.map(({ what }) => what)).toEqual(['wentOff', 'cameOn'])
    expect(now(world, action)).toMatchObject({ effect: 'restarted', back: 'back' })
  })

  test('without an LED the second press waits for the lost signal', async () => {
    const world = await PowerWorld.make({ board: { isLedWired: false } })
    const action = await hold(world, 'cycle')
    await world.pass(60_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong', 'power'])
    expect(now(world, action)).toMatchObject({ effect: 'restarted', back: 'back' })
  })

  test('without an LED and without proof of off there is no second press', async () => {
    const world = await PowerWorld.make({ board: unproven })
    const action = await hold(world, 'cycle')
    await world.pass(60_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong'])
    expect(now(world, action)).toMatchObject({ effect: 'unknown' })
  })

  test('a network that was up and is gone is proof of off', async () => {
    const world = await PowerWorld.make({ board: unproven })
    world.board.unhang()
    world.board.runCheck()
    const action = await hold(world, 'cycle')
    await world.pass(90_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong', 'power'])
    expect(now(world, action)).toMatchObject({ effect: 'restarted', back: 'back' })
  })

  test('a KVM that goes away with the press leaves it unknown, and says that nobody looked', async () => {
    const world = await PowerWorld.make({ board: { hasChecks: false } })
    const action = await hold(world, 'reset')
    world.board.isKvmReachable = false
    await world.pass(40_000)
    const { effect, steps } = now(world, action)
    expect(effect).toBe('unknown')
    expect(steps).toContainEqual(expect.objectContaining({ type: 'kvmGone' }))
    expect(steps).toContainEqual(expect.objectContaining({ verdict: 'unknown', asBefore: [] }))
  })

  test('a button that is not wired leaves it unknown, and says what was looked at', async () => {
    const world = await PowerWorld.make({ board: { isResetWired: false, hasChecks: false } })
    world.board.report()
    const action = await hold(world, 'reset')
    await world.pass(40_000)
    expect(now(world, action).steps).toContainEqual(
      expect.objectContaining({ verdict: 'unknown', asBefore: ['led', 'usb', 'signal'] }),
    )
  })

  test('a power button that is not wired gets no second press', async () => {
    const world = await PowerWorld.make({ board: { isPowerWired: false } })
    const action = await hold(world, 'cycle')
    await world.pass(60_000)
    expect(world.board.presses).toHaveLength(1)
    expect(now(world, action).effect).toBe('unknown')
  })

  test('by a relay on the power button alone, without an LED, waits for the lost signal too', async () => {
    const paths: WorldOptions['paths'] = [{ target: 'gpio:pwr', wiring: 'powerButton' }]
    const world = await PowerWorld.make({ board: { isLedWired: false }, paths })
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'reboot', pathId: null })
    expect(sheet).toMatchObject({ verb: 'cycle', path: { target: 'gpio:pwr', longPressS: 5.5 } })
    const action = await hold(world, 'cycle')
    await world.pass(3_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong'])
    await world.pass(57_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong', 'power'])
    expect(world.board.truth.map(({ what }) => what)).toEqual(['wentOff', 'cameOn'])
    expect(now(world, action)).toMatchObject({ effect: 'restarted', back: 'back' })
  })

  test('a relay that is cut short of a long press offers no hard off, and its short press is sent as one', async () => {
    const paths: WorldOptions['paths'] = [{ target: 'gpio:button1', wiring: 'powerButton' }]
    // As recorded of a stock channel.
    const pulse = { usualMs: 100, minMs: 100, maxMs: 100 }
    const world = await PowerWorld.make({ board: { pulse }, paths })
    for (const verb of ['reboot', 'cycle', 'hardOff'] as const) {
      const { nonce, refusal, otherPaths } = await world.service.openSheet(haruka, 'nas1', {
        verb,
        pathId: null,
      })
      expect([nonce, refusal?.code]).toEqual([null, 'device/unsupported'])
      expect(otherPaths).toMatchObject([
        { verbs: ['off', 'on'], longPressS: null, pulse: { minS: 0.1, maxS: 0.1 } },
      ])
    }
    await hold(world, 'off')
    await world.pass(1_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['power'])
  })

  test('a channel whose usual pulse is long gets a short one where a short press is meant', async () => {
    const paths: WorldOptions['paths'] = [{ target: 'gpio:pwr', wiring: 'powerButton' }]
    const pulse = { usualMs: 5_000, minMs: 200, maxMs: 6_000 }
    const world = await PowerWorld.make({ board: { pulse }, paths })
    await hold(world, 'off')
    await world.pass(1_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['power'])
  })

  test('a relay that cannot press shortly, or never told how long it can, is not asked for what it may not do', async () => {
    const paths: WorldOptions['paths'] = [{ target: 'gpio:pwr', wiring: 'powerButton' }]
    const pulse = { usualMs: 5_000, minMs: 5_000, maxMs: 6_000 }
    const world = await PowerWorld.make({ board: { pulse }, paths })
    const verbs = async () =>
      (await world.service.openSheet(haruka, 'nas1', { verb: 'hardOff', pathId: 'path1' })).path?.verbs
    expect(await verbs()).toEqual(['hardOff'])
    world.pulse = null
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'off', pathId: null })
    expect(sheet.path).toMatchObject({ verbs: ['off', 'on'], pulse: null })
  })

  test('by a relay on the power button of a machine that shows nothing stops after the first press', async () => {
    const paths: WorldOptions['paths'] = [{ target: 'gpio:pwr', wiring: 'powerButton' }]
    const world = await PowerWorld.make({ board: unproven, paths })
    const action = await hold(world, 'cycle')
    await world.pass(60_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong'])
    expect(now(world, action).effect).toBe('unknown')
  })

  test('a supply is switched on again even without proof of off', async () => {
    const paths: WorldOptions['paths'] = [{ target: 'gpio:plug', wiring: 'supply' }]
    const world = await PowerWorld.make({ board: unproven, paths })
    const action = await hold(world, 'cycle')
    await world.pass(120_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['switchOff', 'switchOn'])
    expect(world.board.isOn).toBe(true)
    expect(now(world, action).effect).toBe('unknown')
  })

  test('after a restart of Crashcart between the presses the second one is not made', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'cycle')
    await world.pass(2_000)
    await world.restart()
    await world.pass(60_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong'])
    expect(now(world, action)).toMatchObject({ effect: 'poweredOff', phase: 'done' })
  })

  test('a machine that comes on by itself is not pressed again', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'cycle')
    await world.pass(6_500)
    world.board.send({ target: 'gpio:other', operation: 'switchOn' })
    await world.pass(20_000)
    expect(world.board.presses.filter(({ what }) => what === 'power')).toHaveLength(0)
    expect(now(world, action).effect).toBe('restarted')
  })

  test('a second press that could not be made never says that nothing was pressed', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'cycle')
    await world.pass(6_000)
    world.board.isKvmReachable = false
    await world.pass(20_000)
    expect(world.board.presses.map(({ what }) => what)).toEqual(['powerLong'])
    expect(now(world, action)).toMatchObject({ effect: 'poweredOff' })
    expect(now(world, action).steps).toContainEqual(
      expect.objectContaining({ type: 'notSent', reason: 'device/unreachable' }),
    )
  })

  test('a KVM moved to another machine between the presses is not pressed', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'cycle')
    await world.pass(3_000)
    world.paths = []
    await world.pass(20_000)
    expect(world.board.presses).toHaveLength(1)
    expect(now(world, action)).toMatchObject({ effect: 'poweredOff' })
    expect(now(world, action).steps).toContainEqual(
      expect.objectContaining({ type: 'notSent', reason: 'moved' }),
    )
  })
})

describe('Ctrl+Alt+Del', () => {
  test('is sent once and says only that', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'ctrlAltDel')
    await world.pass(5_000)
    expect(world.board.keys.map(({ what }) => what)).toEqual(['ctrlAltDel'])
    expect(now(world, action)).toMatchObject({ effect: 'sent', phase: 'done', pathId: null })
  })
})

describe('at most once', () => {
  test('the same request again returns the same action and presses nothing', async () => {
    const world = await PowerWorld.make()
    const { nonce } = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    const body = { nonce: nonce ?? '', verb: 'reset' as const, pathId: 'path1' }
    const answers = await Promise.all([1, 2, 3].map(() => world.service.request(haruka, 'nas1', body)))
    await world.pass(120_000)
    const later = await world.service.request(haruka, 'nas1', body)
    expect(new Set([...answers, later].map(({ id }) => id)).size).toBe(1)
    expect(world.board.presses).toHaveLength(1)
  })

  test('another body with the same nonce is refused', async () => {
    const world = await PowerWorld.make()
    const { nonce } = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    const ask = (verb: PowerVerb, pathId: string): Promise<Action> =>
      world.service.request(haruka, 'nas1', { nonce: nonce ?? '', verb, pathId })
    await expect(ask('hardOff', 'path1')).rejects.toMatchObject({ code: 'power/nonceMismatch' })
    await expect(ask('reset', 'path2')).rejects.toMatchObject({ code: 'power/nonceMismatch' })
    expect(world.board.presses).toHaveLength(0)
  })

  test('a nonce is worth nothing for another machine', async () => {
    const world = await PowerWorld.make()
    const { nonce } = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    const body = { nonce: nonce ?? '', verb: 'reset' as const, pathId: 'path1' }
    const ask = world.service.request(haruka, 'nas2', body)
    await expect(ask).rejects.toMatchObject({ code: 'power/nonceMismatch' })
    expect(world.board.presses).toHaveLength(0)
  })

  test("someone else's nonce is worth nothing", async () => {
    const world = await PowerWorld.make()
    const { nonce } = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    const body = { nonce: nonce ?? '', verb: 'reset' as const, pathId: 'path1' }
    await expect(world.service.request(kenji, 'nas1', body)).rejects.toMatchObject({
      code: 'power/nonceExpired',
    })
    await expect(world.service.fate(kenji, body.nonce)).resolves.toEqual({ state: 'unheard' })
    expect(world.board.presses).toHaveLength(0)
  })

  test('an expired nonce presses nothing', async () => {
    const world = await PowerWorld.make()
    const { nonce } = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    await world.pass(60_000)
    const ask = world.service.request(haruka, 'nas1', { nonce: nonce ?? '', verb: 'reset', pathId: 'path1' })
    await expect(ask).rejects.toMatchObject({ code: 'power/nonceExpired' })
    expect(world.board.presses).toHaveLength(0)
  })

  test('two tabs: the second is told who is at it, and after the verdict that the state changed', async () => {
    const world = await PowerWorld.make()
    const [one, two, three] = await Promise.all(
      [haruka, kenji, kenji].map((who) =>
        world.service.openSheet(who, 'nas1', { verb: 'reset', pathId: null }),
      ),
    )
    await world.service.request(haruka, 'nas1', { nonce: one?.nonce ?? '', verb: 'reset', pathId: 'path1' })
    await settle()
    const second = world.service.request(kenji, 'nas1', {
      nonce: two?.nonce ?? '',
      verb: 'reset',
      pathId: 'path1',
    })
    await expect(second).rejects.toMatchObject({
      code: 'power/busy',
      details: { by: 'Haruka', next: 'watch' },
    })
    await world.pass(5_000)
    const third = world.service.request(kenji, 'nas1', {
      nonce: three?.nonce ?? '',
      verb: 'reset',
      pathId: 'path1',
    })
    await expect(third).rejects.toMatchObject({ code: 'power/stateChanged' })
    expect(world.board.presses).toHaveLength(1)
  })

  test('a machine that came up by itself makes the sheet stale', async () => {
    const world = await PowerWorld.make()
    const { nonce } = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    world.board.unhang()
    world.board.runCheck()
    const ask = world.service.request(haruka, 'nas1', { nonce: nonce ?? '', verb: 'reset', pathId: 'path1' })
    await expect(ask).rejects.toMatchObject({ code: 'power/stateChanged' })
    expect(world.board.presses).toHaveLength(0)
  })

  test('a protected machine wants its name, and the nonce survives a wrong one', async () => {
    const world = await PowerWorld.make({ device: { isProtected: true } })
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    expect(sheet.refusal).toEqual({ code: 'power/nameNeeded', next: 'typeName' })
    const body = { nonce: sheet.nonce ?? '', verb: 'reset' as const, pathId: 'path1' }
    await expect(world.service.request(haruka, 'nas1', body)).rejects.toMatchObject({
      code: 'power/nameNeeded',
    })
    const wrong = { ...body, confirmName: 'nas2' }
    await expect(world.service.request(haruka, 'nas1', wrong)).rejects.toMatchObject({
      code: 'power/nameNeeded',
    })
    expect(world.board.presses).toHaveLength(0)
    await world.service.request(haruka, 'nas1', { ...body, confirmName: 'nas1' })
    await settle()
    expect(world.board.presses).toHaveLength(1)
    await expect(world.service.request(haruka, 'nas1', wrong)).rejects.toMatchObject({
      code: 'power/nonceMismatch',
    })
  })

  test('a withdrawn nonce can do nothing any more; a spent one tells its action', async () => {
    const world = await PowerWorld.make()
    const open = (): Promise<{ nonce: string | null }> =>
      world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    const first = await open()
    await expect(world.service.fate(haruka, first.nonce ?? '')).resolves.toEqual({ state: 'unspent' })
    await expect(world.service.withdraw(haruka, first.nonce ?? '')).resolves.toEqual({ state: 'unspent' })
    const late = world.service.request(haruka, 'nas1', {
      nonce: first.nonce ?? '',
      verb: 'reset',
      pathId: 'path1',
    })
    await expect(late).rejects.toMatchObject({ code: 'power/nonceExpired' })
    const second = await open()
    const body = { nonce: second.nonce ?? '', verb: 'reset' as const, pathId: 'path1' }
    const action = await world.service.request(haruka, 'nas1', body)
    await expect(world.service.withdraw(haruka, body.nonce)).resolves.toMatchObject({
      state: 'spent',
      action: { id: action.id },
    })
    // To everybody else it is as if there were no such request.
    await expect(world.service.fate(kenji, body.nonce)).resolves.toEqual({ state: 'unheard' })
    await settle()
    expect(world.board.presses).toHaveLength(1)
  })

  test('an unreachable KVM is refused before, and told as not sent after', async () => {
    const world = await PowerWorld.make()
    world.board.nextOutcome = 'notSent'
    const action = await hold(world, 'reset')
    expect(now(world, action)).toMatchObject({ effect: 'notSent', phase: 'done' })
    world.board.isKvmReachable = false
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
    expect(sheet).toMatchObject({ nonce: null, refusal: { code: 'power/noWay', next: 'showWhere' } })
    expect(world.board.presses).toHaveLength(0)
  })

  test('a lost answer is watched, not repeated', async () => {
    const world = await PowerWorld.make()
    world.board.nextOutcome = 'lostAfter'
    const action = await hold(world, 'reset')
    await world.pass(5_000)
    expect(world.board.presses).toHaveLength(1)
    expect(now(world, action)).toMatchObject({ effect: 'restarted' })
    expect(now(world, action).steps.map(({ type }) => type)).toContain('sendUnknown')
  })

  test('what cannot be recorded or journaled is not pressed', async () => {
    for (const fault of ['audit', 'journal']) {
      const world = await PowerWorld.make()
      if (fault === 'audit') world.auditFails = true
      else world.life.failsAt = 'markSending'
      const action = await hold(world, 'reset')
      expect(world.board.presses).toHaveLength(0)
      expect(now(world, action).effect).toBe('notSent')
    }
  })

  test('every step reaches whoever listens, and a newer action ends the wait of an older one', async () => {
    const world = await PowerWorld.make({ board: { bootMs: 1e9 } })
    const seen: string[] = []
    world.service.onChange(({ phase }) => seen.push(phase))
    const first = await hold(world, 'reset')
    await world.pass(5_000)
    expect(new Set(seen)).toEqual(new Set(['intent', 'sending', 'watching']))
    const second = await hold(world, 'reset')
    expect(now(world, first)).toMatchObject({ phase: 'done', back: 'notBack' })
    expect(now(world, second).effect).toBeNull()
    expect(world.board.presses).toHaveLength(2)
  })
})

describe('a process that dies', () => {
  const moments = [
    { diesAt: 'after spend', presses: 0, effect: 'notSent' },
    { diesAt: 'before markSending', presses: 0, effect: 'notSent' },
    { diesAt: 'after markSending', presses: 0, effect: 'unknownCrashed' },
    { diesAt: 'after send', presses: 1, effect: 'unknownCrashed' },
    { diesAt: 'before save', presses: 1, effect: 'unknownCrashed' },
    { diesAt: 'after save', presses: 1, effect: 'unknown' },
  ]
  for (const { diesAt, presses, effect } of moments) {
    test(`${diesAt}: ${presses} presses, ${effect}, and nothing is pressed at the next start`, async () => {
      const world = await PowerWorld.make({ board: { isResetWired: false } })
      const sheet = await world.service.openSheet(haruka, 'nas1', { verb: 'reset', pathId: null })
      world.life.diesAt = diesAt
      const body = { nonce: sheet.nonce ?? '', verb: 'reset' as const, pathId: 'path1' }
      void world.service.request(haruka, 'nas1', body)
      await settle()
      await world.restart()
      await world.pass(40_000)
      const fate = await world.service.fate(haruka, body.nonce)
      expect(fate).toMatchObject({ state: 'spent', action: { effect, phase: 'done' } })
      await world.service.request(haruka, 'nas1', body)
      await world.pass(5_000)
      expect(world.board.presses).toHaveLength(presses)
    })
  }

  test.each([
    { verb: 'off', diesAt: 'after send', noted: [] },
    { verb: 'reset', diesAt: 'after spend', noted: [] },
    { verb: 'reset', diesAt: 'after send', noted: ['unknownCrashed'] },
  ] as const)('$diesAt of $verb: what the path is said to have done is $noted', async (example) => {
    const { verb, diesAt, noted } = example
    const world = await PowerWorld.make()
    const sheet = await world.service.openSheet(haruka, 'nas1', { verb, pathId: null })
    world.life.diesAt = diesAt
    void world.service.request(haruka, 'nas1', { nonce: sheet.nonce ?? '', verb, pathId: 'path1' })
    await settle()
    await world.restart()
    expect(world.verdicts.map(({ verdict }) => verdict)).toEqual(noted)
  })

  test('watching is taken up again and still finds the proof of back', async () => {
    const world = await PowerWorld.make()
    const action = await hold(world, 'reset')
    await world.pass(5_000)
    await world.restart()
    await world.pass(45_000)
    expect(world.board.presses).toHaveLength(1)
    expect(now(world, action)).toMatchObject({ effect: 'restarted', back: 'back', phase: 'done' })
  })
})
