import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { decode } from 'jpeg-js'
import { afterEach, describe, expect, it } from 'vitest'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { ADMIN, ask, resultOf, SimSocket, until } from './sim-client.ts'

const started: SimPikvm[] = []
const closers: (() => void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) close()
  for (const pikvm of started.splice(0)) await pikvm[Symbol.asyncDispose]()
})

async function start(bootMs = 4000): Promise<SimPikvm> {
  const machine = new SimMachine({ name: 'vm', clock: scaledClock(20), bootMs })
  const pikvm = await startSimPikvm({ machine })
  started.push(pikvm)
  return pikvm
}

async function watched(pikvm: SimPikvm): Promise<SimSocket> {
  const viewer = new SimSocket(pikvm, '/api/ws?stream=1')
  closers.push(() => viewer.ws.terminate())
  await until(() => pikvm.kvmd?.streamer.source.online, 'a picture')
  return viewer
}

interface Part {
  headers: Map<string, string>
  body: Buffer
}

/** Reads an MJPEG stream part by part, by Content-Length. */
class MjpegReader {
  readonly parts: Part[] = []
  ended = false
  #pending = Buffer.alloc(0)

  constructor(pikvm: SimPikvm, path: string) {
    const outgoing = request(
      { host: pikvm.host, port: pikvm.port, path, headers: ADMIN, rejectUnauthorized: false, agent: false },
      (incoming: IncomingMessage) => {
        incoming.on('data', (chunk: Buffer) => this.#push(chunk))
        incoming.on('end', () => (this.ended = true))
        incoming.on('error', () => (this.ended = true))
      },
    )
    outgoing.on('error', () => (this.ended = true))
    outgoing.end()
    closers.push(() => outgoing.destroy())
  }

  #push(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (let part = this.#take(); part; part = this.#take()) this.parts.push(part)
  }

  #take(): Part | undefined {
    const end = this.#pending.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const lines = this.#pending.toString('latin1', 0, end).split('\r\n').filter(Boolean)
    const headers = new Map(
      lines.slice(1).map((line) => [line.split(': ')[0] ?? '', line.split(': ')[1] ?? '']),
    )
    const length = Number(headers.get('Content-Length'))
    if (this.#pending.length < end + 4 + length + 2) return undefined
    const body = this.#pending.subarray(end + 4, end + 4 + length)
    this.#pending = this.#pending.subarray(end + 4 + length + 2)
    return { headers, body: Buffer.from(body) }
  }
}

function brightPixels(jpeg: Buffer): number {
  const { data } = decode(jpeg, { useTArray: true })
  let count = 0
  for (let index = 0; index < data.length; index += 4) if ((data[index] ?? 0) > 100) count += 1
  return count
}

describe('the streamer', () => {
  it('runs only while somebody watches: without one there is no state, picture or stream', async () => {
    const pikvm = await start()
    expect(resultOf(await ask(pikvm, '/api/streamer'))).toMatchObject({ streamer: null })
    expect((await ask(pikvm, '/api/streamer/snapshot')).status).toBe(503)
    expect((await ask(pikvm, '/streamer/stream')).status).toBe(502)
    const silent = new SimSocket(pikvm, '/api/ws?stream=0')
    closers.push(() => silent.ws.terminate())
    await until(() => silent.last('streamer'), 'the state')
    expect(pikvm.kvmd?.streamer.isRunning).toBe(false)
  })

  it('ends ten seconds after the last viewer left, and every MJPEG reader with it', async () => {
    const pikvm = await start()
    const viewer = await watched(pikvm)
    const reader = new MjpegReader(pikvm, '/streamer/stream')
    await until(() => reader.parts.length > 0, 'a frame')
    viewer.ws.close()
    await until(() => reader.ended, 'the end of the stream')
    expect(pikvm.kvmd?.streamer.isRunning).toBe(false)
  })
})

