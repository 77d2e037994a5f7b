import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createCredentials, createLoginStore } from '../../../server/drivers/pikvm/credentials.ts'
import { createDialer } from '../../../server/drivers/pikvm/dialer.ts'
import { readMedia } from '../../../server/drivers/pikvm/media-stream.ts'
import { defaultTimings } from '../../../server/drivers/pikvm/timings.ts'
import { createNameResolver } from '../../../server/names/name-resolver.ts'
import { onRequestHead, rawPeer } from './raw-peer.ts'
import { accessTo, quickTimings } from './rig.ts'

const offer = textFrame('{"event_type":"media","event":{"video":{"h264":{"profile_level_id":"42E01F"}}}}')

function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const head =
    payload.length < 126 ? [0x81, payload.length] : [0x81, 126, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from(head), payload])
}

/** A binary frame of a media socket: `01 key data`. */
function mediaFrame(data: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.set([0x82, 127])
  head.writeBigUInt64BE(BigInt(data.length + 2), 2)
  head.set([1, 0], 10)
  return Buffer.concat([head, data])
}

function accept(socket: TLSSocket, head: string): void {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? ''
  const answer = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer}\r\n\r\n`,
  )
}

/** Reads the media socket of a peer until that fails; what it was told and what the peer received. */
async function readFrom(
  serve: (socket: TLSSocket, head: string) => void,
  options: { pin?: string; signal?: AbortSignal } = {},
) {
  const peer = await rawPeer((socket) => onRequestHead(socket, (head) => serve(socket, head)))
  const access = await accessTo(peer, options.pin ? { pin: options.pin } : {})
  const hooks = { onPinMismatch: () => undefined, onGoodAddress: () => undefined }
  const dialer = createDialer(access, createNameResolver(), hooks)
  const timings = { ...defaultTimings, ...quickTimings, streamSilenceMs: 400 }
  const credentials = createCredentials(access, {
    dialer,
    logins: createLoginStore(),
    timings,
    now: Date.now,
  })
  const seen = { offers: [] as boolean[], units: 0 }
  const reading = readMedia({ dialer, credentials, timings }, options.signal ?? AbortSignal.timeout(10_000), {
    onOffer: (hasH264) => seen.offers.push(hasH264),
    onStarted: () => undefined,
    onUnit: () => seen.units++,
  })
  const error: unknown = await reading.then(
    () => null,
    (reason: unknown) => reason,
  )
  return { peer, seen, error }
}

describe('a media socket', () => {
  test('of a peer with another certificate gets not one byte', async () => {
    const { peer, error } = await readFrom(() => undefined, { pin: Array(32).fill('AA').join(':') })
    expect(error).toMatchObject({ code: 'device/pinChanged' })
    expect(peer.received()).toBe('')
  })

  test('is asked for without compression, with the credentials, and told to start after the offer', async () => {
    const { peer, seen, error } = await readFrom((socket, head) => {
      accept(socket, head)
      socket.write(offer)
      setTimeout(() => socket.end(), 200)
    })
    expect(error).toMatchObject({ code: 'device/unreachable' })
    expect(seen.offers).toEqual([true])
    const head = peer.received().split('\r\n\r\n')[0] ?? ''
    expect(head).toMatch(/^GET \/api\/media\/ws HTTP\/1\.1/)
    expect(head).toMatch(/x-kvmd-user: admin/i)
    expect(head).not.toMatch(/permessage-deflate/i)
    expect(peer.received().length).toBeGreaterThan(head.length + 60)
  })

  test('that is too old to exist, or offers only JPEG, is not supported', async () => {
    const none = await readFrom((socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'))
    expect(none.error).toMatchObject({ code: 'device/unsupported' })
    const jpeg = await readFrom((socket, head) => {
      accept(socket, head)
      socket.write(textFrame('{"event_type":"media","event":{"video":{"jpeg":{}}}}'))
    })
    expect(jpeg.error).toMatchObject({ code: 'device/unsupported' })
    expect(jpeg.seen.offers).toEqual([false])
  })

  test.each([
    ['nothing', Buffer.alloc(0), 'device/timeout'],
    ['an offer and no frame', offer, 'device/timeout'],
    ['frames without an offer', mediaFrame(Buffer.alloc(100)), 'device/timeout'],
    ['an offer that is not JSON', textFrame('{"event_type":"med'), 'device/protocol'],
    ['an offer that is too deep', textFrame('['.repeat(100)), 'device/protocol'],
  ])('that sends %s is given up', async (_name, frames, code) => {
    const { error, seen } = await readFrom((socket, head) => {
      accept(socket, head)
      socket.write(frames)
    })
    expect(error).toMatchObject({ code })
    expect(seen.units).toBe(0)
  })

  test.each([
    ['a unit of four gigabytes', Buffer.from([0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0])],
    ['a unit over the limit', mediaFrame(Buffer.alloc(4_000_001))],
    ['a compressed frame although none was agreed', Buffer.from([0xc2, 0x01, 0x00])],
  ])('that sends %s is cut', async (_name, frames) => {
    const { error } = await readFrom((socket, head) => {
      accept(socket, head)
      socket.write(Buffer.concat([offer, frames]))
    })
    expect(error).toMatchObject({ code: 'device/protocol' })
  })

  test('that sends endless data is cut', async () => {
    let sent = 0
    const { error } = await readFrom((socket, head) => {
      accept(socket, head)
      socket.write(offer)
      const frame = mediaFrame(Buffer.alloc(1_000_000, 1))
      const more = () => {
        while (!socket.destroyed && socket.write(frame)) sent++
        sent++
      }
      socket.on('drain', more)
      more()
    })
    expect(error).toMatchObject({ code: 'device/protocol' })
    expect(sent).toBeGreaterThan(10)
  })

  test('that floods small frames is cut', async () => {
    const { error } = await readFrom((socket, head) => {
      accept(socket, head)
      const flood = Array.from({ length: 2000 }, () => mediaFrame(Buffer.from([0, 0, 1, 0x61])))
      socket.write(Buffer.concat([offer, ...flood]))
    })
    expect(error).toMatchObject({ code: 'device/protocol' })
  })

  test('is closed when nobody wants it any more', async () => {
    const stop = new AbortController()
    const { peer, error } = await readFrom(
      (socket, head) => {
        accept(socket, head)
        socket.write(Buffer.concat([offer, mediaFrame(Buffer.from([0, 0, 1, 0x61]))]))
        setTimeout(() => stop.abort(), 100)
      },
      { signal: stop.signal },
    )
    expect(error).toMatchObject({ code: 'device/unreachable' })
    expect(peer.connections()).toBeGreaterThan(0)
  })
})
