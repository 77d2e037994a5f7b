import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import { createNameResolver } from '../../../server/names/name-resolver.ts'
import { onRequestHead, rawPeer } from './raw-peer.ts'
import { accessTo, afterThisTest, driver, online, open, quickTimings, simulated, until } from './rig.ts'

const soon = () => AbortSignal.timeout(5000)
const reset = { target: 'atx', button: 'reset' } as const
const otherPin = Array(32).fill('AA').join(':')

/** Accepts a websocket upgrade, then sends `frames` as they are. */
function acceptUpgrade(socket: TLSSocket, head: string, frames: Buffer): void {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  socket.write(frames)
}
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const head =
    payload.length < 126 ? [0x81, payload.length] : [0x81, 126, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from(head), payload])
}
/** Tells of 20 GPIO channels, numbered from `first`. */
function gpioFrame(first: number): Buffer {
  const names = Array.from({ length: 20 }, (_, n) => `"relay${first + n}":{"state":true}`)
  return textFrame(`{"event_type":"gpio","event":{"state":{"outputs":{${names.join(',')}}}}}`)
}
/** The opcodes of a client's frames, which are short and masked. */
function kindsOf(bytes: Buffer): number[] {
  const kinds: number[] = []
  for (let at = 0; at + 1 < bytes.length; at += 6 + (bytes[at + 1]! & 127)) kinds.push(bytes[at]! & 15)
  return kinds
}
const loop = textFrame('{"event_type":"loop","event":{"version":{"major":4,"minor":197}}}')

describe('pin', () => {
  test('not one byte goes to a peer with another certificate, for reading, state, pictures and power', async () => {
    const peer = await rawPeer(() => undefined)
    const access = await accessTo(peer, { pin: otherPin, password: 'secret', totpSecret: 'JBSWY3DPEHPK3PXP' })
    await expect(driver.read(access, soon())).rejects.toMatchObject({ code: 'device/pinChanged' })
    for (const totpSecret of [null, 'JBSWY3DPEHPK3PXP']) {
      const { connection, told } = open({ ...access, totpSecret })
      await until(() => connection.state.state.problem === 'pinChanged', 'the refusal')
      expect(told.mismatches).toHaveLength(1)
      expect(await connection.power!.send(reset, soon())).toMatchObject({
        outcome: 'notSent',
        reason: 'device/pinChanged',
      })
      expect(await connection.video!.still({ maxWidth: 100, quality: 50 })).toBeNull()
    }
    expect(peer.connections()).toBeGreaterThan(3)
    expect(peer.received()).toBe('')
  })

  test('no session is resumed, so that every connection shows its certificate', async () => {
    const reused: boolean[] = []
    const peer = await rawPeer((socket) => {
      reused.push(socket.isSessionReused())
      onRequestHead(socket, () => socket.end('HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n'))
    })
    const access = await accessTo(peer)
    for (let round = 0; round < 3; round++) await driver.read(access, soon()).catch(() => undefined)
    expect(reused.length).toBeGreaterThanOrEqual(3)
    expect(new Set(reused)).toEqual(new Set([false]))
  })
})

