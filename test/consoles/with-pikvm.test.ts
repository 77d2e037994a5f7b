import { describe, expect, it } from 'vitest'
import { decodePictureHeader } from '../../server/contract/picture-header.ts'
import { scaledClock } from '../../server/sim/machine/clock.ts'
import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm } from '../../server/sim/pikvm/pikvm.ts'
import { accessTo, afterThisTest, online, until } from '../drivers/pikvm/rig.ts'
import { deviceId, OneMachine, Watcher } from './rig.ts'

const guestLayouts = { us: 'us', jp: 'jis' } as const

/** Consoles on the real driver, in front of a simulated PiKVM with a running machine. */
async function setUp(layout: keyof typeof guestLayouts = 'us') {
  const machine = new SimMachine({
    name: 'host',
    clock: scaledClock(10),
    bootMs: 2_000,
    layout: guestLayouts[layout],
  })
  const pikvm = await startSimPikvm({ machine })
  afterThisTest(() => pikvm[Symbol.asyncDispose]())
  const { connection } = await online(await accessTo(pikvm))
  const inventory = new OneMachine(connection)
  const consoles = inventory.consoles()
  afterThisTest(async () => consoles.close())
  const open = (name: string): Watcher => {
    const watcher = new Watcher().open(consoles, name)
    const acknowledging = setInterval(() => watcher.acknowledgeAll(), 20)
    afterThisTest(async () => clearInterval(acknowledging))
    return watcher
  }
  return { machine, pikvm, connection, consoles, open }
}
const transitions = (machine: SimMachine): string[] =>
  machine.keyLog.map(({ key, down }) => `${down ? '+' : '-'}${key}`)

