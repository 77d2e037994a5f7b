import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EitherSocket } from '../../../web/api/either-socket.ts'
import { fakePage, FakeSocket } from './fake-page.ts'

let socket: FakeSocket
let stream: FakeSocket
let log: string[]
let httpsAnswers: boolean
let streams: number

beforeEach(() => {
  fakePage()
  log = []
  httpsAnswers = true
  streams = 0
  socket = new FakeSocket('wss://rack.example.net/api/live')
  stream = new FakeSocket('/api/live')
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function start(isDoubtful = false): EitherSocket {
  const either = new EitherSocket({
    socket: socket as unknown as WebSocket,
    isDoubtful,
    httpsAnswers: async () => httpsAnswers,
    makeStream: async () => {
      streams += 1
      return stream as unknown as WebSocket
    },
    verdict: (doWork) => log.push(doWork ? 'websockets work' : 'websockets refused'),
  })
  either.addEventListener('open', () => log.push('open'))
  either.addEventListener('close', () => log.push('close'))
  either.addEventListener('message', (event) => log.push(String((event as MessageEvent).data)))
  return either
}
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('a websocket or a stream', () => {
  it('is the websocket where that opens, and asks for nothing else', async () => {
    const either = start()
    await vi.advanceTimersByTimeAsync(2_400)
    socket.open()
    socket.say({ type: 'patch' })
    either.send('{"type":"ping"}')
    await vi.advanceTimersByTimeAsync(10_000)
    expect([log, streams, socket.sent]).toEqual([
      ['websockets work', 'open', '{"type":"patch"}'],
      0,
      [{ type: 'ping' }],
    ])
    socket.break()
    expect(log.at(-1)).toBe('close')
  })

  it('is the stream as soon as the websocket is refused and https answers', async () => {
    const either = start()
    socket.break()
    await settle()
    expect(log).toEqual(['websockets refused'])
    stream.open()
    stream.say({ type: 'patch' })
    either.send('{"type":"take"}')
    expect(log.slice(1)).toEqual(['websockets refused', 'open', '{"type":"patch"}'])
    expect(stream.sent).toEqual([{ type: 'take' }])
    stream.break()
    expect(log.at(-1)).toBe('close')
  })

  it('is the stream within 5 s when the websocket just hangs', async () => {
    start()
    await vi.advanceTimersByTimeAsync(3_000)
    stream.open()
    stream.say({ type: 'snapshot' })
    expect(log).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(log).toEqual(['websockets refused', 'open', '{"type":"snapshot"}'])
  })

  it('is the websocket when that opens while the stream is preferred not yet', async () => {
    start()
    await vi.advanceTimersByTimeAsync(3_000)
    stream.open()
    stream.say({ type: 'snapshot' })
    socket.open()
    socket.say({ type: 'snapshot', over: 'websocket' })
    expect(log).toEqual(['websockets work', 'open', '{"type":"snapshot","over":"websocket"}'])
    expect(stream.readyState).toBe(FakeSocket.CLOSED)
  })

  it('stays with the stream when the websocket comes late, and takes its refusal back', async () => {
    start()
    await vi.advanceTimersByTimeAsync(3_000)
    stream.open()
    await vi.advanceTimersByTimeAsync(1_000)
    socket.open()
    stream.say({ type: 'patch' })
    expect(log).toEqual(['websockets refused', 'open', 'websockets work', '{"type":"patch"}'])
  })

  it('tries both at once where the last websocket was refused', async () => {
    start(true)
    await settle()
    expect(streams).toBe(1)
  })

  it('is over, and blames nobody, when https does not answer either', async () => {
    httpsAnswers = false
    start()
    socket.break()
    await settle()
    expect([log, streams]).toEqual([['close'], 0])
  })

  it('waits for the websocket when only the stream fails', async () => {
    start()
    await vi.advanceTimersByTimeAsync(3_000)
    stream.break()
    expect(log).toEqual([])
    socket.open()
    expect(log).toEqual(['websockets work', 'open'])
  })

  it('is over when both fail, in either order', async () => {
    start()
    socket.break()
    await settle()
    stream.break()
    expect(log).toEqual(['websockets refused', 'close'])
  })

  it('that was closed opens nothing any more', async () => {
    const either = start()
    either.close()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([log, streams, either.readyState]).toEqual([['close'], 0, FakeSocket.CLOSED])
  })
})
