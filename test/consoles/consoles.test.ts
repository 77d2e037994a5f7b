import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePictureHeader } from '../../server/contract/picture-header.ts'
import { FakeKvm } from './fake-kvm.ts'
import { ManualTimers } from './manual-timers.ts'
import { deviceId, oneKvm, Watcher } from './rig.ts'

function setUp() {
  const timers = new ManualTimers()
  const { kvm, machine } = oneKvm()
  kvm.set({ reachable: { value: true, observedAt: timers.now(), since: 0 } })
  const consoles = machine.consoles(timers)
  const open = (name: string, userId?: string): Watcher => new Watcher().open(consoles, name, userId)
  const frame = (size = 10_000): void =>
    kvm.video.emit({ reachedAt: timers.now(), bytes: Buffer.alloc(size) })
  return { timers, kvm, machine, consoles, open, frame }
}
const sequences = (watcher: Watcher): number[] =>
  watcher.pictures.map((picture) => decodePictureHeader(picture)?.sequence ?? -1)

describe('pictures', () => {
  it('come from one subscription for all viewers, which ends with the last', () => {
    const { kvm, open, frame } = setUp()
    const [ann, bob] = [open('ann'), open('bob')]
    frame()
    expect(kvm.video.subscriptions).toBe(1)
    expect(sequences(ann)).toEqual([1])
    expect(sequences(bob)).toEqual([1])
    ann.attachment?.detach()
    expect(kvm.video.subscribers.size).toBe(1)
    bob.attachment?.detach()
    expect(kvm.video.subscribers.size).toBe(0)
  })

  it('wait for the acknowledgement, and a newer one takes the place of the waiting one', () => {
    const { open, frame } = setUp()
    const [slow, quick] = [open('slow'), open('quick')]
    for (let count = 0; count < 5; count += 1) {
      frame()
      quick.acknowledgeAll()
    }
    expect(sequences(quick)).toEqual([1, 2, 3, 4, 5])
    expect(sequences(slow)).toEqual([1])
    slow.acknowledgeAll()
    expect(sequences(slow)).toEqual([1, 5])
  })

  it('begin for a newcomer with the last one, at its true time', () => {
    const { timers, open, frame } = setUp()
    open('ann')
    const at = timers.now()
    frame()
    timers.advance(700)
    const header = decodePictureHeader(open('bob').pictures[0] ?? new Uint8Array())
    expect(header).toMatchObject({ sequence: 1, reachedAt: at, kind: 'jpeg', isKey: true })
  })

  it('get a new generation when the size changes or the connection is opened anew', () => {
    const { machine, kvm, timers, open } = setUp()
    const ann = open('ann')
    const next = new FakeKvm()
    const show = (from: FakeKvm, width: number): void => {
      from.video.emit({ reachedAt: timers.now(), width })
      ann.acknowledgeAll()
    }
    show(kvm, 1280)
    show(kvm, 1920)
    machine.replace(next)
    show(next, 1920)
    const generations = ann.pictures.map((picture) => decodePictureHeader(picture)?.generation)
    expect(generations).toEqual([1, 2, 3])
    expect(kvm.video.subscribers.size).toBe(0)
  })

  it('do not go to a page that is hidden, and the source rests when all are', () => {
    const { kvm, open, frame } = setUp()
    const ann = open('ann')
    ann.say({ type: 'pause', paused: true })
    expect(kvm.video.subscribers.size).toBe(0)
    ann.say({ type: 'pause', paused: false })
    frame()
    expect(sequences(ann)).toEqual([1])
  })

  it('end within 30 s for a viewer that does not take them, and go on for the others', () => {
    const { timers, open, frame } = setUp()
    const [frozen, well] = [open('frozen'), open('well')]
    for (let second = 0; second < 29; second += 1) {
      frame()
      well.acknowledgeAll()
      frozen.say({ type: 'ping', t: 0 })
      timers.advance(1_000)
    }
    expect(frozen.closedWith).toBe('tooSlow')
    expect(frozen.pictures).toHaveLength(1)
    expect(well.closedWith).toBeNull()
    expect(sequences(well)).toHaveLength(29)
  })

  it('leave a slow viewer alone while something still moves', () => {
    const { timers, open, frame } = setUp()
    const slow = open('slow')
    slow.buffered = 1_000_000
    for (let second = 0; second < 60; second += 1) {
      frame()
      slow.buffered -= 10_000
      slow.say({ type: 'ping', t: 0 })
      timers.advance(1_000)
    }
    expect(slow.closedWith).toBeNull()
  })

  it('close a viewer of whom nothing at all is heard, with no picture on its way', () => {
    const { timers, open } = setUp()
    const gone = open('gone')
    const hidden = open('hidden')
    for (let second = 0; second < 31; second += 1) {
      timers.advance(1_000)
      hidden.attachment?.probed()
    }
    expect(gone.closedWith).toBe('tooSlow')
    expect(hidden.closedWith).toBeNull()
    expect(hidden.probes).toBeGreaterThan(3)
  })

  it('are never a placeholder: the state says that there is no signal', () => {
    const { timers, kvm, open, frame } = setUp()
    const ann = open('ann')
    frame()
    timers.advance(500)
    expect(ann.last('picture')?.state).toBe('live')
    ann.acknowledgeAll()
    timers.advance(1_000)
    kvm.video.emit({ reachedAt: timers.now(), online: false })
    timers.advance(500)
    expect(ann.last('picture')?.state).toBe('noSignal')
    expect(sequences(ann)).toEqual([1])
  })

  it('have a state that follows the KVM within 3 s', () => {
    const { timers, kvm, open, frame } = setUp()
    const ann = open('ann')
    frame()
    timers.advance(500)
    kvm.set({ reachable: { value: false, observedAt: timers.now(), since: timers.now() } })
    timers.advance(3_000)
    expect(ann.last('picture')).toMatchObject({ state: 'kvmUnreachable' })
    expect(open('bob').last('picture')).toEqual(ann.last('picture'))
  })
})

