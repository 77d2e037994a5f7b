import { describe, expect, it } from 'vitest'
import type { ScreenClientMessage } from '../../server/contract/screen.ts'
import { ManualTimers } from './manual-timers.ts'
import { deviceId, oneKvm, Watcher } from './rig.ts'

function setUp() {
  const timers = new ManualTimers()
  const { kvm, machine } = oneKvm()
  kvm.set({ reachable: { value: true, observedAt: timers.now(), since: 0 } })
  const consoles = machine.consoles(timers)
  const ann = new Watcher().open(consoles, 'ann')
  ann.say({ type: 'take' })
  const pressed = (): string[] => kvm.input.events.filter((event) => event.startsWith('+'))
  /** Lets what waits for the vault go on, then time pass. */
  const settle = async (): Promise<void> => {
    await new Promise(setImmediate)
    timers.advance(5_000)
  }
  /** A permit that was held for as long as a hold takes. */
  const held = (name: string, part: 'user' | 'password', heldMs = 1_200, on = deviceId): string => {
    const { nonce } = consoles.permitLogin(on, { userId: `user-${name}`, name }, part)
    for (let leftMs = heldMs; leftMs > 0; leftMs -= 500) {
      timers.advance(Math.min(500, leftMs))
      ann.attachment?.probed()
    }
    return nonce
  }
  return { timers, kvm, machine, consoles, ann, pressed, settle, held }
}
type LoginMessage = Extract<ScreenClientMessage, { type: 'login' }>
const login = (what: 'user' | 'password', nonce: string, withEnter = true): LoginMessage => ({
  type: 'login',
  id: 'l',
  what,
  nonce,
  withEnter,
  layout: 'us',
})

describe('text that replaces other text', () => {
  it('takes characters back and types, as one unit', () => {
    const { timers, ann, pressed } = setUp()
    ann.say({ type: 'text', id: 't', text: 'ab', layout: 'us', erase: 2 })
    ann.key('Enter', true)
    timers.advance(1_000)
    expect(pressed()).toEqual(['+Backspace', '+Backspace', '+KeyA', '+KeyB', '+Enter'])
    expect(ann.last('text')).toMatchObject({ state: 'done', sent: 4, total: 4 })
  })

  it('takes nothing back when a character has no key', () => {
    const { timers, ann, pressed } = setUp()
    ann.say({ type: 'text', id: 't', text: '漢', layout: 'us', erase: 2 })
    timers.advance(1_000)
    expect(ann.last('text')).toMatchObject({ state: 'refused', reason: 'unmappable', unmappable: ['漢'] })
    expect(pressed()).toEqual([])
  })

  it('is refused with words when it is too long, or takes back too much', () => {
    const { timers, ann, pressed } = setUp()
    ann.say({ type: 'text', id: 't', text: 'a'.repeat(20_001), layout: 'us' })
    expect(ann.last('text')).toMatchObject({ id: 't', state: 'refused', reason: 'tooLong' })
    ann.say({ type: 'text', id: 'u', text: '', layout: 'us', erase: 2_001 })
    expect(ann.last('text')).toMatchObject({ id: 'u', state: 'refused', reason: 'tooLong' })
    timers.advance(1_000)
    expect(pressed()).toEqual([])
  })

  it('waits in any number, in order, when a bad link brings many at once', () => {
    const { timers, ann, pressed } = setUp()
    const letters = 'abcdefghijklmnopqrstuvwxyz'.repeat(40)
    for (const letter of letters) ann.say({ type: 'text', id: letter, text: letter, layout: 'us' })
    timers.advance(60_000)
    expect(pressed()).toEqual([...letters].map((letter) => `+Key${letter.toUpperCase()}`))
  })
})

const right = { name: 'ann', part: 'password' as 'user' | 'password', heldMs: 1_200, on: deviceId }