describe('a screen through a PiKVM', () => {
  it('shows real pictures to several viewers from one stream', async () => {
    const { open, pikvm } = await setUp()
    const [ann, bob] = [open('ann'), open('bob')]
    await until(() => ann.pictures.length >= 2 && bob.pictures.length >= 2, 'two pictures each')
    const header = decodePictureHeader(ann.pictures[0] ?? new Uint8Array())
    expect(header).toMatchObject({ kind: 'jpeg', generation: 1 })
    expect(header?.width).toBeGreaterThan(0)
    expect([...(ann.pictures[0]?.subarray(32, 34) ?? [])]).toEqual([0xff, 0xd8])
    await until(() => ann.last('picture')?.state === 'live', 'the state live')
    expect(pikvm.requests.filter((request) => request.path.startsWith('/streamer/stream'))).toHaveLength(1)
  })

  it('says that the machine is off', async () => {
    const { open, machine } = await setUp()
    const ann = open('ann')
    await until(() => ann.last('picture')?.state === 'live', 'the state live')
    machine.setMains(false)
    await until(() => ann.last('picture')?.state === 'off', 'the state off', 5_000)
  })

  it.each(['us', 'jp'] as const)(
    'types every printable character on a %s machine as it is meant',
    async (layout) => {
      const { open, machine } = await setUp(layout)
      const ann = open('ann')
      ann.say({ type: 'take' })
      const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')
      const line = `x${printable}x`
      ann.say({ type: 'text', id: 't', text: `${line}\n`, layout })
      await until(() => machine.typedLines.length > 0, 'the line', 15_000)
      expect(machine.typedLines[0]?.text).toBe(line)
      await until(() => ann.last('text')?.state === 'done', 'the end of typing')
    },
  )

  it('keeps a key held although viewers come and go', async () => {
    const { open, machine } = await setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    await until(() => ann.pictures.length > 0, 'a picture')
    ann.key('ShiftLeft', true)
    const heart = setInterval(() => ann.say({ type: 'holding' }), 250)
    afterThisTest(async () => clearInterval(heart))
    await until(() => transitions(machine).length === 1, 'the press')
    // The last page hides: the stream socket closes, and kvmd lets go of every key.
    ann.say({ type: 'pause', paused: true })
    await until(() => transitions(machine).length === 3, 'the release and the press')
    expect(transitions(machine)).toEqual(['+ShiftLeft', '-ShiftLeft', '+ShiftLeft'])
    ann.key('ShiftLeft', false)
    await until(() => transitions(machine).length === 4, 'the release')
  })

  it('stops text within 200 ms of cancelling, as the machine sees it, with every key up', async () => {
    const { open, machine } = await setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    ann.say({ type: 'text', id: 't', text: 'Ab'.repeat(400), layout: 'us' })
    await until(() => machine.keyLog.length > 40, 'some keys')
    ann.say({ type: 'cancelText', id: 't' })
    const cancelledAt = machine.clock.nowMs()
    ann.key('F1', true)
    ann.key('F1', false)
    await until(() => transitions(machine).at(-1) === '-F1', 'a key after the text')
    const late = machine.keyLog.filter(({ key, atMs }) => key !== 'F1' && atMs > cancelledAt + 200 * 10)
    expect(late).toEqual([])
    const held = new Set<string>()
    for (const { key, down } of machine.keyLog)
      if (down) held.add(key)
      else held.delete(key)
    expect([...held]).toEqual([])
  })

  it('gives the keyboard to one of two, each key once and in order', async () => {
    const { open, machine } = await setUp()
    const [ann, bob] = [open('ann'), open('bob')]
    ann.say({ type: 'take' })
    ann.key('KeyA', true)
    bob.key('KeyX', true)
    bob.say({ type: 'take', over: ann.viewerId })
    ann.key('KeyB', true)
    bob.key('KeyC', true)
    bob.key('KeyC', false)
    await until(() => transitions(machine).at(-1) === '-KeyC', 'the last key')
    expect(transitions(machine)).toEqual(['+KeyA', '-KeyA', '+KeyC', '-KeyC'])
  })

  it('finds out by Caps Lock whether a hung machine’s kernel lives', async () => {
    const { machine, consoles, connection } = await setUp()
    const test = () => consoles.testAnswer(deviceId, { userId: 'u', name: 'ann' })
    await until(() => connection.state.state.keyboardOnline.value === true, 'the keyboard')
    expect(await test()).toMatchObject({ verdict: 'answers', isCapsAsBefore: true })
    machine.hang({ kernelAlive: true })
    expect(await test()).toMatchObject({ verdict: 'answers', isCapsAsBefore: true })
    expect(machine.keyboardLeds.caps).toBe(false)
    machine.hang({ kernelAlive: false })
    const dead = await test()
    expect(dead).toMatchObject({ verdict: 'noAnswer', isCapsAsBefore: true })
    expect(dead?.tookMs).toBeLessThan(2_000)
  })

  it('presses Ctrl+Alt+Del as one', async () => {
    const { machine, consoles } = await setUp()
    expect(await consoles.press(deviceId, { type: 'ctrlAltDel' })).toBe('sent')
    await until(() => machine.keyLog.length >= 6, 'six transitions')
    const expected = ['+ControlLeft', '+AltLeft', '+Delete', '-Delete', '-AltLeft', '-ControlLeft']
    expect(transitions(machine)).toEqual(expected)
  })

  it('comes back by itself after the KVM restarted, with nothing held and text broken off', async () => {
    const { open, machine, pikvm } = await setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    await until(() => ann.last('picture')?.state === 'live', 'the state live')
    ann.say({ type: 'text', id: 't', text: 'A'.repeat(2_000), layout: 'us' })
    await until(() => machine.keyLog.length > 20, 'some keys')
    await pikvm.restartKvmd(500)
    await until(() => ann.last('text')?.state === 'interrupted', 'the end of typing')
    await until(() => ann.told.some((said) => said.type === 'picture' && said.state !== 'live'), 'the reason')
    const before = ann.pictures.length
    await until(
      () => ann.pictures.length > before && ann.last('picture')?.state === 'live',
      'new pictures',
      15_000,
    )
    expect(ann.last('control')?.you).toBe(true)
    const typed = machine.keyLog.length
    ann.key('F1', true)
    ann.key('F1', false)
    await until(() => machine.keyLog.length >= typed + 2, 'a key after it')
    expect(transitions(machine).slice(typed)).toEqual(['+F1', '-F1'])
    expect(ann.closedWith).toBeNull()
  })

  it('says within 3 s that the KVM is unreachable when it falls silent without closing anything', async () => {
    const { open, pikvm } = await setUp()
    const ann = open('ann')
    await until(() => ann.last('picture')?.state === 'live', 'the state live')
    await pikvm.enterBlackHole()
    afterThisTest(() => pikvm.leaveBlackHole())
    const silentAt = Date.now()
    const said = () => ann.last('picture')?.state
    await until(() => said() === 'kvmUnreachable', 'the reason', 6_000)
    // The rest is what a busy test machine may take.
    expect(Date.now() - silentAt).toBeLessThan(3_500)
  })
})