describe('control', () => {
  it('belongs to nobody at first, then to who takes it, seen by all', () => {
    const { open } = setUp()
    const [ann, bob] = [open('ann'), open('bob')]
    expect(ann.last('control')).toEqual({ type: 'control', holder: null, you: false, mayTake: true })
    ann.say({ type: 'take' })
    expect(ann.last('control')).toMatchObject({ you: true, holder: { name: 'ann' } })
    expect(bob.last('control')).toMatchObject({ you: false, holder: { name: 'ann', viewerId: ann.viewerId } })
    ann.say({ type: 'release' })
    expect(bob.last('control')).toMatchObject({ holder: null })
  })

  it('is taken from someone else only by naming them', () => {
    const { open, kvm } = setUp()
    const [ann, bob, cleo] = [open('ann'), open('bob'), open('cleo')]
    ann.say({ type: 'take' })
    bob.say({ type: 'take' })
    bob.say({ type: 'take', over: cleo.viewerId })
    expect(bob.last('control')).toMatchObject({ you: false, holder: { name: 'ann' } })
    ann.key('KeyA', true)
    bob.say({ type: 'take', over: ann.viewerId })
    expect(ann.last('control')).toMatchObject({ you: false, holder: { name: 'bob' } })
    expect(kvm.input.events).toEqual(['+KeyA', '-KeyA'])
  })

  it('goes silently to another tab of the same person', () => {
    const { open } = setUp()
    const [old, young] = [open('ann', 'u1'), open('ann', 'u1')]
    old.say({ type: 'take' })
    young.say({ type: 'take' })
    expect(young.last('control')?.you).toBe(true)
    expect(old.last('control')?.you).toBe(false)
  })

  it('comes back to a page with a new socket, but not from a tab that was chosen since', () => {
    const { open } = setUp()
    const [old, chosen] = [open('ann', 'u1'), open('ann', 'u1')]
    old.say({ type: 'take' })
    const again = open('ann', 'u1')
    again.say({ type: 'take', instead: old.viewerId })
    expect(again.last('control')?.you).toBe(true)
    chosen.say({ type: 'take' })
    const late = open('ann', 'u1')
    late.say({ type: 'take', instead: again.viewerId })
    expect(late.last('control')).toMatchObject({ you: false, holder: { viewerId: chosen.viewerId } })
    chosen.attachment?.detach()
    late.say({ type: 'take', instead: again.viewerId })
    expect(late.last('control')?.you).toBe(true)
  })

  it('is refused to who may only look, for each kind of message', () => {
    const { open, kvm } = setUp()
    const ann = open('ann')
    ann.rights.input = false
    ann.say({ type: 'take' })
    ann.key('KeyA', true, 7)
    ann.say({ type: 'button', seq: 8, button: 'left', down: true })
    ann.say({ type: 'move', seq: 9, x: 1, y: 1 })
    ann.say({ type: 'text', id: 't', text: 'a', layout: 'us' })
    expect(kvm.input.events).toEqual([])
    expect(ann.last('control')).toMatchObject({ you: false, mayTake: false })
    const refusals = ann.told.filter((message) => message.type === 'inputRefused')
    expect(refusals.map((message) => [message.seq, message.reason])).toEqual([
      [7, 'forbidden'],
      [8, 'forbidden'],
      [9, 'forbidden'],
    ])
    expect(ann.last('text')?.state).toBe('refused')
  })

  it('ends, with every key up, when the right to type is taken away', () => {
    const { open, kvm, timers } = setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    ann.key('KeyA', true)
    ann.rights.input = false
    ann.key('KeyB', true)
    timers.advance(1_000)
    expect(kvm.input.events).toEqual(['+KeyA', '-KeyA'])
    expect(ann.last('control')).toMatchObject({ you: false, holder: null, mayTake: false })
  })

  it('is needed to type', () => {
    const { open, kvm } = setUp()
    const [ann, bob] = [open('ann'), open('bob')]
    ann.say({ type: 'take' })
    bob.key('KeyA', true, 3)
    bob.say({ type: 'allUp' })
    expect(bob.last('inputRefused')).toEqual({ type: 'inputRefused', seq: 3, reason: 'noControl' })
    expect(kvm.input.events).toEqual([])
  })
})

