import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ctrlAltDel, sysrqChord } from '../../server/consoles/combo-run.ts'
import { InputDesk, type TextRequest } from '../../server/consoles/input-desk.ts'
import { planText } from '../../server/consoles/text-plan.ts'
import type { TypingProgress } from '../../server/consoles/typing-job.ts'
import { FakeKeyboard } from './fake-kvm.ts'
import { ManualTimers } from './manual-timers.ts'

function setUp(): { desk: InputDesk; far: FakeKeyboard; timers: ManualTimers; caps: { on: boolean } } {
  const timers = new ManualTimers()
  const far = new FakeKeyboard()
  const caps = { on: false }
  const desk = new InputDesk({ timers, sink: () => far, isCapsLockOn: () => caps.on })
  desk.heard()
  return { desk, far, timers, caps }
}

function text(id: string, characters: string): TextRequest & { reports: TypingProgress[] } {
  const plan = planText(characters, 'us')
  if ('unmappable' in plan) throw new Error('cannot be typed')
  const reports: TypingProgress[] = []
  return { id, strokes: plan.strokes, reports, report: (progress) => reports.push(progress) }
}

describe('held keys', () => {
  it('passes a press and its release, and filters repeats', () => {
    const { desk, far } = setUp()
    for (const down of [true, true, true, false, false]) desk.key('KeyA', down)
    expect(far.events).toEqual(['+KeyA', '-KeyA'])
  })

  it('lets the oldest of six go before a seventh is pressed, modifiers not counted', () => {
    const { desk, far } = setUp()
    for (const code of ['ShiftLeft', 'KeyA', 'KeyB', 'KeyC', 'KeyD', 'KeyE', 'KeyF', 'KeyG'])
      desk.key(code, true)
    expect(far.events.slice(-2)).toEqual(['-KeyA', '+KeyG'])
    expect(far.down.has('ShiftLeft')).toBe(true)
    desk.key('KeyA', false)
    expect(far.events.filter((event) => event === '-KeyA')).toHaveLength(1)
  })

  it('lets go of everything within 1 s of the last word', () => {
    const { desk, far, timers } = setUp()
    desk.key('KeyA', true)
    desk.button('left', true)
    for (let beat = 0; beat < 20; beat += 1) {
      timers.advance(250)
      desk.heard()
    }
    expect([...far.down]).toEqual(['KeyA', 'mouse:left'])
    timers.advance(1_000)
    expect([...far.down]).toEqual([])
  })

  it('presses again what is still held when the device let go by itself, modifiers first', () => {
    const { desk, far } = setUp()
    far.onReleased(() => desk.pressAgain())
    desk.key('KeyX', true)
    desk.key('ControlLeft', true)
    far.releaseAll()
    expect(far.events.slice(-2)).toEqual(['+ControlLeft', '+KeyX'])
    desk.clear()
    far.releaseAll()
    expect([...far.down]).toEqual([])
  })

  it('forgets what was held when the link is lost', () => {
    const { desk, far } = setUp()
    desk.key('KeyA', true)
    far.disconnect()
    expect(desk.key('KeyB', true)).toBe('unreachable')
    far.isConnected = true
    desk.pressAgain()
    desk.key('KeyA', false)
    expect(far.events).toEqual(['+KeyA'])
  })
})

