import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { WebCheck } from '../../server/contract/inventory.ts'
import type { Found } from '../../server/observe/found.ts'
import { runWebCheck } from '../../server/observe/web-check.ts'
import { BlackHole } from '../../server/sim/machine/black-hole.ts'
import { makeSelfSigned } from '../../server/sim/pikvm/certificate.ts'

describe('a look at a web server', () => {
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
  })

  const listen = async (server: Server): Promise<number> => {
    servers.push(server)
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  const look = (port: number, change: Partial<WebCheck> = {}, limitMs = 5000): Promise<Found> => {
    const usual = { kind: 'http', label: 'Web', address: 'nas1.lan', path: '/', status: 200 } as const
    return runWebCheck({ ...usual, port, expect: { kind: 'any' }, ...change }, '127.0.0.1', limitMs)
  }
  const answering = (listener: RequestListener) => listen(createHttpServer(listener))
  const raw = (text: string | Buffer) => listen(createServer((socket) => socket.end(text)))
  const json = (value: unknown) => answering((_request, response) => response.end(JSON.stringify(value)))

  it('asks for the path under the name of the check, once, and follows no redirect', async () => {
    const heard: string[] = []
    const port = await answering(({ method, url, headers }, response) => {
      heard.push(`${method} ${url} ${headers.host}`)
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    const found = await look(port, { path: '/health?full=1' })
    expect(found).toEqual({ result: 'wrong', said: '302' })
    expect(await look(port, { status: 302 })).toEqual({ result: 'answers', said: '302' })
    expect(heard[0]).toBe(`GET /health?full=1 nas1.lan:${port}`)
    expect(heard).toHaveLength(2)
  })

  it('takes the certificate as it is', async () => {
    const { certPem: cert, keyPem: key } = await makeSelfSigned('nas1.lan', '127.0.0.1')
    const port = await listen(createHttpsServer({ cert, key }, (_request, response) => response.end('ok')))
    expect(await look(port, { kind: 'https' })).toEqual({ result: 'answers', said: '200' })
    expect((await look(port, { kind: 'http' })).result).not.toBe('answers')
  })

  it('says which status came instead', async () => {
    const port = await answering((_request, response) => response.writeHead(503).end('ok'))
    const wrong = { result: 'wrong', said: '503' }
    expect(await look(port)).toEqual(wrong)
    expect(await look(port, { expect: { kind: 'text', text: 'ok' } })).toEqual(wrong)
  })

  it('looks for a text in the body', async () => {
    const port = await answering((_request, response) => response.end('all pools are healthy'))
    expect(await look(port, { expect: { kind: 'text', text: 'healthy' } })).toMatchObject({
      result: 'answers',
    })
    expect(await look(port, { expect: { kind: 'text', text: 'degraded' } })).toMatchObject({
      result: 'wrong',
    })
  })

  it.each([
    ['state', 'ONLINE', 'answers', 'state = ONLINE'],
    ['state', 'FAULTED', 'wrong', 'state = ONLINE'],
    ['pools.1.ok', 'true', 'answers', 'pools.1.ok = true'],
    ['pools.1.errors', '0', 'answers', 'pools.1.errors = 0'],
    ['gone', 'null', 'answers', 'gone = null'],
    ['pools', '[object Object]', 'wrong', '200'],
    ['missing.deep', '', 'wrong', '200'],
    ['missing', 'undefined', 'wrong', '200'],
    ['constructor', 'undefined', 'wrong', '200'],
  ])('compares the JSON field %s with %j: %s', async (field, value, result, said) => {
    const port = await json({ state: 'ONLINE', pools: [{}, { ok: true, errors: 0 }], gone: null })
    expect(await look(port, { expect: { kind: 'json', field, value } })).toEqual({ result, said })
  })

  it('is wrong when it is no JSON, or no HTTP, or no TLS', async () => {
    const expect1 = { kind: 'json', field: 'a', value: 'b' } as const
    expect(await look(await raw('HTTP/1.1 200 OK\r\n\r\n{"a":'), { expect: expect1 })).toMatchObject({
      result: 'wrong',
    })
    expect(await look(await raw('SSH-2.0-OpenSSH\r\n'))).toMatchObject({ result: 'wrong' })
    expect(await look(await raw('HTTP/1.1 200 OK\r\n\r\n'), { kind: 'https' })).toMatchObject({
      result: 'wrong',
    })
  })

  it('tells refused, silent and no answer apart', async () => {
    const port = await raw('')
    expect(await look(port)).toEqual({ result: 'silent', said: null })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => servers.pop()?.close(resolve))
    expect(await look(port)).toEqual({ result: 'refused', said: null })
    expect(await look(await listen(createServer(() => undefined)), {}, 80)).toMatchObject({
      result: 'silent',
    })
    expect(await look(await listen(createServer(() => undefined)), { kind: 'https' }, 80)).toMatchObject({
      result: 'silent',
    })
    const hole = await BlackHole.open('127.0.0.1', port)
    await hole.fill()
    expect(await look(port, {}, 80)).toEqual({ result: 'noAnswer', said: null })
    await hole.close()
  })

  it('ends in time with a peer that drips, and judges what came', async () => {
    const port = await listen(
      createServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\nfine')
        const timer = setInterval(() => socket.write('.'), 5)
        socket.on('close', () => clearInterval(timer))
      }),
    )
    expect(await look(port, { expect: { kind: 'text', text: 'fine' } }, 100)).toMatchObject({
      result: 'answers',
    })
    expect(await look(port, { expect: { kind: 'text', text: 'other' } }, 100)).toMatchObject({
      result: 'wrong',
    })
  })

  it('reads the beginning of an endless answer, unpacks nothing, and takes deep JSON', async () => {
    const endless = await answering((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x'))) continue
      }
      response.on('drain', more)
      more()
    })
    expect(await look(endless, { expect: { kind: 'text', text: 'y' } })).toEqual({
      result: 'wrong',
      said: '200',
    })
    const bomb = await answering((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000, 'x'))),
    )
    expect(await look(bomb, { expect: { kind: 'text', text: 'x'.repeat(200) } })).toMatchObject({
      result: 'wrong',
    })
    const deep = await raw(`HTTP/1.1 200 OK\r\n\r\n{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
    expect(await look(deep, { expect: { kind: 'json', field: 'a', value: '' } })).toMatchObject({
      result: 'wrong',
    })
  })

  it('shows what a device says as one plain line', async () => {
    const port = await json({ state: `a‮b\u0007\nc${'d'.repeat(200)}` })
    const { said } = await look(port, { expect: { kind: 'json', field: 'state', value: 'x' } })
    expect(said).toBe('state = a·b·')
  })
})
