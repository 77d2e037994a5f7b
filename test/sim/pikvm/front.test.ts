import { connect } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { ask, SimSocket, until } from './sim-client.ts'

const started: SimPikvm[] = []

afterEach(async () => {
  for (const pikvm of started.splice(0)) await pikvm[Symbol.asyncDispose]()
})

async function start(): Promise<SimPikvm> {
  const machine = new SimMachine({ name: 'vm', clock: scaledClock(20) })
  const pikvm = await startSimPikvm({ machine, streamForever: true })
  started.push(pikvm)
  await until(() => pikvm.kvmd?.streamer.source.online, 'a picture')
  return pikvm
}

/** Sends raw lines and reads the head of the answer. */
function rawHead(pikvm: SimPikvm, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: pikvm.host, port: pikvm.port, rejectUnauthorized: false })
    let text = ''
    socket.on('secureConnect', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    socket.on('error', reject)
    socket.on('data', (data) => {
      text += data.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      socket.destroy()
      resolve(text.slice(0, text.indexOf('\r\n\r\n')))
    })
  })
}

describe('the web server in front of kvmd', () => {
  it.each([
    ['POST', '/api/atx/power/?action=on', 308, '/atx/power?action=on'],
    ['GET', '/redfish/v1/', 308, '/redfish/v1'],
    ['GET', '/', 302, '/login'],
  ])('redirects %s %s', async (method, path, status, location) => {
    const pikvm = await start()
    const headers = path === '/' ? { Host: 'pikvm' } : { 'X-KVMD-User': 'admin', 'X-KVMD-Passwd': 'admin' }
    const answer = await ask(pikvm, path, { method, headers })
    expect(answer.status).toBe(status)
    expect(answer.headers['location']).toBe(location)
  })

  it.each([
    ['/streamer', 'text/html'],
    ['/streamer/?action=snapshot', 'image/jpeg'],
    ['/streamer/snapshot', 'image/jpeg'],
  ])('passes %s to the streamer', async (path, type) => {
    const answer = await ask(await start(), path)
    expect(answer.status).toBe(200)
    expect(String(answer.headers['content-type'])).toContain(type)
  })

  it('says who it is in every answer and announces no keep-alive time', async () => {
    const answer = await ask(await start(), '/api/atx')
    expect(answer.headers['server']).toBe('nginx/1.22.1')
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
    expect(answer.headers['keep-alive']).toBeUndefined()
  })

  it('accepts an upgrade without extensions or subprotocol', async () => {
    const pikvm = await start()
    const head = await rawHead(pikvm, [
      'GET /api/ws?stream=0 HTTP/1.1',
      'Host: pikvm',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'X-KVMD-User: admin',
      'X-KVMD-Passwd: admin',
    ])
    expect(head).toMatch(/^HTTP\/1\.1 101 /)
    expect(head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    expect(head.toLowerCase()).not.toContain('sec-websocket-extensions')
  })
})

describe('garbage on a control socket', () => {
  it('is ignored', async () => {
    const pikvm = await start()
    const socket = new SimSocket(pikvm, '/api/ws?stream=0')
    await until(() => socket.last('hid'), 'the states')
    const ping = { event_type: 'ping' }
    for (const text of ['not json', '[]', JSON.stringify(ping), JSON.stringify({ ...ping, event: null })])
      socket.ws.send(text)
    for (const hex of ['09ff', '01', '0101', '014b', '0300', '04', '0500'])
      socket.ws.send(Buffer.from(hex, 'hex'))
    socket.ws.send(JSON.stringify({ event_type: 'key', event: { key: 'Nope', state: true } }))
    socket.ws.send(Buffer.from([0]))
    await until(() => socket.binary.length > 0, 'the pong')
    expect(pikvm.machine.keyLog).toEqual([])
    expect(pikvm.machine.pointerLog).toEqual([])
    expect(socket.closeCode).toBeNull()
    socket.ws.terminate()
  })
})

describe('the mouse', () => {
  it('drops relative motion in absolute mode and positions in relative mode', async () => {
    const pikvm = await start()
    const socket = new SimSocket(pikvm, '/api/ws?stream=0')
    await until(() => socket.last('hid'), 'the states')
    const both = ['034000c000', '04000505', '050100fb00fb00fb']
    for (const hex of both) socket.ws.send(Buffer.from(hex, 'hex'))
    await until(() => pikvm.machine.pointerLog.some(({ kind }) => kind === 'wheel'), 'the wheel')
    await ask(pikvm, '/api/hid/set_params?mouse_output=usb_rel', { method: 'POST' })
    for (const hex of both) socket.ws.send(Buffer.from(hex, 'hex'))
    await until(() => pikvm.machine.pointerLog.length >= 4, 'the second wheel')
    expect(pikvm.machine.pointerLog).toMatchObject([
      { kind: 'move', x: 16384, y: -16384 },
      { kind: 'wheel', dx: 0, dy: -15 },
      { kind: 'relative', dx: 5, dy: 5 },
      { kind: 'wheel', dx: 0, dy: -15 },
    ])
    socket.ws.terminate()
  })
})