describe('text', () => {
  it('is typed as one unit, key by key, each up before the next', () => {
    const { desk, far, timers } = setUp()
    const request = text('t1', 'aB1')
    desk.text(request)
    timers.advance(1_000)
    expect(far.events.join(' ')).toBe('+KeyA -KeyA +ShiftLeft +KeyB -KeyB -ShiftLeft +Digit1 -Digit1')
    expect(request.reports.at(-1)).toEqual({ state: 'done', sent: 3, total: 3 })
  })

  it('reports progress while it goes on', () => {
    const { desk, timers } = setUp()
    const request = text('t1', 'a'.repeat(100))
    desk.text(request)
    timers.advance(1_000)
    const sent = request.reports.filter(({ state }) => state === 'typing').map((report) => report.sent)
    expect(sent.length).toBeGreaterThanOrEqual(4)
    expect(sent).toEqual(sent.toSorted((a, b) => a - b))
  })

  it('makes keys and other texts that come meanwhile wait their turn', () => {
    const { desk, far, timers } = setUp()
    desk.text(text('t1', 'ab'))
    desk.key('Enter', true)
    desk.key('Enter', false)
    desk.text(text('t2', 'c'))
    desk.key('Tab', true)
    desk.key('Tab', false)
    timers.advance(2_000)
    const presses = far.events.filter((event) => event.startsWith('+'))
    expect(presses).toEqual(['+KeyA', '+KeyB', '+Enter', '+KeyC', '+Tab'])
    expect([...far.down]).toEqual([])
  })

  it('lets go of what is held before it begins', () => {
    const { desk, far } = setUp()
    desk.key('ControlLeft', true)
    desk.text(text('t1', 'a'))
    expect(far.events.slice(0, 3)).toEqual(['+ControlLeft', '-ControlLeft', '+KeyA'])
  })

  it('stops at once when cancelled, with every key up, and drops what waits behind it', () => {
    const { desk, far, timers } = setUp()
    const [first, second] = [text('t1', 'A'.repeat(500)), text('t2', 'x')]
    desk.text(first)
    desk.text(second)
    desk.key('Enter', true)
    timers.advance(500)
    const before = far.events.length
    expect(desk.cancelText('t1')).toBe(true)
    timers.advance(60_000)
    expect(far.events).toHaveLength(before)
    expect([...far.down]).toEqual([])
    expect(first.reports.at(-1)?.state).toBe('cancelled')
    expect(second.reports.at(-1)?.state).toBe('cancelled')
  })

  it('can be cancelled while it waits', () => {
    const { desk, far, timers } = setUp()
    const second = text('t2', 'x')
    desk.text(text('t1', 'a'))
    desk.text(second)
    expect(desk.cancelText('t2')).toBe(true)
    expect(desk.cancelText('t2')).toBe(false)
    timers.advance(1_000)
    expect(far.events).toEqual(['+KeyA', '-KeyA'])
  })

  it('is interrupted when the link is lost, and what waits is not typed later', () => {
    const { desk, far, timers } = setUp()
    const request = text('t1', 'abc')
    desk.text(request)
    desk.key('Enter', true)
    far.disconnect()
    timers.advance(1_000)
    far.isConnected = true
    timers.advance(10_000)
    expect(request.reports.at(-1)).toEqual({ state: 'interrupted', sent: 1, total: 3 })
    expect(far.events).toEqual(['+KeyA', '-KeyA'])
  })

  it('follows Caps Lock as it changes', () => {
    const { desk, far, timers, caps } = setUp()
    desk.text(text('t1', 'aa'))
    caps.on = true
    timers.advance(1_000)
    expect(far.events.join(' ')).toBe('+KeyA -KeyA +ShiftLeft +KeyA -KeyA -ShiftLeft')
  })

  it('refuses more than a bounded number of waiting keys', () => {
    const { desk } = setUp()
    desk.text(text('t1', 'a'.repeat(100)))
    const outcomes = Array.from({ length: 600 }, (_, index) => desk.key('KeyB', index % 2 === 0))
    expect(outcomes.filter((outcome) => outcome === 'busy').length).toBe(600 - 512)
  })
})

