import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createCredentials, createLoginStore } from '../../../server/drivers/pikvm/credentials.ts'
import { askDevice } from '../../../server/drivers/pikvm/device-http.ts'
import { createDialer } from '../../../server/drivers/pikvm/dialer.ts'
import { readMjpeg } from '../../../server/drivers/pikvm/mjpeg-stream.ts'
import { defaultTimings } from '../../../server/drivers/pikvm/timings.ts'
import { createNameResolver } from '../../../server/names/name-resolver.ts'
import { madeJpeg } from './made-jpeg.ts'
import { onRequestHead, rawPeer } from './raw-peer.ts'
import { accessTo, quickTimings } from './rig.ts'

const streamHead =
  'HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n'
const partHead = '--b\r\nContent-Length: 7000000\r\n\r\n'
const oneByteChunks = Buffer.from('1\r\nA\r\n'.repeat(10_000))

/** Writes `data` again and again for as long as the reader takes it; tells how many bytes went. */
function flood(socket: TLSSocket, data: Buffer): { sent(): number } {
  let sent = 0
  const more = (): void => {
    while (!socket.destroyed && socket.write(data)) sent += data.length
    sent += data.length
  }
  socket.on('drain', more)
  more()
  return { sent: () => sent }
}

async function linkTo(serve: (socket: TLSSocket) => void) {
  const peer = await rawPeer((socket) => onRequestHead(socket, () => serve(socket)))
  const access = await accessTo(peer)
  const hooks = { onPinMismatch: () => undefined, onGoodAddress: () => undefined }
  const dialer = createDialer(access, createNameResolver(), hooks)
  const timings = { ...defaultTimings, ...quickTimings }
  const credentials = createCredentials(access, {
    dialer,
    logins: createLoginStore(),
    timings,
    now: Date.now,
  })
  return { dialer, credentials, timings, now: Date.now }
}

describe('a video stream', () => {
  test('in pieces of one byte is cut before they keep the process busy', async () => {
    let flooding = { sent: () => 0 }
    const link = await linkTo((socket) => {
      socket.write(`${streamHead}${partHead.length.toString(16)}\r\n${partHead}\r\n`)
      flooding = flood(socket, oneByteChunks)
    })
    await expect(readMjpeg(link, AbortSignal.timeout(20_000), () => undefined)).rejects.toMatchObject({
      code: 'device/protocol',
    })
    // Far less than the announced part, which would have been allowed in pieces of a usual size.
    expect(flooding.sent() / 6).toBeLessThan(3_000_000)
  })

  test('of endless empty parts is cut', async () => {
    const parts = '--b\r\nContent-Length: 0\r\n\r\n'.repeat(2000)
    const link = await linkTo((socket) => {
      socket.write(streamHead)
      flood(socket, Buffer.from(`${parts.length.toString(16)}\r\n${parts}\r\n`))
    })
    await expect(readMjpeg(link, AbortSignal.timeout(20_000), () => undefined)).rejects.toMatchObject({
      code: 'device/protocol',
    })
  })
})

test('a picture of a stream that is too large for a phone is left out, and the next one is shown', async () => {
  const pictures = [
    { width: 65_535, height: 65_535 },
    { width: 1920, height: 1200 },
  ]
  const parts = pictures.map((size) => {
    const jpeg = madeJpeg({ ...size, data: Buffer.alloc(100) })
    return Buffer.concat([
      Buffer.from(`--b\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
      jpeg,
      Buffer.from('\r\n'),
    ])
  })
  const link = await linkTo((socket) => {
    const all = Buffer.concat(parts)
    socket.write(`${streamHead}${all.length.toString(16)}\r\n`)
    socket.end(Buffer.concat([all, Buffer.from('\r\n0\r\n\r\n')]))
  })
  const seen: { width: number; height: number }[] = []
  const reading = readMjpeg(link, AbortSignal.timeout(20_000), ({ width, height }) =>
    seen.push({ width, height }),
  )
  await expect(reading).rejects.toMatchObject({ code: 'device/unreachable' })
  expect(seen).toEqual([pictures[1]])
})

test('an answer in pieces of one byte is cut long before its limit', async () => {
  const { dialer } = await linkTo((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(Buffer.from('1\r\nA\r\n'.repeat(100_000)))
  })
  const ask = {
    method: 'GET',
    path: '/api/info',
    headers: {},
    timeoutMs: 15_000,
    maxBytes: 1_000_000,
  } as const
  await expect(askDevice(dialer, ask)).rejects.toMatchObject({ code: 'device/protocol' })
})