describe('typing', () => {
  it('stops, and every key goes up, when the viewer leaves', () => {
    const { open, kvm, timers } = setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    ann.key('ControlLeft', true)
    ann.attachment?.detach()
    expect([...kvm.input.down]).toEqual([])
    const bob = open('bob')
    bob.say({ type: 'take' })
    bob.say({ type: 'text', id: 't', text: 'a'.repeat(99), layout: 'us' })
    timers.advance(100)
    bob.attachment?.detach()
    const before = kvm.input.events.length
    timers.advance(10_000)
    expect(kvm.input.events).toHaveLength(before)
  })

  it('goes up within 1 s when the viewer falls silent', () => {
    const { open, kvm, timers } = setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    ann.key('KeyA', true)
    timers.advance(800)
    ann.say({ type: 'holding' })
    timers.advance(800)
    expect([...kvm.input.down]).toEqual(['KeyA'])
    timers.advance(200)
    expect([...kvm.input.down]).toEqual([])
  })

  it('presses again what is held after the device let go of it', () => {
    const { open, kvm } = setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    ann.key('ShiftLeft', true)
    kvm.input.releaseAll()
    expect([...kvm.input.down]).toEqual(['ShiftLeft'])
  })

  it('says which key could not be sent', () => {
    const { open, kvm } = setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    kvm.input.disconnect()
    ann.key('KeyA', true, 5)
    expect(ann.last('inputRefused')).toEqual({ type: 'inputRefused', seq: 5, reason: 'kvmUnreachable' })
  })

  it('refuses text that has characters without a key, before typing any', () => {
    const { open, kvm, timers } = setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    ann.say({ type: 'text', id: 't', text: 'aéb', layout: 'us' })
    timers.advance(1_000)
    expect(ann.last('text')).toMatchObject({ state: 'refused', sent: 0, unmappable: ['é'] })
    expect(kvm.input.events).toEqual([])
  })
})

describe('a machine', () => {
  it('names who looks, each once', () => {
    const { open, consoles } = setUp()
    open('ann', 'u1')
    open('ann', 'u1')
    const bob = open('bob')
    expect(consoles.namesOn(deviceId)).toEqual(['ann', 'bob'])
    expect(bob.last('viewers')?.names).toEqual(['ann', 'bob'])
  })

  it('ends its screens when its KVM goes to another machine, or when it is removed', () => {
    const { open, machine, kvm } = setUp()
    const ann = open('ann')
    ann.say({ type: 'take' })
    ann.key('KeyA', true)
    machine.change({ console: undefined })
    expect(ann.closedWith).toBe('moved')
    expect([...kvm.input.down]).toEqual([])
    expect(open('bob').closedWith).toBe('removed')
    ann.key('KeyB', true)
    expect(kvm.input.events).toEqual(['+KeyA', '-KeyA'])
  })

  it('takes Ctrl+Alt+Del without any viewer, and says when nothing was sent', async () => {
    const { consoles, kvm, machine, timers } = setUp()
    const sent = consoles.press(deviceId, { type: 'ctrlAltDel' })
    timers.advance(1_000)
    expect(await sent).toBe('sent')
    expect(kvm.input.events.join(' ')).toBe('+ControlLeft +AltLeft +Delete -Delete -AltLeft -ControlLeft')
    machine.replace(null)
    expect(await consoles.press(deviceId, { type: 'ctrlAltDel' })).toBe('notSent')
    expect(await consoles.press('unknown', { type: 'ctrlAltDel' })).toBe('notSent')
  })

  it('has everything that people do audited, text only by its length', () => {
    const { open, machine } = setUp()
    const [ann, bob] = [open('ann'), open('bob')]
    ann.say({ type: 'take' })
    ann.say({ type: 'text', id: 't', text: 'secret', layout: 'us' })
    bob.say({ type: 'take', over: ann.viewerId })
    bob.attachment?.detach()
    expect(machine.audited.map(({ actor, event }) => `${actor} ${event}`)).toEqual([
      'ann screen.attached',
      'bob screen.attached',
      'ann screen.controlTaken',
      'ann screen.textTyped',
      'bob screen.controlTaken',
      'bob screen.controlReleased',
      'bob screen.detached',
    ])
    expect(machine.audited[3]?.detail).toEqual({ characters: 6 })
    expect(machine.audited[4]?.detail).toEqual({ from: 'ann' })
    expect(JSON.stringify(machine.audited)).not.toContain('secret')
  })
})