describe('key combination', () => {
  it('is pressed in order, let go in reverse, and comes before text', async () => {
    const { desk, far, timers } = setUp()
    const request = text('t1', 'a'.repeat(50))
    desk.text(request)
    timers.advance(100)
    far.events.length = 0
    const sent = desk.combo(ctrlAltDel)
    desk.key('KeyZ', true)
    timers.advance(1_000)
    expect(await sent).toBe('sent')
    expect(request.reports.at(-1)?.state).toBe('interrupted')
    const expected = '+ControlLeft +AltLeft +Delete -Delete -AltLeft -ControlLeft +KeyZ'
    expect(far.events.slice(0, 7).join(' ')).toBe(expected)
  })

  it('of SysRq lets PrintScreen go before the letter, with Alt down throughout, each long enough to be seen', async () => {
    const { desk, far, timers } = setUp()
    const sent = desk.combo(sysrqChord('s'))
    expect(far.events).toEqual(['+AltLeft', '+PrintScreen'])
    timers.advance(50)
    expect(far.events.slice(2)).toEqual(['-PrintScreen', '+KeyS'])
    timers.advance(50)
    expect(await sent).toBe('sent')
    expect(far.events.slice(4)).toEqual(['-KeyS', '-AltLeft'])
  })

  it('is finished without waiting when someone takes the keyboard, so that it never stops half way', async () => {
    const { desk, far } = setUp()
    const sent = desk.combo(sysrqChord('b'))
    desk.clear()
    expect(await sent).toBe('sent')
    expect(far.events.join(' ')).toBe('+AltLeft +PrintScreen -PrintScreen +KeyB -KeyB -AltLeft')
    expect([...far.down]).toEqual([])
  })

  it('is not sent when the link goes before its last key, and doubtful when it goes after', async () => {
    for (const [advanceMs, fate] of [
      [0, 'notSent'],
      [50, 'unknown'],
    ] as const) {
      const { desk, far, timers } = setUp()
      const sent = desk.combo(sysrqChord('b'))
      timers.advance(advanceMs)
      far.disconnect()
      timers.advance(200)
      expect(await sent).toBe(fate)
      expect([...far.down]).toEqual([])
    }
  })

  it('says so when nothing was sent', async () => {
    const { desk, far } = setUp()
    far.disconnect()
    expect(await desk.combo(ctrlAltDel)).toBe('notSent')
    expect(far.events).toEqual([])
  })
})

describe('whatever the order of events', () => {
  const codes = ['KeyA', 'KeyB', 'KeyC', 'ShiftLeft', 'ControlLeft', 'F1', 'F2', 'F3', 'F4', 'F5']
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('key' as const),
        code: fc.constantFrom(...codes),
        down: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('button' as const), down: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('text' as const), length: fc.integer({ min: 1, max: 9 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'cancel',
          'clear',
          'releaseHeld',
          'combo',
          'deviceReleased',
          'lost',
          'linkDown',
          'linkUp',
        ),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400 }) }),
    },
  )

  it('no key stays down, and no key is pressed twice or let go twice', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const { desk, far, timers } = setUp()
        far.onReleased(() => desk.pressAgain())
        let isUp = true
        const check = strictly(far)
        for (const action of steps) {
          if (action.do === 'key') desk.key(action.code, action.down)
          if (action.do === 'button') desk.button('left', action.down)
          if (action.do === 'text') desk.text(text('t', 'aZ0'.repeat(action.length)))
          if (action.do === 'wait') timers.advance(action.ms)
          if (action.do === 'cancel') desk.cancelText('t')
          if (action.do === 'clear') desk.clear()
          if (action.do === 'releaseHeld') desk.releaseHeld()
          if (action.do === 'combo') void desk.combo(ctrlAltDel)
          if (action.do === 'deviceReleased' && isUp) far.releaseAll()
          if (action.do === 'lost') {
            far.disconnect()
            desk.lost()
            far.isConnected = isUp
          }
          if (action.do === 'linkDown') {
            isUp = false
            far.disconnect()
            desk.lost()
          }
          if (action.do === 'linkUp') far.isConnected = isUp = true
          desk.heard()
        }
        far.isConnected = true
        timers.advance(120_000)
        expect([...far.down]).toEqual([])
        expect(check.violations).toEqual([])
        expect(timers.pending).toBe(0)
      }),
      { numRuns: 500 },
    )
  })
})

/** Watches the wire: a press of what is down already is a mistake. */
function strictly(far: FakeKeyboard): { violations: string[] } {
  const violations: string[] = []
  const key = far.key.bind(far)
  far.key = (code, down) => {
    if (far.isConnected && down && far.down.has(code)) violations.push(`+${code} twice`)
    return key(code, down)
  }
  return { violations }
}

describe('a chord that commands the machine', () => {
  it('is named and not sent among plain keys; those before it stay down and come up', () => {
    const { desk, far } = setUp()
    for (const code of ['ControlLeft', 'AltLeft']) expect(desk.key(code, true)).toBe('taken')
    expect(desk.key('Delete', true)).toBe('ctrlAltDel')
    for (const code of ['Delete', 'AltLeft', 'ControlLeft']) desk.key(code, false)
    expect(far.events).toEqual(['+ControlLeft', '+AltLeft', '-AltLeft', '-ControlLeft'])
  })
})
