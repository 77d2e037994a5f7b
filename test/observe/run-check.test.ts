import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CheckResult } from '../../server/contract/state.ts'
import { makeLooker, makePing } from '../../server/observe/looker.ts'
import { createNameResolver } from '../../server/names/name-resolver.ts'
import { NamesSilent } from '../../server/names/system-look-up.ts'
import { runCheck } from '../../server/observe/run-check.ts'

describe('one look', () => {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
  })

  const listen = async (onConnection: (socket: Socket) => void): Promise<number> => {
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      onConnection(socket)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  const look = async (kind: 'tcp' | 'banner' | 'nfs', port: number, limitMs = 5000) =>
    (await runCheck({ kind, port }, '127.0.0.1', limitMs)).result

  it('answers when the port accepts', async () => {
    expect(await look('tcp', await listen(() => undefined))).toBe('answers')
  })

  it('answers when the peer says something first, even one byte', async () => {
    expect(await look('banner', await listen((socket) => socket.write('S')))).toBe('answers')
  })

  it('is silent when the peer accepts and says nothing within the limit', async () => {
    expect(await look('banner', await listen(() => undefined), 60)).toBe('silent')
  })

  it('is silent when the peer hangs up without a word, refused when it resets', async () => {
    expect(await look('banner', await listen((socket) => socket.end()))).toBe('silent')
    expect(await look('banner', await listen((socket) => socket.resetAndDestroy()))).toBe('refused')
  })

  it('is refused when nobody listens: the host lives', async () => {
    const port = await listen(() => undefined)
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await look('tcp', port)).toBe('refused')
  })

  it('gets no answer from a port that swallows every handshake', async () => {
    // A listener that never accepts: once its queue is full the kernel drops whatever else comes.
    const code = `
      const { parentPort } = require('node:worker_threads')
      const server = require('node:net').createServer()
      server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
        parentPort.postMessage(server.address().port)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      })`
    const worker = new Worker(code, { eval: true })
    const port = await new Promise<number>((resolve) => worker.once('message', resolve))
    const fill = async (): Promise<CheckResult> => {
      sockets.add(connect(port, '127.0.0.1').on('error', () => undefined))
      return look('tcp', port, 100)
    }
    await vi.waitFor(async () => expect(await fill()).toBe('noAnswer'), { timeout: 5000 })
    await worker.terminate()
  })

  it('answers when an NFS server replies to its NULL procedure, also byte by byte', async () => {
    const calls: string[] = []
    const port = await listen((socket) => {
      socket.setNoDelay(true)
      socket.on('data', (call: Buffer) => {
        calls.push(`${call.toString('hex', 0, 4)} ${call.toString('hex', 8)}`)
        // RFC 5531: last fragment of 24 bytes, the call's id, REPLY, accepted, no verifier, success.
        const head = Buffer.from('80000018', 'hex')
        const reply = Buffer.concat([
          head,
          call.subarray(4, 8),
          Buffer.from('00000001', 'hex'),
          Buffer.alloc(16),
        ])
        for (const byte of reply) socket.write(Buffer.of(byte))
      })
    })
    expect(await look('nfs', port)).toBe('answers')
    // CALL, RPC version 2, program 100003, version 3, procedure 0, two empty credentials.
    expect(calls).toEqual([
      `80000028 ${'00000000'}${'00000002'}${'000186a3'}${'00000003'}${'00000000'.repeat(5)}`,
    ])
  })

  it('is silent when NFS accepts and does not reply, or says something else', async () => {
    expect(await look('nfs', await listen(() => undefined), 60)).toBe('silent')
    expect(await look('nfs', await listen((socket) => socket.write('SSH-2.0-x\r\n')), 60)).toBe('silent')
    expect(await look('nfs', await listen((socket) => socket.write(Buffer.alloc(5000))), 5000)).toBe('silent')
    // A reply to another call: RPC as it should be, but for the id.
    const stranger = Buffer.from(`80000018${'ffffffff'}${'00000001'}${'00000000'.repeat(4)}`, 'hex')
    expect(await look('nfs', await listen((socket) => socket.write(stranger)), 60)).toBe('silent')
  })

  it('does not take a flood for more than an answer', async () => {
    const flood = await listen((socket) => {
      const more = (): void => {
        while (socket.writable && socket.write(Buffer.alloc(65_536))) continue
      }
      socket.on('drain', more)
      more()
    })
    expect(await look('banner', flood)).toBe('answers')
  })

  describe('at a name that never led anywhere, finds nothing out and says why', () => {
    const check = { kind: 'tcp', label: 'x', address: 'nas1.lan', port: 9 } as const
    const failing = (cause: Error) => createNameResolver({ lookUp: () => Promise.reject(cause) })
    it('not found', async () => {
      const found = await makeLooker(failing(new Error('ENOTFOUND')))(check)
      expect(found).toEqual({ result: null, said: null, nameProblem: 'notFound' })
    })
    it('nobody answered who could know', async () => {
      const silent = { result: null, said: null, nameProblem: 'dnsSilent' }
      expect(await makeLooker(failing(new NamesSilent('ETIMEOUT')))(check)).toEqual(silent)
      const lookUp = () => new Promise<never>(() => undefined)
      const hanging = createNameResolver({ lookUp, times: { limitMs: 20 } })
      expect(await makeLooker(hanging)(check)).toEqual(silent)
      expect(await makeLooker(createNameResolver({ lookUp }), 20)(check)).toEqual(silent)
    })
    it('ping neither', async () => {
      const ask = () => expect.fail('there is no address to ask')
      const ping = makePing(failing(new Error('ENOTFOUND')), { ask })
      expect(await ping('nas1.lan')).toBe('noName')
    })
  })
})
