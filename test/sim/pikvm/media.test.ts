import { afterEach, describe, expect, it } from 'vitest'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { MediaQueue } from '../../../server/sim/pikvm/media-client.ts'
import { startSimPikvm, type SimPikvm, type SimPikvmOptions } from '../../../server/sim/pikvm/pikvm.ts'
import { planesOf } from '../../../server/sim/video/h264-planes.ts'
import { paint } from '../../../server/sim/video/paint.ts'
import { pictureOf } from '../../../server/sim/video/picture.ts'
import { decodeWithFfmpeg, meanDifference, visible } from '../video/h264-referee.ts'
import { ask, SimSocket, until } from './sim-client.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const START = JSON.stringify({ event_type: 'start', event: { type: 'video', format: 'h264' } })

async function start(options: Partial<SimPikvmOptions> = {}): Promise<SimPikvm> {
  const machine = new SimMachine({ name: 'vm', clock: scaledClock(20), bootMs: 4000 })
  const pikvm = await startSimPikvm({ machine, ...options })
  cleanups.push(() => pikvm[Symbol.asyncDispose]())
  return pikvm
}

/** A PiKVM whose streamer runs because somebody watches. */
async function watched(): Promise<{ pikvm: SimPikvm; viewer: SimSocket }> {
  const pikvm = await start()
  const viewer = socket(pikvm, '/api/ws?stream=1')
  await until(() => pikvm.kvmd?.streamer.source.online, 'a picture')
  return { pikvm, viewer }
}

function socket(pikvm: SimPikvm, path = '/api/media/ws'): SimSocket {
  const opened = new SimSocket(pikvm, path)
  cleanups.push(() => opened.ws.terminate())
  return opened
}

/** A media socket that asked for H.264. */
async function reader(pikvm: SimPikvm): Promise<SimSocket> {
  const opened = socket(pikvm)
  await until(() => opened.last('media'), 'the formats')
  opened.ws.send(START)
  return opened
}

const keysOf = ({ binary }: SimSocket) => binary.filter((message) => message[0] === 1 && message[1] === 1)
/** Types of the NAL units whose start code has four bytes. */
const nalTypes = (message: Buffer) =>
  message
    .toString('hex')
    .split('00000001')
    .slice(1)
    .map((unit) => Number.parseInt(unit.slice(0, 2), 16) & 31)

/** What ffmpeg says about everything that a client received. */
async function complaintsAbout({ binary }: SimSocket): Promise<string> {
  const stream = Buffer.concat(binary.map((message) => message.subarray(2)))
  return (await decodeWithFfmpeg(stream, { width: 1024, height: 768 })).complaints
}

describe('H.264 on the media socket', () => {
  it('starts with a key frame that holds everything a decoder needs, and shows the screen', async () => {
    const { pikvm } = await watched()
    const media = await reader(pikvm)
    const first = await until(() => media.binary[0], 'a frame')
    expect([...first.subarray(0, 2)]).toEqual([1, 1])
    expect(nalTypes(first)).toEqual([7, 8, 5])
    const size = { width: 1024, height: 768 }
    const { pictures, complaints } = await decodeWithFfmpeg(first.subarray(2), size)
    expect(complaints).toBe('')
    const painted = visible(planesOf(paint(pictureOf(pikvm.machine))), size)
    expect(meanDifference(pictures[0]!, painted)).toBeLessThan(2)
  })

  it('goes on with small frames of a still picture, and a larger one for what is typed', async () => {
    const { pikvm } = await watched()
    const media = await reader(pikvm)
    await until(() => media.binary.length >= 15, 'frames')
    expect(keysOf(media)).toHaveLength(1)
    expect(media.binary.slice(1).every((message) => message.length < 30)).toBe(true)
    const seen = media.binary.length
    pikvm.kvmd?.hid.key('KeyW', true, true)
    await until(() => media.binary.slice(seen).some((message) => message.length > 40), 'the letter')
    const stream = Buffer.concat(media.binary.map((message) => message.subarray(2)))
    const { pictures, complaints } = await decodeWithFfmpeg(stream, { width: 1024, height: 768 })
    expect(complaints).toBe('')
    expect(meanDifference(pictures.at(-1)!, pictures[0]!)).toBeGreaterThan(0)
  })

  it('sends no key frame by itself; one that is asked for, or that a newcomer needs, is seen by all', async () => {
    const { pikvm } = await watched()
    const first = await reader(pikvm)
    await until(() => keysOf(first).length === 1, 'its key frame')
    const second = await reader(pikvm)
    await until(() => keysOf(second).length === 1, 'the key frame of the second')
    expect(second.binary[0]?.[1]).toBe(1)
    await until(() => keysOf(first).length === 2, 'the same for the first')
    second.ws.send(Buffer.from([1]))
    await until(() => keysOf(first).length === 3 && keysOf(second).length === 2, 'the requested one')
  })

  it('takes no key request from a socket without a stream', async () => {
    const { pikvm } = await watched()
    const media = await reader(pikvm)
    const idle = socket(pikvm)
    await until(() => idle.last('media') && keysOf(media).length === 1, 'both')
    idle.ws.send(Buffer.from([1]))
    idle.ws.send(Buffer.from([0]))
    await until(() => idle.binary[0]?.[0] === 255, 'the pong after the request')
    const seen = media.binary.length
    await until(() => media.binary.length > seen + 3, 'more frames')
    expect(keysOf(media)).toHaveLength(1)
  })

  it('sends a key frame every so often when it was set to', async () => {
    const { pikvm } = await watched()
    await ask(pikvm, '/api/streamer/set_params?h264_gop=5', { method: 'POST' })
    await until(() => pikvm.kvmd?.streamer.gop === 5 && pikvm.kvmd.streamer.source.online, 'the restart')
    const media = await reader(pikvm)
    await until(() => media.binary.length >= 11, 'frames')
    expect(media.binary.slice(0, 11).map((message) => message[1])).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
  })

  it('answers pings, and in the bare form sends frames without a head and no pong', async () => {
    const { pikvm } = await watched()
    const bare = socket(pikvm, '/api/media/ws?video=h264')
    const first = await until(() => bare.binary[0], 'a frame')
    expect(first.subarray(0, 5).toString('hex')).toBe('0000000167')
    bare.ws.send(Buffer.from([0]))
    await until(() => bare.binary.length > 5, 'more frames')
    expect(bare.binary.every((message) => message[0] === 0)).toBe(true)
  })

  it('sends each frame once to a client that asked twice', async () => {
    const { pikvm } = await watched()
    const media = await reader(pikvm)
    await until(() => media.binary.length > 0, 'a frame')
    media.ws.send(START)
    await until(() => keysOf(media).length === 2, 'a key frame')
    expect(await complaintsAbout(media)).toBe('')
  })

  it('offers no H.264 where the streamer has none, and starts nothing then', async () => {
    const pikvm = await start({ mediaFormats: ['jpeg'] })
    socket(pikvm, '/api/ws?stream=1')
    await until(() => pikvm.kvmd?.streamer.source.online, 'a picture')
    const media = await reader(pikvm)
    expect(media.last('media')).toEqual({ video: { jpeg: {} } })
    media.ws.send(Buffer.from([0]))
    await until(() => media.binary.length > 0, 'the pong')
    expect(media.binary[0]?.[0]).toBe(255)
  })
})

