import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { onRequestHead } from './raw-peer.ts'

/** What a peer does with each connection, and as what it must be told. */
export type Bomb = {
  name: string
  serve(socket: TLSSocket): void
  /** The device asks for one-time codes, so that a login comes first. */
  hasLogin?: true
  told: 'protocol' | 'timeout' | 'unreachable'
}

const json = 'Content-Type: application/json'
const zeros = Buffer.alloc(64 * 1024 * 1024)
/** What a person would wait for in vain. */
const lateMs = 5_500
/** Deeper than any call stack, and whole. */
const well = `${'['.repeat(100_000)}${']'.repeat(100_000)}`

function answering(status: string, headers: string, body: Buffer | string): (socket: TLSSocket) => void {
  return (socket) =>
    onRequestHead(socket, () => {
      socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n`)
      socket.end(body)
    })
}

/** Drips one byte every 100 ms, for ever, after `start`. */
function dripping(start: string, drop: string): (socket: TLSSocket) => void {
  return (socket) => onRequestHead(socket, () => drip(socket, start, drop))
}

function drip(socket: TLSSocket, start: string | Buffer, drop: string): void {
  const timer = setInterval(() => socket.write(drop), 100)
  socket.on('close', () => clearInterval(timer))
  socket.write(start)
}

/** 64 MB after `start`, as fast as they are taken; then it is silent. */
function pouring(socket: TLSSocket, start: Buffer | string): void {
  socket.write(start)
  let left = zeros
  const pour = (): void => {
    while (left.length > 0 && !socket.destroyed) {
      const piece = left.subarray(0, 65_536)
      left = left.subarray(piece.length)
      if (!socket.write(piece)) return void socket.once('drain', pour)
    }
  }
  pour()
}

/** Answers each request well, but only after `afterMs`. */
function slowly(afterMs: number): (socket: TLSSocket) => void {
  const body = '{"ok":true,"result":{}}'
  return (socket) =>
    onRequestHead(socket, () => {
      const answer = (): void => void socket.end(`HTTP/1.1 200 OK\r\n${json}\r\n\r\n${body}`)
      const timer = setTimeout(answer, afterMs)
      socket.on('close', () => clearTimeout(timer))
    })
}

/** Sends each request back to the peer itself, with a body that would pass for an answer. */
function redirecting(path: string): (socket: TLSSocket) => void {
  const body = '{"ok":true,"result":{}}'
  return (socket) =>
    socket.on('data', () =>
      socket.write(
        `HTTP/1.1 302 Found\r\nLocation: ${path}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    )
}

/** What answers a request for what the device is. */
export const answerBombs: Bomb[] = [
  {
    name: '64 MB that were packed to 64 kB',
    serve: answering('200 OK', `${json}\r\nContent-Encoding: gzip`, gzipSync(zeros)),
    told: 'protocol',
  },
  {
    name: 'JSON as deep as a well',
    serve: answering('200 OK', json, `{"ok":true,"result":${well}}`),
    told: 'protocol',
  },
  {
    name: 'a length of 64 bits, cut off',
    serve: answering('200 OK', `${json}\r\nContent-Length: 9223372036854775807`, '{"ok":'),
    told: 'unreachable',
  },
  {
    name: 'a length of 64 bits, and on and on',
    serve: (socket) =>
      onRequestHead(socket, () =>
        pouring(socket, `HTTP/1.1 200 OK\r\n${json}\r\nContent-Length: 9223372036854775807\r\n\r\n`),
      ),
    told: 'protocol',
  },
  {
    name: 'a chunk of 64 bits',
    serve: answering('200 OK', `${json}\r\nTransfer-Encoding: chunked`, 'ffffffffffffffff\r\n{"ok"'),
    told: 'unreachable',
  },
  {
    name: 'a head without end',
    serve: answering('200 OK', `X-A: ${'a'.repeat(1_000_000)}`, ''),
    told: 'protocol',
  },
  { name: 'a head that drips', serve: dripping('HTTP/1.1 200 OK\r\nX-Slow: ', 'x'), told: 'timeout' },
  {
    name: 'a body that drips',
    serve: dripping(`HTTP/1.1 200 OK\r\n${json}\r\nContent-Length: 90000\r\n\r\n`, ' '),
    told: 'timeout',
  },
  { name: 'each answer just before patience ends', serve: slowly(7_000), told: 'timeout' },
  { name: 'a redirect to itself', serve: redirecting('/api/info'), told: 'protocol' },
]

/** Greets as a websocket; `extension`: what the peer claims was agreed. */
function greet(socket: TLSSocket, head: string, extension = ''): void {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  const agreed = extension === '' ? '' : `Sec-WebSocket-Extensions: ${extension}\r\n`
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${agreed}\r\n`,
  )
}

function frames(bytes: Buffer, extension = ''): (socket: TLSSocket) => void {
  return (socket) =>
    onRequestHead(socket, (head) => {
      greet(socket, head, extension)
      socket.write(bytes)
    })
}

const loggedIn = `HTTP/1.1 200 OK\r\nSet-Cookie: auth_token=${'0'.repeat(64)}\r\nContent-Length: 0\r\n\r\n`

/** A frame's head: first byte, and a length in 64 bits. */
function frameHead(first: number, length: bigint): Buffer {
  const head = Buffer.from([first, 127, 0, 0, 0, 0, 0, 0, 0, 0])
  head.writeBigUInt64BE(length, 2)
  return head
}
const packed = gzipSync(zeros).subarray(10, -8)
const packedFrame = Buffer.concat([frameHead(0xc1, BigInt(packed.length)), packed])
const deepEvent = Buffer.from(`{"event_type":"loop","event":${well}}`)

/** What comes on a control socket. */
export const socketBombs: Bomb[] = [
  {
    name: 'an unasked compression and a bomb in it',
    serve: frames(packedFrame, 'permessage-deflate'),
    told: 'unreachable',
  },
  { name: 'a bomb without an agreement', serve: frames(packedFrame), told: 'protocol' },
  {
    name: 'a frame of 2^40 bytes, and on and on',
    serve: (socket) =>
      onRequestHead(socket, (head) => {
        greet(socket, head)
        pouring(socket, frameHead(0x81, 2n ** 40n))
      }),
    told: 'protocol',
  },
  { name: 'a frame of 2^63 bytes', serve: frames(frameHead(0x81, 2n ** 63n - 1n)), told: 'protocol' },
  { name: 'a frame of 2^64 bytes', serve: frames(frameHead(0x81, 2n ** 64n - 1n)), told: 'protocol' },
  {
    name: 'an event as deep as a well',
    serve: frames(Buffer.concat([frameHead(0x81, BigInt(deepEvent.length)), deepEvent])),
    told: 'protocol',
  },
  {
    name: 'an upgrade that drips',
    serve: dripping('HTTP/1.1 101 Switching Protocols\r\nX-Slow: ', 'x'),
    told: 'timeout',
  },
  {
    name: 'a late upgrade, and a greeting that drips',
    serve: (socket) =>
      onRequestHead(socket, (head) => {
        const timer = setTimeout(() => {
          greet(socket, head)
          // The head of a text of 125 bytes.
          drip(socket, Buffer.from([0x81, 0x7d]), '{')
        }, lateMs)
        socket.on('close', () => clearTimeout(timer))
      }),
    told: 'timeout',
  },
  {
    name: 'a late login, a late upgrade, and a greeting that drips',
    hasLogin: true,
    serve: (socket) =>
      onRequestHead(socket, (head) => {
        const timer = setTimeout(() => {
          if (head.startsWith('POST')) return void socket.end(loggedIn)
          greet(socket, head)
          drip(socket, Buffer.from([0x81, 0x7d]), '{')
        }, lateMs)
        socket.on('close', () => clearTimeout(timer))
      }),
    told: 'timeout',
  },
  { name: 'a redirect to itself', serve: redirecting('/api/ws'), told: 'protocol' },
]
