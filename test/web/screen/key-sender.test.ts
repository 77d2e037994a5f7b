import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ScreenClientMessage } from '../../../server/contract/screen.ts'
import { KeySender } from '../../../web/features/screen/key-sender.ts'

let sent: ScreenClientMessage[]
let keys: KeySender
const wire = (): string =>
  sent
    .map((message) =>
      'down' in message && 'code' in message ? `${message.down ? '+' : '-'}${message.code}` : message.type,
    )
    .join(' ')

beforeEach(() => {
  vi.useFakeTimers()
  sent = []
  keys = new KeySender((message) => sent.push(message) > 0)
})
afterEach(() => {
  keys.forget()
  vi.useRealTimers()
})

describe('keys of the page', () => {
  it('are numbered from 1, repeats left out, and releases of what is not held', () => {
    for (const down of [true, true, false, false]) keys.key('KeyA', down)
    expect(sent).toEqual([
      { type: 'key', seq: 1, code: 'KeyA', down: true },
      { type: 'key', seq: 2, code: 'KeyA', down: false },
    ])
  })

  it('come within their modifiers when tapped; the server decides what they may mean', () => {
    keys.tap('Delete', ['ControlLeft', 'AltLeft'])
    expect(wire()).toBe('+ControlLeft +AltLeft +Delete -Delete -AltLeft -ControlLeft')
  })

  it('beat four times a second while something is held, and only then', () => {
    keys.key('KeyA', true)
    vi.advanceTimersByTime(1_000)
    expect(sent.filter((message) => message.type === 'holding')).toHaveLength(4)
    keys.key('KeyA', false)
    vi.advanceTimersByTime(1_000)
    expect(sent.filter((message) => message.type === 'holding')).toHaveLength(4)
  })

  it('go up together when the page loses the keyboard', () => {
    keys.key('KeyA', true)
    keys.button('left', true)
    keys.allUp()
    keys.allUp()
    expect(sent.filter((message) => message.type === 'allUp')).toHaveLength(1)
    keys.key('KeyA', false)
    expect(wire()).toBe('+KeyA button allUp')
  })

  it('that have no name on the wire are left out', () => {
    keys.key('', true)
    keys.key('Unidentified key', true)
    expect(sent).toEqual([])
  })

  it('split a long relative way into reports that add up to it', () => {
    keys.mouse({ type: 'relative', dx: 300, dy: -5 })
    const reports = sent.filter((message) => message.type === 'relative')
    expect(reports.every(({ dx, dy }) => Math.abs(dx) <= 127 && Math.abs(dy) <= 127)).toBe(true)
    expect(reports.reduce((sum, { dx }) => sum + dx, 0)).toBe(300)
    expect(reports.reduce((sum, { dy }) => sum + dy, 0)).toBe(-5)
  })

  it('begin anew on a new link', () => {
    keys.key('KeyA', true)
    keys.reset()
    keys.key('KeyA', true)
    expect(sent.map((message) => ('seq' in message ? message.seq : 0))).toEqual([1, 1])
  })
})
