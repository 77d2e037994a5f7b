import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { takeEarlyLive } from '../../../web/api/early-live.ts'
import {
  ReconnectingSocket,
  reconnectDelayMs,
  type EarlySocket,
} from '../../../web/api/reconnecting-socket.ts'
import { fakePage, FakeSocket, type FakePage } from './fake-page.ts'

describe('waits between attempts', () => {
  it('double from 0.5 s to 15 s with the second half random', () => {
    expect([0, 1, 2, 10].map((n) => reconnectDelayMs(n, () => 1))).toEqual([500, 1000, 2000, 15_000])
    expect([0, 1, 2, 10].map((n) => reconnectDelayMs(n, () => 0))).toEqual([250, 500, 1000, 7500])
  })
})

describe('a socket that comes back', () => {
  let page: FakePage
  let log: string[]
  let socket: ReconnectingSocket

  beforeEach(() => {
    page = fakePage()
    log = []
    socket = new ReconnectingSocket('/api/live', {
      opened: () => log.push('opened'),
      message: (message) => log.push(`message ${JSON.stringify(message)}`),
      binary: (data) => log.push(`binary ${data.byteLength}`),
      link: (state) => log.push(state),
      doubt: (isDoubtful) => log.push(`doubt ${isDoubtful}`),
      pong: ({ roundTripMs, serverTime }) => log.push(`pong ${Math.round(roundTripMs)} ${serverTime}`),
    })
    socket.start()
  })
  afterEach(() => {
    socket.stop()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('opens over TLS at the page’s own host and passes messages on', () => {
    expect(page.newest().url).toBe('wss://rack.example.net/api/live')
    page.newest().open()
    page.newest().say({ type: 'patch' })
    page.newest().say(new ArrayBuffer(3))
    expect(log).toEqual(['connecting', 'open', 'opened', 'message {"type":"patch"}', 'binary 3'])
  })

  it('measures the round trip by its own pings and keeps pongs back', () => {
    page.newest().open()
    const ping = page.newest().sent[0] as { type: string; t: number }
    expect(ping.type).toBe('ping')
    vi.advanceTimersByTime(80)
    page.newest().say({ type: 'pong', t: ping.t, serverTime: 1234 })
    expect(log.at(-1)).toBe('pong 80 1234')
  })

  it('reconnects after the connection broke and replays by `opened`', () => {
    page.newest().open()
    page.newest().break()
    expect(log.at(-1)).toBe('lost')
    vi.advanceTimersByTime(500)
    expect(page.count()).toBe(2)
    page.newest().open()
    expect(log.slice(-2)).toEqual(['open', 'opened'])
  })

  it('opens another beside one that was silent for 5 s, and gives the old one up when it stays silent', () => {
    page.newest().open()
    const old = page.newest()
    vi.advanceTimersByTime(5_000)
    expect(page.count()).toBe(1)
    vi.advanceTimersByTime(1_000)
    expect(page.count()).toBe(2)
    expect(log).not.toContain('lost')
    vi.advanceTimersByTime(3_000)
    expect(log.at(-1)).toBe('lost')
    expect(old.readyState).toBe(FakeSocket.CLOSED)
    page.newest().open()
    expect(log.slice(-2)).toEqual(['open', 'opened'])
  })

  it('keeps a silent one that speaks first, and waits longer after it replaced one in vain', () => {
    page.newest().open()
    const old = page.newest()
    vi.advanceTimersByTime(6_000)
    const beside = page.newest()
    old.say({ type: 'patch' })
    expect(beside.readyState).toBe(FakeSocket.CLOSED)
    vi.advanceTimersByTime(9_000)
    expect(page.count()).toBe(2)
    vi.advanceTimersByTime(2_000)
    expect(page.count()).toBe(3)
  })

  it('counts no silence while the page is hidden', () => {
    page.newest().open()
    page.document.visibilityState = 'hidden'
    vi.advanceTimersByTime(60_000)
    expect(page.count()).toBe(1)
    expect(log).not.toContain('lost')
  })

  it('keeps a socket that answers its pings', () => {
    page.newest().open()
    for (let second = 0; second < 60; second += 1) {
      vi.advanceTimersByTime(1000)
      page.newest().say({ type: 'pong', t: performance.now(), serverTime: 1 })
    }
    expect(page.count()).toBe(1)
  })

  it('gives up an attempt that does not open within 12 s', () => {
    vi.advanceTimersByTime(13_000)
    expect(log).toContain('lost')
  })

  it.each(['pageshow', 'online', 'focus'])('connects at once on %s instead of waiting', (name) => {
    for (let attempt = 0; attempt < 6; attempt += 1) {
      page.newest().break()
      vi.advanceTimersByTime(15_000)
    }
    page.newest().break()
    const before = page.count()
    page.window.dispatchEvent(new Event(name))
    expect(page.count()).toBe(before + 1)
  })

  it('opens another beside a dead one at once when the page is shown, and swaps without a gap', () => {
    page.newest().open()
    const old = page.newest()
    page.document.dispatchEvent(new Event('visibilitychange'))
    expect(page.count()).toBe(2)
    expect(socket.isOpen).toBe(true)
    // Left unread by the sleeping page: it proves nothing.
    old.say({ type: 'patch' })
    page.newest().open()
    expect(old.readyState).toBe(FakeSocket.CLOSED)
    expect(log.slice(-4)).toEqual(['message {"type":"patch"}', 'doubt false', 'open', 'opened'])
    expect(log).not.toContain('lost')
    old.say({ type: 'late' })
    expect(log).not.toContain('message {"type":"late"}')
  })

  it('keeps the old one when it answers first', () => {
    page.newest().open()
    const old = page.newest()
    page.window.dispatchEvent(new Event('online'))
    const ping = old.sent.at(-1) as { t: number }
    old.say({ type: 'pong', t: ping.t, serverTime: 1 })
    expect(page.newest().readyState).toBe(FakeSocket.CLOSED)
    vi.advanceTimersByTime(1_000)
    expect([page.count(), socket.isOpen]).toEqual([2, true])
    expect(log.filter((line) => line.startsWith('doubt'))).toEqual(['doubt true', 'doubt false'])
  })

  it('notices by its clock that the page stood still', () => {
    page.newest().open()
    vi.setSystemTime(Date.now() + 60_000)
    vi.advanceTimersByTime(1_000)
    expect(page.count()).toBe(2)
  })

  it('leaves a socket alone that was just heard when the window gets the focus', () => {
    page.newest().open()
    page.window.dispatchEvent(new Event('focus'))
    expect(page.count()).toBe(1)
  })

  it('tries again beside the old one when the new one fails', () => {
    page.newest().open()
    page.window.dispatchEvent(new Event('online'))
    page.newest().break()
    vi.advanceTimersByTime(1_000)
    expect(page.count()).toBe(3)
    expect(log).not.toContain('lost')
  })

  it('does nothing when the page was hidden', () => {
    page.newest().break()
    page.document.visibilityState = 'hidden'
    page.document.dispatchEvent(new Event('visibilitychange'))
    expect(page.count()).toBe(1)
  })

  it('sends now or not at all', () => {
    expect(socket.send({ type: 'take' })).toBe(false)
    page.newest().open()
    expect(socket.send({ type: 'take' })).toBe(true)
    expect(page.newest().sent.filter((one) => (one as { type: string }).type === 'take')).toHaveLength(1)
  })

  it('stays closed after stop and ignores late words of old sockets', () => {
    const old = page.newest()
    old.open()
    old.break()
    vi.advanceTimersByTime(500)
    old.say({ type: 'patch' })
    expect(log).not.toContain('message {"type":"patch"}')
    socket.stop()
    page.window.dispatchEvent(new Event('online'))
    vi.advanceTimersByTime(60_000)
    expect(page.count()).toBe(2)
  })
})

describe('a link that was opened before the code came', () => {
  let page: FakePage
  let log: string[]

  beforeEach(() => {
    page = fakePage()
    log = []
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  /** What the script in index.html leaves behind, and the page's own socket started after it. */
  function startWith(prepare: (early: FakeSocket) => void): ReconnectingSocket {
    const early = new FakeSocket('wss://rack.example.net/api/live')
    Object.assign(page.window, { earlyLive: { socket: early, messages: [] } })
    prepare(early)
    const handlers = {
      opened: () => log.push('opened'),
      message: (message: unknown) => log.push(`message ${JSON.stringify(message)}`),
      binary: () => log.push('binary'),
      link: (state: string) => log.push(state),
      pong: () => log.push('pong'),
    }
    const socket = new ReconnectingSocket('/api/live', handlers, { takeEarly: takeEarlyLive })
    socket.start()
    return socket
  }
  const kept = (): unknown[] =>
    (page.window as unknown as { earlyLive: EarlySocket }).earlyLive.messages as unknown[]

  it('is taken over with what came over it, in order', () => {
    const socket = startWith((early) => {
      early.readyState = FakeSocket.OPEN
      kept().push('{"type":"snapshot"}', '{"type":"patch"}')
    })
    page.newest().say({ type: 'later' })
    expect(page.count()).toBe(1)
    expect(log).toEqual([
      'connecting',
      'open',
      'opened',
      'message {"type":"snapshot"}',
      'message {"type":"patch"}',
      'message {"type":"later"}',
    ])
    socket.stop()
  })

  it('is taken over while it still connects', () => {
    const socket = startWith(() => undefined)
    expect(log).toEqual(['connecting'])
    page.newest().open()
    page.newest().say({ type: 'snapshot' })
    expect([page.count(), log.at(-1)]).toEqual([1, 'message {"type":"snapshot"}'])
    socket.stop()
  })

  it('is left alone when it was refused or lost meanwhile', () => {
    const socket = startWith((early) => {
      early.readyState = FakeSocket.CLOSED
    })
    expect(page.count()).toBe(2)
    socket.stop()
  })

  it('is taken over once: after it broke a new one is opened', () => {
    const socket = startWith((early) => {
      early.readyState = FakeSocket.OPEN
    })
    page.newest().break()
    vi.advanceTimersByTime(500)
    expect(page.count()).toBe(2)
    socket.stop()
  })
})
