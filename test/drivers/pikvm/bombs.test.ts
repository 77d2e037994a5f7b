import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import { onRequestHead, rawPeer } from './raw-peer.ts'
import { accessTo, online, open, simulated, until } from './rig.ts'

/** As it is used: its own patience, 8 s at most, ends what a device does wrong; this test waits longer than that. */
const driver = createPikvmDriver()
const withinMs = 20_000

function answering(status: string, headers: string, body: Buffer | string): (socket: TLSSocket) => void {
  return (socket) =>
    onRequestHead(socket, () => {
      socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n`)
      socket.end(body)
    })
}
/** Drips one byte every 100 ms, for ever, after `start`. */
function dripping(start: string, drop: string): (socket: TLSSocket) => void {
  return (socket) => {
    const drip = setInterval(() => socket.write(drop), 100)
    socket.on('close', () => clearInterval(drip))
    onRequestHead(socket, () => socket.write(start))
  }
}
const zeros = Buffer.alloc(64 * 1024 * 1024)
const json = 'Content-Type: application/json'

/** What answers a request for what the device is. */
const answers: [string, (socket: TLSSocket) => void][] = [
  [
    '64 MB that were packed to 64 kB',
    answering('200 OK', `${json}\r\nContent-Encoding: gzip`, gzipSync(zeros)),
  ],
  ['JSON as deep as a well', answering('200 OK', json, `{"ok":true,"result":${'['.repeat(100_000)}`)],
  ['a length of 64 bits', answering('200 OK', `${json}\r\nContent-Length: 9223372036854775807`, '{"ok":')],
  [
    'a chunk of 64 bits',
    answering('200 OK', `${json}\r\nTransfer-Encoding: chunked`, 'ffffffffffffffff\r\n{"ok"'),
  ],
  ['a head without end', answering('200 OK', `X-A: ${'a'.repeat(1_000_000)}`, '')],
  ['a head that drips', dripping('HTTP/1.1 200 OK\r\nX-Slow: ', 'x')],
  ['a body that drips', dripping(`HTTP/1.1 200 OK\r\n${json}\r\nContent-Length: 90000\r\n\r\n`, ' ')],
  ['a redirect to itself', answering('302 Found', 'Location: /api/info\r\nContent-Length: 0', '')],
]

/** Frames after a websocket's greeting; `extension`: what the peer claims was agreed. */
function frames(bytes: Buffer, extension = ''): (socket: TLSSocket) => void {
  return (socket) =>
    onRequestHead(socket, (head) => {
      const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      const agreed = extension === '' ? '' : `Sec-WebSocket-Extensions: ${extension}\r\n`
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${agreed}\r\n`,
      )
      socket.write(bytes)
    })
}
const packed = gzipSync(zeros).subarray(10, -8)
const lengthOf = (bytes: Buffer): Buffer => {
  const head = Buffer.from([0xc1, 127, 0, 0, 0, 0, 0, 0, 0, 0])
  head.writeBigUInt64BE(BigInt(bytes.length), 2)
  return head
}
const sockets: [string, (socket: TLSSocket) => void][] = [
  [
    'an unasked compression and a bomb in it',
    frames(Buffer.concat([lengthOf(packed), packed]), 'permessage-deflate'),
  ],
  ['a bomb without an agreement', frames(Buffer.concat([lengthOf(packed), packed]))],
  ['a frame of 2^63 bytes', frames(Buffer.from([0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255]))],
  ['a frame of 2^64 bytes', frames(Buffer.from([0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255]))],
  ['an upgrade that drips', dripping('HTTP/1.1 101 Switching Protocols\r\nX-Slow: ', 'x')],
  ['a redirect', answering('302 Found', 'Location: /api/ws\r\nContent-Length: 0', '')],
]

test('whatever a device answers, reading it ends in time with a refusal, and another device is at hand all along', async () => {
  const { pikvm } = await simulated()
  const good = await online(await accessTo(pikvm))
  const peers = await Promise.all(
    answers.map(async ([name, serve]) => ({ name, access: await accessTo(await rawPeer(serve)) })),
  )
  const limit = AbortSignal.timeout(withinMs)
  const ends = peers.map(async ({ name, access }) => {
    const error: unknown = await driver.read(access, limit).then(
      () => 'it was believed',
      (thrown: unknown) => thrown,
    )
    expect(error, name).toMatchObject({
      code: expect.stringMatching(/^device\/(protocol|timeout|unreachable)$/),
    })
    // The driver's own patience ended it, not this test's.
    expect(limit.aborted, name).toBe(false)
  })
  const still = async (): Promise<void> => {
    for (let n = 0; n < 5; n++)
      expect(await good.connection.power!.send({ target: 'atx', button: 'reset' }, limit)).toMatchObject({
        outcome: expect.stringMatching(/acknowledged|notSent/),
      })
  }
  await Promise.all([...ends, still()])
  expect(good.connection.state.state.reachable.value).toBe(true)
}, 60_000)

test('whatever comes on a control socket, the device has a problem in time, and another one none', async () => {
  const { pikvm } = await simulated()
  const good = await online(await accessTo(pikvm))
  const peers = await Promise.all(
    sockets.map(async ([name, serve]) => ({ name, access: await accessTo(await rawPeer(serve)) })),
  )
  await Promise.all(
    peers.map(async ({ name, access }) => {
      const { connection } = open(access, driver)
      await until(() => connection.state.state.problem !== null, `a problem with ${name}`, withinMs)
      expect(connection.state.state.reachable.value, name).not.toBe(true)
    }),
  )
  expect(good.connection.state.state).toMatchObject({ reachable: { value: true }, problem: null })
}, 60_000)
