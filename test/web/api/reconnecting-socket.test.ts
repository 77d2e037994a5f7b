import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ReconnectingSocket, reconnectDelayMs } from '../../../web/api/reconnecting-socket.ts'
import { fakePage, type FakePage } from './fake-page.ts'

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

  it('gives a socket up that looks open and stays silent for 12 s', () => {
    page.newest().open()
    vi.advanceTimersByTime(12_000)
    expect(log.at(-1)).toBe('opened')
    vi.advanceTimersByTime(1_000)
    expect(log).toContain('lost')
    vi.advanceTimersByTime(500)
    expect(page.count()).toBe(2)
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

  it('tests a socket after waking up and replaces it when it is dead', () => {
    page.newest().open()
    page.document.dispatchEvent(new Event('visibilitychange'))
    expect(page.newest().sent.length).toBe(2)
    vi.advanceTimersByTime(6_000)
    expect(page.count()).toBe(2)
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
