import { describe, expect, it } from 'vitest'
import type { SeatPlace } from '../../server/contract/state.ts'
import { until } from '../drivers/pikvm/rig.ts'
import { oneKvm, Watcher } from './rig.ts'
import { idAt, person, seesAll, shared, type SharedRig } from './shared-rig.ts'

const places = (rig: SharedRig) => rig.machines.map((_, port) => rig.seat(port).state.state.seat?.place.value)
const asked = (rig: SharedRig) =>
  rig.pikvm.requests.filter(({ path }) => path.endsWith('set_active')).map(({ query }) => query)
const typed = (rig: SharedRig, port: number): string[] =>
  (rig.machines[port]?.keyLog ?? []).filter(({ down }) => down).map(({ key }) => key)

describe('a KVM that several machines share', () => {
  it('shows a machine when a person asks for it, says so to all who look, and records it for both', async () => {
    const rig = await shared()
    const [ann, bob] = [rig.open(0, 'ann'), rig.open(1, 'bob')]
    await until(() => ann.last('picture')?.state === 'live', 'the first picture')
    expect(bob.last('picture')?.state).toBe('elsewhere')
    expect(await rig.consoles.show(idAt(1), person('bob'), seesAll)).toEqual({ result: 'shown' })
    await until(() => bob.last('picture')?.state === 'live', 'the picture of the second')
    expect(ann.last('picture')?.state).toBe('elsewhere')
    expect(rig.seat(0).state.state.seat?.shown).toMatchObject({ port: 1, by: 'bob' })
    expect(rig.audited.filter(({ event }) => event.startsWith('screen.switched'))).toEqual([
      { actor: 'bob', event: 'screen.switchedHere', deviceId: idAt(1) },
      { actor: 'bob', event: 'screen.switchedAway', deviceId: idAt(0) },
    ])
    // Nothing is asked for what is there already.
    await rig.consoles.show(idAt(1), person('bob'), seesAll)
    expect(asked(rig)).toEqual(['port=1'])
  })

  it('stays where it is until a person asks: opened, typed on, looked at small or pressed, a machine gets no screen', async () => {
    const rig = await shared()
    const bob = rig.open(1, 'bob')
    bob.say({ type: 'take' })
    bob.key('KeyA', true)
    expect(await rig.seat(1).video?.still({ maxWidth: 160, quality: 50 })).toBeNull()
    await rig.consoles.testAnswer(idAt(1), person('bob'))
    await rig.seat(1).power?.send({ target: 'atx:1', button: 'reset' }, AbortSignal.timeout(8_000))
    await until(() => rig.machines[1]?.presses.length === 1, 'the press')
    expect(asked(rig)).toEqual([])
    expect(places(rig)).toEqual(['here', 'elsewhere', 'elsewhere'])
  })

  it('is not taken from another person who has control, unless that is said', async () => {
    const rig = await shared()
    const ann = rig.open(0, 'ann')
    ann.say({ type: 'take' })
    const refused = rig.consoles.show(idAt(1), person('bob'), seesAll)
    await expect(refused).rejects.toMatchObject({
      code: 'console/inUse',
      details: { by: 'ann', name: 'm0', isCatching: false },
    })
    expect(asked(rig)).toEqual([])
    expect(places(rig)).toEqual(['here', 'elsewhere', 'elsewhere'])
    ann.key('KeyA', true)
    ann.key('KeyA', false)
    await until(() => typed(rig, 0).length === 1, 'the key')

    const over = await overOf(rig, 1)
    expect(await rig.consoles.show(idAt(1), person('bob'), { ...seesAll, over })).toEqual({ result: 'shown' })
    ann.key('KeyB', true, 9)
    expect(ann.last('inputRefused')).toMatchObject({ seq: 9, reason: 'elsewhere' })
    ann.say({ type: 'text', id: 'late', text: 'x', layout: 'us' })
    expect(ann.last('text')).toMatchObject({ id: 'late', state: 'refused', reason: 'elsewhere' })
    expect((await rig.consoles.testAnswer(idAt(0), person('ann')))?.verdict).toBe('elsewhere')
    expect([typed(rig, 0), typed(rig, 1)]).toEqual([['KeyA'], []])
  })

  it('takes nothing for a machine that it was just switched to, until a picture of that one came', async () => {
    const rig = await shared({ firstPictureMs: 60_000 })
    const bob = rig.open(1, 'bob')
    bob.say({ type: 'pause', paused: true })
    expect(await rig.consoles.show(idAt(1), person('bob'), seesAll)).toEqual({ result: 'shown' })
    expect(places(rig)[1]).toBe('arriving')
    bob.say({ type: 'take' })
    bob.key('KeyB', true, 9)
    expect(bob.last('inputRefused')).toMatchObject({ seq: 9, reason: 'switching' })
    bob.say({ type: 'button', seq: 10, button: 'left', down: true })
    expect(bob.last('inputRefused')).toMatchObject({ seq: 10, reason: 'switching' })
    bob.say({ type: 'text', id: 'early', text: 'x'.repeat(300), layout: 'us' })
    expect(bob.last('text')).toMatchObject({ id: 'early', state: 'refused', reason: 'switching' })
    expect((await rig.consoles.testAnswer(idAt(1), person('bob')))?.verdict).toBe('switching')
    let presses = 0
    const news = { pressed: () => (presses += 1), lost: () => undefined }
    const stop = rig.consoles.pressBootKeys(idAt(1), ['F2'], news)
    expect([presses, typed(rig, 0), typed(rig, 1)]).toEqual([0, [], []])

    bob.say({ type: 'pause', paused: false })
    await until(() => places(rig)[1] === 'here', 'the first picture')
    // What is pressed for somebody begins by itself: it was asked for as a thing that goes on.
    await until(() => typed(rig, 1).length > 0, 'the boot key')
    stop?.()
    bob.key('KeyC', true, 11)
    await until(() => typed(rig, 1).includes('KeyC'), 'the key')
    expect([...new Set(typed(rig, 1))]).toEqual(['F2', 'KeyC'])
    expect(typed(rig, 0)).toEqual([])
  })

  it('what was said of one use does not end another', async () => {
    const rig = await shared()
    const [ann, eve] = [rig.open(0, 'ann'), rig.open(0, 'eve')]
    ann.say({ type: 'take' })
    const over = await overOf(rig, 1)
    eve.say({ type: 'take', over: ann.viewerId })
    const again = rig.consoles.show(idAt(1), person('bob'), { ...seesAll, over })
    await expect(again).rejects.toMatchObject({ code: 'console/inUse', details: { by: 'eve' } })
    expect(places(rig)[0]).toBe('here')
  })

  it('is the person’s own to switch while they have control, but not while boot keys are pressed', async () => {
    const rig = await shared()
    const ann = rig.open(0, 'ann')
    ann.say({ type: 'take' })
    const toNobody = { pressed: () => undefined, lost: () => undefined }
    const stop = rig.consoles.pressBootKeys(idAt(0), ['F2'], toNobody)
    await expect(rig.consoles.show(idAt(1), person('ann'), seesAll)).rejects.toMatchObject({
      code: 'console/inUse',
      details: { by: null, isCatching: true },
    })
    stop?.()
    expect(await rig.consoles.show(idAt(1), person('ann'), seesAll)).toEqual({ result: 'shown' })
  })

  it('does not tell the name of a machine that the person may not see', async () => {
    const rig = await shared()
    rig.open(0, 'ann').say({ type: 'take' })
    const blind = { maySee: () => false }
    const refused = rig.consoles.show(idAt(1), person('bob'), blind)
    await expect(refused).rejects.toMatchObject({ code: 'console/inUse', details: { name: null } })
  })

  it('is looked at anew for each of two wishes', async () => {
    const rig = await shared()
    const bob = rig.open(1, 'bob')
    bob.say({ type: 'take' })
    const first = rig.consoles.show(idAt(1), person('bob'), seesAll)
    const second = rig.consoles.show(idAt(2), person('ann'), seesAll)
    expect(await first).toEqual({ result: 'shown' })
    await expect(second).rejects.toMatchObject({ code: 'console/inUse', details: { by: 'bob' } })
    expect(asked(rig)).toEqual(['port=1'])
  })

  it('that is gone, or has no such port, is told as not switched', async () => {
    const rig = await shared()
    await rig.pikvm.die()
    await until(() => places(rig)[1] === null, 'the loss')
    await expect(rig.consoles.show(idAt(1), person('bob'), seesAll)).rejects.toMatchObject({
      code: 'device/unreachable',
    })
  })

  it('ends text and held keys of the machine that loses it, for good', async () => {
    const rig = await shared()
    const ann = rig.open(0, 'ann')
    ann.say({ type: 'take' })
    ann.key('ControlLeft', true)
    ann.say({ type: 'text', id: 't', text: 'a'.repeat(400), layout: 'us' })
    await until(() => typed(rig, 0).length > 5, 'some text')
    await rig.consoles.show(idAt(1), person('ann'), seesAll)
    expect(ann.last('text')).toMatchObject({ state: 'interrupted' })
    const before = typed(rig, 0).length
    await rig.consoles.show(idAt(0), person('ann'), seesAll)
    expect(typed(rig, 0)).toHaveLength(before)
    expect(typed(rig, 1)).toEqual([])
    expect(rig.machines.map(({ heldKeys }) => heldKeys)).toEqual([[], [], []])
  })
})

it('what is held while the KVM goes to another machine is not pressed again when it is back', () => {
  const { kvm, machine } = oneKvm()
  const ann = new Watcher().open(machine.consoles(), 'ann')
  ann.say({ type: 'take' })
  ann.key('ControlLeft', true)
  const at = (value: SeatPlace): void => {
    const place = { value, observedAt: 0, since: 0 }
    const shown = { port: 0, label: '1', since: 0, by: null }
    kvm.set({ seat: { port: 0, label: '1', place, shown, longPressS: null } })
  }
  at('elsewhere')
  at('here')
  kvm.input.events.length = 0
  // A websocket client of the KVM came or went: whoever still holds a key presses it again.
  kvm.input.releaseAll()
  expect(kvm.input.events).toEqual([])
})

/** What somebody on that port is told to name when they switch anyway. */
async function overOf(rig: SharedRig, port: number): Promise<string> {
  try {
    await rig.consoles.show(idAt(port), person('bob'), seesAll)
  } catch (error) {
    return String((error as { details?: { over?: unknown } }).details?.over)
  }
  throw new Error('not refused')
}