describe('what a power send is worth with a lying peer', () => {
  const outcomeOf = async (serve: (socket: TLSSocket) => void) => {
    const peer = await rawPeer(serve)
    const { connection } = open(await accessTo(peer))
    return connection.power!.send(reset, soon())
  }

  test('that hangs up when TLS stands: not sent or unknown, never acknowledged', async () => {
    const { outcome } = await outcomeOf((socket) => socket.destroy())
    expect(['notSent', 'unknown']).toContain(outcome)
  })

  test.each([
    ['garbage', 'this is not HTTP\r\n\r\n'],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ok": true'],
    ['a redirect to itself that would be followed', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['an unasked upgrade', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
  ])('that answers %s: unknown', async (_name, answer) => {
    const sent = await outcomeOf((socket) => onRequestHead(socket, () => socket.end(answer)))
    expect(sent.outcome).toBe('unknown')
  })

  test('that redirects: not sent, and the other place is not asked', async () => {
    const other = await rawPeer(() => undefined)
    const sent = await outcomeOf((socket) =>
      onRequestHead(socket, () =>
        socket.end(
          `HTTP/1.1 308 Moved\r\nLocation: https://${other.host}:${other.port}/\r\nContent-Length: 0\r\n\r\n`,
        ),
      ),
    )
    expect(sent).toMatchObject({ outcome: 'notSent', reason: 'device/protocol' })
    expect(other.connections()).toBe(0)
  })

  test('that sends a byte now and then for ever: unknown in time', async () => {
    const timers: NodeJS.Timeout[] = []
    const sent = await outcomeOf((socket) =>
      onRequestHead(socket, () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n')
        timers.push(setInterval(() => socket.write('x'), 50))
      }),
    )
    for (const timer of timers) clearInterval(timer)
    expect(sent).toMatchObject({ outcome: 'unknown', reason: 'device/timeout' })
  })
})

describe('a peer on the control socket', () => {
  const problemOf = async (frames: Buffer) => {
    const peer = await rawPeer((socket) =>
      onRequestHead(socket, (head) => acceptUpgrade(socket, head, frames)),
    )
    const { connection } = open(await accessTo(peer))
    await until(() => connection.state.state.problem !== null, 'a problem')
    return connection.state.state.problem
  }

  test('that accepts and says nothing is a timeout', async () => {
    expect(await problemOf(Buffer.alloc(0))).toBe('timeout')
  })

  test.each([
    ['JSON that is cut', textFrame('{"event_type":')],
    ['JSON that is too deep', textFrame('['.repeat(200))],
    ['a frame of four gigabytes', Buffer.from([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0])],
    ['a compressed frame although none was agreed', Buffer.from([0xc1, 0x01, 0x00])],
    [
      'a flood of frames',
      Buffer.concat(Array.from({ length: 5000 }, () => textFrame('{"event_type":"x","event":{}}'))),
    ],
    [
      'ever more GPIO channels',
      Buffer.concat(Array.from({ length: 11 }, (_, round) => gpioFrame(round * 20))),
    ],
    ['a flood of pongs that nobody asked for', Buffer.alloc(20_000, Buffer.from([0x8a, 0x00]))],
  ])('that sends %s has broken the protocol', async (_name, frames) => {
    expect(await problemOf(Buffer.concat([loop, frames]))).toBe('protocol')
  })

  test('that greets and then goes silent is noticed', async () => {
    const peer = await rawPeer((socket) => onRequestHead(socket, (head) => acceptUpgrade(socket, head, loop)))
    const { connection } = open(await accessTo(peer))
    await until(() => connection.state.state.reachable.value === true, 'the greeting')
    await until(() => connection.state.state.problem === 'timeout', 'the silence')
    expect(connection.state.state.reachable.value).toBe(false)
  })

  test('that is quiet is pinged, in both ways that daemons know, and its own pings are answered', async () => {
    const ping = Buffer.from([0x89, 0x00])
    const sent: Buffer[] = []
    const peer = await rawPeer((socket) =>
      onRequestHead(socket, (head) => {
        acceptUpgrade(socket, head, Buffer.concat([loop, ping]))
        socket.on('data', (chunk: Buffer) => sent.push(chunk))
      }),
    )
    open(await accessTo(peer))
    const kinds = { text: 1, binary: 2, pong: 10 }
    await until(() => {
      const seen = kindsOf(Buffer.concat(sent))
      return Object.values(kinds).every((kind) => seen.includes(kind))
    }, 'all of them')
  })

  test.each([
    [401, 'refusedCredentials'],
    [403, 'refusedCredentials'],
    [404, 'protocol'],
    [502, 'unreachable'],
    [500, 'unreachable'],
  ])('that answers the upgrade with %s', async (status, problem) => {
    const peer = await rawPeer((socket) =>
      onRequestHead(socket, () => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)),
    )
    const { connection } = open(await accessTo(peer))
    await until(() => connection.state.state.problem === problem, 'the problem')
    expect(connection.state.state.reachable.value).toBe(false)
  })
})

describe('a peer that is none', () => {
  test('plain HTTP on the port is told as not TLS', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    afterThisTest(async () => void server.close())
    const { port } = server.address() as AddressInfo
    await expect(driver.probe('127.0.0.1', port, soon())).rejects.toMatchObject({ code: 'device/protocol' })
  })

  test('one that accepts and never shakes hands is a timeout', async () => {
    const server = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    afterThisTest(async () => void server.close())
    const { port } = server.address() as AddressInfo
    const impatient = createPikvmDriver({ timings: { ...quickTimings, connectMs: 200 } })
    await expect(impatient.probe('127.0.0.1', port, soon())).rejects.toMatchObject({ code: 'device/timeout' })
  })

  test('giving up ends the wait', async () => {
    const hanging = createPikvmDriver({
      timings: quickTimings,
      names: createNameResolver({ lookUp: () => new Promise(() => undefined) }),
    })
    const caller = new AbortController()
    const probing = hanging.probe('kvm.example', 443, caller.signal)
    caller.abort()
    await expect(probing).rejects.toMatchObject({ code: 'device/unreachable', details: { aborted: true } })
  })
})

test('a device that sends ten gigabytes is cut off, and another device is not slowed', async () => {
  const { pikvm: huge } = await simulated()
  const { pikvm: good } = await simulated()
  const { connection } = await online(await accessTo(good))
  const access = await accessTo(huge)
  huge.faults.inject({ name: 'hugeBody', match: '/api/info' })
  await expect(driver.read(access, soon())).rejects.toMatchObject({ code: 'device/protocol' })
  expect((await connection.power!.send(reset, soon())).outcome).toBe('acknowledged')
})

test('a video stream whose parts are too large ends, and the state of the device stays', async () => {
  const { pikvm } = await simulated()
  const { connection } = await online(await accessTo(pikvm))
  pikvm.faults.inject({ name: 'garbageJson', match: '/streamer/stream', times: 3 })
  let count = 0
  connection.video!.subscribe(() => count++)
  await until(() => count > 0, 'frames after the nonsense')
  expect(connection.state.state.reachable.value).toBe(true)
})
