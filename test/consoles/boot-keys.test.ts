import { describe, expect, it } from 'vitest'
import { ManualTimers } from './manual-timers.ts'
import { deviceId, oneKvm, Watcher } from './rig.ts'

const toNobody = { pressed: () => undefined, lost: () => undefined }

function setUp() {
  const timers = new ManualTimers()
  const { kvm, machine } = oneKvm()
  const consoles = machine.consoles(timers)
  /** When each key went down since the last call, ms after `from`. */
  const strokes: { code: string; at: number }[] = []
  const { key } = kvm.input
  let most = 0
  kvm.input.key = (code, down) => {
    const isSent = key.call(kvm.input, code, down)
    if (isSent && down) strokes.push({ code, at: timers.now() })
    most = Math.max(most, kvm.input.down.size)
    return isSent
  }
  let lost = 0
  let pressed = 0
  const press = (...keys: string[]) => {
    const stop = consoles.pressBootKeys(deviceId, keys, {
      pressed: () => (pressed += 1),
      lost: () => (lost += 1),
    })
    if (stop === null) throw new Error('not begun')
    return stop
  }
  const gaps = (code: string): number[] => {
    const times = strokes.filter((one) => one.code === code).map(({ at }) => at)
    return times.slice(1).map((at, index) => at - (times[index] ?? 0))
  }
  return {
    timers,
    kvm,
    machine,
    consoles,
    strokes,
    press,
    gaps,
    lost: () => lost,
    most: () => most,
    pressed: () => pressed,
  }
}

describe('boot keys', () => {
  it('go down every 300 ms and up again, Escape every second, never two at once', () => {
    const { timers, press, gaps, most, kvm } = setUp()
    const stop = press('Delete', 'F2', 'Escape')
    timers.advance(10_000)
    expect(new Set(gaps('Delete'))).toEqual(new Set([300]))
    expect(new Set(gaps('F2'))).toEqual(new Set([300]))
    expect(gaps('Escape').every((ms) => ms >= 1_000 && ms <= 1_200)).toBe(true)
    expect(most()).toBe(1)
    stop()
    expect([...kvm.input.down]).toEqual([])
  })

  it('stop at once, all up, in the middle of a stroke too', () => {
    const { timers, press, strokes, kvm } = setUp()
    const stop = press('F12')
    timers.advance(620)
    expect([...kvm.input.down]).toEqual(['F12'])
    stop()
    expect([...kvm.input.down]).toEqual([])
    const before = strokes.length
    timers.advance(5_000)
    expect(strokes).toHaveLength(before)
  })

  it('end what is typed and held, and refuse what others type meanwhile, control or not', () => {
    const { timers, press, consoles, kvm } = setUp()
    const ann = new Watcher().open(consoles, 'ann')
    ann.say({ type: 'take' })
    ann.key('ShiftLeft', true)
    ann.say({ type: 'text', id: 't1', text: 'abcdef'.repeat(20), layout: 'us' })
    timers.advance(50)
    const stop = press('F2')
    expect(ann.last('text')).toMatchObject({ id: 't1', state: 'interrupted' })
    kvm.input.events.length = 0
    ann.key('KeyX', true, 7)
    expect(ann.last('inputRefused')).toMatchObject({ seq: 7, reason: 'catching' })
    ann.say({ type: 'text', id: 't2', text: 'x', layout: 'us' })
    expect(ann.last('text')).toMatchObject({ id: 't2', state: 'refused', reason: 'catching' })
    const refused = ann.told.length
    ann.say({ type: 'move', seq: 8, x: 0, y: 0 })
    expect(ann.told).toHaveLength(refused)
    timers.advance(1_000)
    expect(kvm.input.events.every((event) => event.endsWith('F2'))).toBe(true)
    stop()
    kvm.input.events.length = 0
    ann.key('KeyX', true)
    expect(kvm.input.events).toEqual(['+KeyX'])
  })

  it('leave nobody else the keyboard: no answer test, no second catch', async () => {
    const { press, consoles } = setUp()
    const stop = press('F2')
    const person = { userId: 'u', name: 'ann' }
    expect((await consoles.testAnswer(deviceId, person))?.verdict).toBe('busy')
    expect(consoles.pressBootKeys(deviceId, ['F1'], toNobody)).toBeNull()
    stop()
    press('F1')
  })

  it('go on while control changes hands, and when the KVM was away and comes back', () => {
    const { timers, press, gaps, consoles, machine, kvm, strokes, pressed } = setUp()
    press('F2')
    new Watcher().open(consoles, 'bob').say({ type: 'take' })
    timers.advance(3_000)
    expect(gaps('F2').every((ms) => ms === 300)).toBe(true)
    machine.replace(null)
    timers.advance(5_000)
    const before = strokes.length
    machine.replace(kvm)
    timers.advance(200)
    expect(strokes.length).toBe(before + 1)
    expect(pressed()).toBe(strokes.length)
  })

  it('end when the KVM is moved to another machine, and say so', () => {
    const { timers, press, machine, strokes, lost, kvm } = setUp()
    press('F2')
    timers.advance(650)
    machine.change({ console: undefined })
    expect(lost()).toBe(1)
    expect([...kvm.input.down]).toEqual([])
    const before = strokes.length
    timers.advance(5_000)
    expect(strokes).toHaveLength(before)
  })

  it('need no viewer, and a keyboard', () => {
    const { consoles, machine } = setUp()
    expect(consoles.pressBootKeys('another', ['F2'], toNobody)).toBeNull()
    machine.change({ console: undefined })
    expect(consoles.pressBootKeys(deviceId, ['F2'], toNobody)).toBeNull()
  })
})