describe('a stored login', () => {
  it('is typed with Enter, and neither told, counted nor written down', async () => {
    const { machine, ann, pressed, settle, held } = setUp()
    machine.login = { user: 'root', password: 'p4 w' }
    ann.say(login('password', held('ann', 'password')))
    await settle()
    expect(pressed()).toEqual(['+KeyP', '+Digit4', '+Space', '+KeyW', '+Enter'])
    const told = ann.told.filter((message) => message.type === 'text')
    expect(told.map(({ state }) => state)).toEqual(['typing', 'done'])
    for (const message of told) expect(message).toMatchObject({ sent: 0, total: 0 })
    expect(machine.audited.at(-1)).toEqual({
      actor: 'ann',
      event: 'screen.loginTyped',
      detail: { part: 'password' },
    })
    expect(JSON.stringify([ann.told, machine.audited])).not.toMatch(/p4 w|root/)
  })

  it('can be the user alone, without Enter', async () => {
    const { machine, ann, pressed, settle, held } = setUp()
    machine.login = { user: 'ro', password: 'x' }
    ann.say(login('user', held('ann', 'user'), false))
    await settle()
    expect(pressed()).toEqual(['+KeyR', '+KeyO'])
  })

  it('tells that it cannot be typed, and no character of it', async () => {
    const { machine, ann, pressed, settle, held } = setUp()
    machine.login = { user: 'root', password: 'a漢' }
    ann.say(login('password', held('ann', 'password')))
    await settle()
    expect(ann.last('text')).toEqual({
      type: 'text',
      id: 'l',
      state: 'refused',
      sent: 0,
      total: 0,
      reason: 'unmappable',
    })
    expect(pressed()).toEqual([])
  })

  it('is refused where none is stored, to who may only look, and to who has not the keyboard', async () => {
    const { machine, consoles, ann, pressed, settle, held } = setUp()
    ann.say(login('password', held('ann', 'password')))
    await settle()
    expect(ann.last('text')?.reason).toBe('noLogin')
    machine.login = { user: 'root', password: 'secret' }
    const bob = new Watcher().open(consoles, 'bob')
    bob.say(login('password', held('bob', 'password')))
    await settle()
    expect(bob.last('text')?.reason).toBe('noControl')
    ann.rights.input = false
    ann.say(login('password', held('ann', 'password')))
    await settle()
    expect(ann.last('text')?.reason).toBe('forbidden')
    expect(pressed()).toEqual([])
  })

  it('is not typed when someone else took the keyboard while it was read', async () => {
    const { machine, consoles, ann, pressed, settle, held } = setUp()
    machine.login = { user: 'root', password: 'secret' }
    ann.say(login('password', held('ann', 'password')))
    new Watcher().open(consoles, 'bob').say({ type: 'take', over: ann.viewerId })
    await settle()
    expect(ann.last('text')?.reason).toBe('noControl')
    expect(pressed()).toEqual([])
  })

  it('is typed once for a permit, and not for a made-up one', async () => {
    const { machine, ann, pressed, settle, held } = setUp()
    machine.login = { user: 'root', password: 'x' }
    const nonce = held('ann', 'password')
    for (const one of [nonce, nonce, 'made-up', '']) ann.say(login('password', one, false))
    await settle()
    expect(pressed()).toEqual(['+KeyX'])
    const refused = ann.told.filter((message) => message.type === 'text' && message.reason === 'notHeld')
    expect(refused).toHaveLength(3)
  })

  it.each([
    ['of somebody else', { name: 'bob' }],
    ['of another part', { part: 'user' as const }],
    ['of another machine', { on: 'another' }],
    ['that was not held', { heldMs: 300 }],
    ['older than a minute', { heldMs: 60_000 }],
  ])('is not typed for a permit %s, which is used up', async (_what, over) => {
    const { timers, machine, ann, pressed, settle, held } = setUp()
    machine.login = { user: 'root', password: 'secret' }
    const { name, part, heldMs, on } = { ...right, ...over }
    const nonce = held(name, part, heldMs, on)
    ann.say(login('password', nonce))
    await settle()
    timers.advance(1_000)
    ann.say(login('password', nonce))
    await settle()
    expect(ann.last('text')).toMatchObject({ state: 'refused', reason: 'notHeld' })
    expect(pressed()).toEqual([])
  })
})
