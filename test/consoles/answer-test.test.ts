import { describe, expect, it } from 'vitest'
import type { AnswerTest } from '../../server/contract/screen.ts'
import { ManualTimers } from './manual-timers.ts'
import { deviceId, oneKvm, Watcher } from './rig.ts'

const observed = <T>(value: T) => ({ value, observedAt: 0, since: 0 })
const person = { userId: 'u', name: 'ann' }

/** `delayMs`: how long the light takes to come back; null: the kernel is dead. */
function setUp(delayMs: number | null = 30) {
  const timers = new ManualTimers()
  const { kvm, machine } = oneKvm()
  kvm.set({ reachable: { value: true, observedAt: timers.now(), since: 0 } })
  const consoles = machine.consoles(timers)
  const kernel = { delayMs, caps: false }
  const { key } = kvm.input
  kvm.input.key = (code, down) => {
    const isSent = key.call(kvm.input, code, down)
    if (isSent && code === 'CapsLock' && down && kernel.delayMs !== null) {
      timers.after(kernel.delayMs, () => {
        kernel.caps = !kernel.caps
        kvm.set({ capsLock: observed(kernel.caps) })
      })
    }
    return isSent
  }
  const verdict = async (): Promise<AnswerTest | null> => {
    const result = consoles.testAnswer(deviceId, person)
    timers.advance(5_000)
    return await result
  }
  return { timers, kvm, machine, consoles, kernel, verdict }
}
const twice = ['+CapsLock', '-CapsLock', '+CapsLock', '-CapsLock']

describe('the answer test', () => {
  it('finds a live kernel by the light, and leaves Caps Lock as it was', async () => {
    const { kvm, kernel, verdict } = setUp()
    expect(await verdict()).toEqual({ verdict: 'answers', tookMs: 60, isCapsAsBefore: true })
    expect(kvm.input.events).toEqual(twice)
    expect(kernel.caps).toBe(false)
  })

  it('presses twice on a dead machine too, and says so within 2 s', async () => {
    const { kvm, verdict } = setUp(null)
    const result = await verdict()
    expect(result).toMatchObject({ verdict: 'noAnswer', isCapsAsBefore: true })
    expect(result?.tookMs).toBeLessThan(2_000)
    expect(kvm.input.events).toEqual(twice)
  })

  it('takes a late light for an answer, and Caps Lock ends as it was', async () => {
    const { kvm, kernel, verdict } = setUp(880)
    expect(await verdict()).toMatchObject({ verdict: 'answers', isCapsAsBefore: true })
    expect(kvm.input.events).toEqual(twice)
    expect(kernel.caps).toBe(false)
  })

  it('says when Caps Lock did not come back', async () => {
    const { timers, kernel, consoles } = setUp()
    const result = consoles.testAnswer(deviceId, person)
    timers.advance(29)
    kernel.delayMs = null
    timers.advance(5_000)
    expect(await result).toMatchObject({ verdict: 'answers', isCapsAsBefore: false })
  })

  it('says that the machine does not see the keyboard when a press does not change that', async () => {
    const { kvm, verdict } = setUp(null)
    kvm.set({ keyboardOnline: observed(false) })
    expect(await verdict()).toMatchObject({ verdict: 'noKeyboard', isCapsAsBefore: true })
  })

  it('asks a machine that was restarted: its keyboard counts as offline until the next key', async () => {
    const { timers, kvm, verdict } = setUp()
    kvm.set({ keyboardOnline: observed(false) })
    timers.after(10, () => kvm.set({ keyboardOnline: observed(true) }))
    expect((await verdict())?.verdict).toBe('answers')
    expect(kvm.input.events).toEqual(twice)
  })

  it('asks nothing of a KVM that is away', async () => {
    const { kvm, verdict } = setUp()
    kvm.set({ reachable: observed(false) })
    expect((await verdict())?.verdict).toBe('unreachable')
    expect(kvm.input.events).toEqual([])
  })

  it('does not get between what somebody types, and makes keys wait that come meanwhile', async () => {
    const { timers, kvm, consoles } = setUp()
    const ann = new Watcher().open(consoles, 'ann')
    ann.say({ type: 'take' })
    ann.key('ShiftLeft', true)
    expect((await consoles.testAnswer(deviceId, person))?.verdict).toBe('busy')
    ann.key('ShiftLeft', false)
    kvm.input.events.length = 0
    const result = consoles.testAnswer(deviceId, person)
    ann.key('KeyA', true)
    ann.key('KeyA', false)
    timers.advance(5_000)
    expect((await result)?.verdict).toBe('answers')
    expect(kvm.input.events).toEqual([...twice, '+KeyA', '-KeyA'])
  })

  it('presses the second time at once when someone takes the keyboard', async () => {
    const { kvm, consoles, kernel, timers } = setUp(500)
    const result = consoles.testAnswer(deviceId, person)
    new Watcher().open(consoles, 'bob').say({ type: 'take' })
    expect((await result)?.verdict).toBe('busy')
    timers.advance(5_000)
    expect(kvm.input.events).toEqual(twice)
    expect(kernel.caps).toBe(false)
  })

  it('is written down with its verdict, and is nothing for a machine without a screen', async () => {
    const { machine, verdict, consoles } = setUp()
    await verdict()
    expect(machine.audited).toEqual([
      { actor: 'ann', event: 'screen.answerTested', detail: { verdict: 'answers' } },
    ])
    expect(await consoles.testAnswer('another', person)).toBeNull()
  })
})