describe('whatever several people do at once', () => {
  const codes = ['KeyA', 'KeyB', 'ShiftLeft', 'AltLeft', 'F5']
  const who = fc.nat(2)
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('key' as const),
        who,
        code: fc.constantFrom(...codes),
        down: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'take' as const,
          'takeOver' as const,
          'release' as const,
          'text' as const,
          'leave' as const,
          'allUp' as const,
        ),
        who,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('deviceReleased' as const, 'lose' as const, 'cad' as const),
        who,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), who, ms: fc.integer({ min: 1, max: 1200 }) }),
    },
  )

  it('the machine ends with no key down, and no press came twice', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50, size: 'max' }), (steps) => {
        const { open, kvm, timers, machine, consoles } = setUp()
        const watchers = [open('ann'), open('bob'), open('cleo')]
        const pressedTwice = watchForDoublePresses(kvm)
        for (const action of steps) {
          const watcher = watchers[action.who]
          if (watcher === undefined) continue
          if (action.do === 'key') watcher.key(action.code, action.down)
          if (action.do === 'take') watcher.say({ type: 'take' })
          if (action.do === 'takeOver') {
            const over = watcher.last('control')?.holder?.viewerId
            watcher.say({ type: 'take', ...(over !== undefined && { over }) })
          }
          if (action.do === 'release') watcher.say({ type: 'release' })
          if (action.do === 'allUp') watcher.say({ type: 'allUp' })
          if (action.do === 'text') watcher.say({ type: 'text', id: 't', text: 'xY', layout: 'us' })
          if (action.do === 'deviceReleased') kvm.input.releaseAll()
          if (action.do === 'cad') void consoles.press(deviceId, { type: 'ctrlAltDel' })
          if (action.do === 'lose') {
            // The device lets go of everything when its client goes.
            kvm.input.down.clear()
            machine.replace(kvm)
          }
          if (action.do === 'wait') timers.advance(action.ms)
          if (action.do === 'leave') {
            watcher.attachment?.detach()
            watchers[action.who] = open(`again${action.who}`)
          }
        }
        for (const watcher of watchers) watcher.attachment?.detach()
        timers.advance(5_000)
        expect([...kvm.input.down]).toEqual([])
        expect(pressedTwice).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('keys of one person arrive each once and in order, with text as one piece between them', () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/)
    const piece = fc.oneof(
      fc.record({ text: word }),
      fc.record({ tap: fc.constantFrom('KeyA', 'KeyQ', 'Digit1', 'Enter', 'F2') }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.nat(150)), { maxLength: 30, size: 'max' }), (pieces) => {
        const { open, kvm, timers } = setUp()
        const ann = open('ann')
        ann.say({ type: 'take' })
        const expected: string[] = []
        const texts = pieces.filter(([part]) => 'text' in part)
        fc.pre(texts.length <= 8)
        for (const [part, pauseMs] of pieces) {
          if ('text' in part) {
            ann.say({ type: 'text', id: part.text, text: part.text, layout: 'us' })
            expected.push(...[...part.text].map((letter) => `Key${letter.toUpperCase()}`))
          } else {
            ann.key(part.tap, true)
            ann.key(part.tap, false)
            expected.push(part.tap)
          }
          timers.advance(pauseMs)
        }
        timers.advance(20_000)
        expect(kvm.input.events).toEqual(expected.flatMap((code) => [`+${code}`, `-${code}`]))
      }),
      { numRuns: 200 },
    )
  })
})

function watchForDoublePresses({ input }: FakeKvm): string[] {
  const twice: string[] = []
  const key = input.key.bind(input)
  input.key = (code, down) => {
    if (down && input.down.has(code)) twice.push(code)
    return key(code, down)
  }
  return twice
}