describe('the H.264 stream', () => {
  it('is a blank key frame a second without a signal, and a key frame of the new mode with one', async () => {
    const { pikvm } = await watched()
    const media = await reader(pikvm)
    await until(() => media.binary.length > 0, 'a frame')
    pikvm.machine.setMains(false)
    await until(() => !pikvm.kvmd?.streamer.source.online, 'the loss')
    const before = media.binary.length
    await until(() => media.binary.length >= before + 3, 'blank pictures')
    const blank = media.binary.slice(before + 1)
    expect(blank.map((message) => message[1])).toEqual(blank.map(() => 1))
    pikvm.machine.setMains(true)
    const modes = () => new Set(keysOf(media).map((message) => message.subarray(2, 24).toString('hex')))
    await until(() => modes().size === 2, 'a key frame of the firmware')
    const known = keysOf(media).length
    await until(() => keysOf(media).length > known, 'a key frame of the console')
  })

  it('stops with the streamer, which it does not keep running, and begins with a key frame again', async () => {
    const { pikvm, viewer } = await watched()
    const media = await reader(pikvm)
    await until(() => media.binary.length > 0, 'a frame')
    viewer.ws.close()
    await until(() => pikvm.kvmd?.streamer.isRunning === false, 'the stop')
    socket(pikvm, '/api/ws?stream=1')
    await until(() => keysOf(media).length === 2, 'a key frame again')
    expect(media.closeCode).toBeNull()
    expect(await complaintsAbout(media)).toBe('')
  })

  it('pauses for a restart when parameters are set', async () => {
    const { pikvm } = await watched()
    const media = await reader(pikvm)
    await until(() => media.binary.length > 0, 'a frame')
    await ask(pikvm, '/api/streamer/set_params?h264_bitrate=800', { method: 'POST' })
    await until(() => pikvm.kvmd?.streamer.isRunning === false, 'the stop')
    await until(() => keysOf(media).length === 2, 'a key frame again')
    expect(await complaintsAbout(media)).toBe('')
  })

  it('closes its sockets with 1000 when kvmd restarts', async () => {
    const { pikvm } = await watched()
    const media = await reader(pikvm)
    await until(() => media.binary.length > 0, 'a frame')
    await pikvm.restartKvmd(50)
    await until(() => media.closeCode !== null, 'the close')
    expect(media.closeCode).toBe(1000)
  })
})

describe("a slow client's queue", () => {
  const frame = (isKey: boolean, number: number) => ({
    isKey,
    message: Buffer.from([1, isKey ? 1 : 0, number]),
  })

  function slowSocket() {
    const sent: number[] = []
    const done: (() => void)[] = []
    const ws = {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 0,
      send(message: Buffer, callback: () => void) {
        sent.push(message[2] ?? -1)
        done.push(callback)
      },
    }
    return { ws, sent, done }
  }

  it('sends nothing before a key frame', () => {
    const { ws, sent } = slowSocket()
    const queue = new MediaQueue(ws)
    queue.put(frame(false, 1))
    queue.put(frame(true, 2))
    queue.put(frame(false, 3))
    expect(sent).toEqual([2, 3])
  })

  it('holds 32 frames, loses them all with the 33rd, and then sends what comes, whatever it refers to', () => {
    const { ws, sent, done } = slowSocket()
    const queue = new MediaQueue(ws)
    expect(queue.put(frame(true, 0))).toBe(true)
    ws.bufferedAmount = 1_000_000
    const results = Array.from({ length: 33 }, (_, index) => queue.put(frame(false, index + 1)))
    expect(results).toEqual([...Array.from({ length: 32 }, () => true), false])
    ws.bufferedAmount = 0
    for (const callback of done) callback()
    queue.put(frame(false, 99))
    expect(sent).toEqual([0, 99])
  })
})