describe('MJPEG', () => {
  it('sends JPEG frames of the screen with the extra headers that were asked for', async () => {
    const pikvm = await start()
    await watched(pikvm)
    const reader = new MjpegReader(pikvm, '/streamer/stream?key=abc&extra_headers=1')
    const part = await until(() => reader.parts[0], 'a frame')
    expect(part.headers.get('X-UStreamer-Online')).toBe('true')
    expect(part.headers.get('X-UStreamer-Width')).toBe('1024')
    expect(decode(part.body)).toMatchObject({ width: 1024, height: 768 })
    expect(brightPixels(part.body)).toBeGreaterThan(500)
  })

  it('shows a key that was typed in the next frame', async () => {
    const pikvm = await start()
    await watched(pikvm)
    const reader = new MjpegReader(pikvm, '/streamer/stream')
    const first = await until(() => reader.parts[0], 'a frame')
    const seen = reader.parts.length
    pikvm.kvmd?.hid.key('KeyW', true, true)
    const next = await until(() => reader.parts[seen], 'another frame')
    expect(brightPixels(next.body)).toBeGreaterThan(brightPixels(first.body))
  })

  it('repeats a still picture about once a second, from the same bytes', async () => {
    const pikvm = await start()
    await watched(pikvm)
    const reader = new MjpegReader(pikvm, '/streamer/stream')
    await until(() => reader.parts.length >= 3, 'three frames', 8000)
    const [first, , third] = reader.parts
    expect(first && third?.body.equals(first.body)).toBe(true)
    const timeOf = (part: Part | undefined) => Number(part?.headers.get('X-Timestamp'))
    expect(timeOf(third) - timeOf(first)).toBeGreaterThan(1.5)
  })

  it('shows a blank picture marked offline while there is no signal, and follows the mode', async () => {
    const pikvm = await start(30_000)
    await watched(pikvm)
    const reader = new MjpegReader(pikvm, '/streamer/stream?extra_headers=1')
    await until(() => reader.parts.length > 0, 'a frame')
    await pikvm.machine.push('reset')
    const look = (part: Part) =>
      `${part.headers.get('X-UStreamer-Online')} ${part.headers.get('X-UStreamer-Width')}`
    await until(() => reader.parts.some((part) => look(part) === 'true 720'), 'the firmware screen')
    await until(() => reader.parts.at(-1)?.headers.get('X-UStreamer-Width') === '1024', 'the console')
    expect(reader.parts.map(look)).toContain('false 1024')
  })
})

describe('snapshots', () => {
  it('give the screen, a smaller preview on request, and 503 without a signal', async () => {
    const pikvm = await start()
    await watched(pikvm)
    const full = await ask(pikvm, '/api/streamer/snapshot')
    expect(full.headers['x-ustreamer-online']).toBe('true')
    expect(decode(full.body)).toMatchObject({ width: 1024, height: 768 })
    const preview = await ask(pikvm, '/api/streamer/snapshot?preview=1&preview_max_width=320')
    expect(decode(preview.body)).toMatchObject({ width: 320, height: 240 })
    pikvm.machine.setMains(false)
    expect((await ask(pikvm, '/api/streamer/snapshot')).status).toBe(503)
    const blank = await ask(pikvm, '/api/streamer/snapshot?allow_offline=1')
    expect(blank.status).toBe(200)
    expect(blank.headers['x-ustreamer-online']).toBe('false')
  })
})

describe('the media socket', () => {
  it('offers formats first, answers pings and sends JPEG when asked', async () => {
    const pikvm = await start()
    await watched(pikvm)
    const media = new SimSocket(pikvm, '/api/media/ws')
    closers.push(() => media.ws.terminate())
    await until(() => media.last('media'), 'the formats')
    expect(media.events[0]).toEqual({
      event_type: 'media',
      event: { video: { h264: { profile_level_id: '42E01F' }, jpeg: {} } },
    })
    media.ws.send(Buffer.from([0]))
    await until(() => media.binary[0]?.equals(Buffer.from([0xff])), 'a pong')
    media.ws.send(JSON.stringify({ event_type: 'start', event: { type: 'video', format: 'jpeg' } }))
    const frame = await until(() => media.binary[1], 'a frame')
    expect(frame.subarray(0, 4).toString('hex')).toBe('0100ffd8')
  })
})
