import { connect } from 'node:net'
import { request } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { ADMIN, ask, SimSocket, until } from './sim-client.ts'

const started: SimPikvm[] = []

afterEach(async () => {
  for (const pikvm of started.splice(0)) await pikvm[Symbol.asyncDispose]()
})

async function start(): Promise<SimPikvm> {
  const machine = new SimMachine({ name: 'vm', clock: scaledClock(20), bootMs: 4000 })
  const pikvm = await startSimPikvm({ machine, keepAliveMs: 200 })
  started.push(pikvm)
  return pikvm
}

function reset(pikvm: SimPikvm) {
  return ask(pikvm, '/api/atx/click?button=reset', { method: 'POST' })
}

/** How a TCP connect ends within `waitMs`. */
function connectResult(host: string, port: number, waitMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const finish = (result: string) => {
      socket.destroy()
      resolve(result)
    }
    socket.on('connect', () => finish('connected'))
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? 'error'))
    setTimeout(() => finish('nothing'), waitMs)
  })
}

describe('a lying PiKVM', () => {
  it('answers a press and does not make it', async () => {
    const pikvm = await start()
    pikvm.faults.inject({ name: 'lies' })
    expect((await reset(pikvm)).status).toBe(200)
    expect(pikvm.machine.presses).toEqual([])
    pikvm.faults.clear()
    await reset(pikvm)
    expect(pikvm.machine.presses).toHaveLength(1)
  })
})

describe('a connection that dies', () => {
  it('before the effect leaves the machine alone', async () => {
    const pikvm = await start()
    pikvm.faults.inject({ name: 'cutBeforeEffect', match: '/api/atx', times: 1 })
    await expect(reset(pikvm)).rejects.toThrow()
    expect(pikvm.machine.presses).toEqual([])
    expect((await reset(pikvm)).status).toBe(200)
  })

  it('after the effect has pressed all the same', async () => {
    const pikvm = await start()
    pikvm.faults.inject({ name: 'replyLost', method: 'POST', times: 1 })
    await expect(reset(pikvm)).rejects.toThrow()
    expect(pikvm.machine.presses).toHaveLength(1)
  })

  it('right after TLS never sees the request', async () => {
    const pikvm = await start()
    pikvm.faults.inject({ name: 'cutOnConnect', times: 1 })
    await expect(ask(pikvm, '/api/atx')).rejects.toThrow()
    expect(pikvm.requests).toEqual([])
  })
})

describe('bodies', () => {
  it('can go on for ten gigabytes without holding them', async () => {
    const pikvm = await start()
    pikvm.faults.inject({ name: 'hugeBody', match: '/api/atx' })
    const received = await new Promise<number>((resolve, reject) => {
      const outgoing = request(
        { host: pikvm.host, port: pikvm.port, path: '/api/atx', headers: ADMIN, rejectUnauthorized: false },
        (incoming) => {
          let length = 0
          expect(incoming.headers['content-length']).toBe('10000000000')
          incoming.on('data', (chunk: Buffer) => {
            length += chunk.length
            if (length < 2_000_000) return
            outgoing.destroy()
            resolve(length)
          })
        },
      )
      outgoing.on('error', reject)
      outgoing.end()
    })
    expect(received).toBeGreaterThanOrEqual(2_000_000)
  })

  it('can be something else than JSON', async () => {
    const pikvm = await start()
    pikvm.faults.inject({ name: 'garbageJson', times: 1 })
    const answer = await ask(pikvm, '/api/atx')
    expect(() => JSON.parse(answer.body.toString()) as unknown).toThrow()
  })

  it('over 4 KB are refused, except for text to type', async () => {
    const pikvm = await start()
    const body = 'x'.repeat(5000)
    expect((await ask(pikvm, '/api/atx/power?action=on', { method: 'POST', body })).status).toBe(413)
    expect((await ask(pikvm, '/api/hid/print', { method: 'POST', body })).status).toBe(200)
  })
})

describe('a slow PiKVM', () => {
  it('answers late', async () => {
    const pikvm = await start()
    pikvm.faults.inject({ name: 'slow', delayMs: 120 })
    const from = performance.now()
    expect((await ask(pikvm, '/api/atx')).status).toBe(200)
    expect(performance.now() - from).toBeGreaterThanOrEqual(110)
  })
})

describe('a PiKVM that is gone', () => {
  it('refuses connections while it is off, and comes back on the same port', async () => {
    const pikvm = await start()
    const { port } = pikvm
    const socket = new SimSocket(pikvm, '/api/ws?stream=0')
    await until(() => socket.last('hid'), 'the states')
    await pikvm.die()
    await until(() => socket.closeCode, 'the end of the socket')
    expect(await connectResult(pikvm.host, port, 1000)).toBe('ECONNREFUSED')
    await pikvm.revive()
    expect(pikvm.port).toBe(port)
    expect((await ask(pikvm, '/api/atx')).status).toBe(200)
  })

  it.runIf(process.platform === 'linux')(
    'swallows connects and goes silent on open sockets when its cable is pulled',
    async () => {
      const pikvm = await start()
      const socket = new SimSocket(pikvm, '/api/ws?stream=0')
      await until(() => socket.last('hid'), 'the states')
      await pikvm.enterBlackHole()
      const heard = socket.events.length
      socket.ws.send(Buffer.from([0]))
      expect(await connectResult(pikvm.host, pikvm.port, 300)).toBe('nothing')
      expect(socket.closeCode).toBeNull()
      expect(socket.events.length).toBe(heard)
      expect(socket.binary).toEqual([])
      await pikvm.leaveBlackHole()
      expect((await ask(pikvm, '/api/atx')).status).toBe(200)
    },
  )
})

describe('certificates', () => {
  it('change on command, and connections end', async () => {
    const pikvm = await start()
    const before = pikvm.pin
    await pikvm.changeCertificate()
    expect(pikvm.pin).not.toBe(before)
    expect(pikvm.pin).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    expect((await ask(pikvm, '/api/atx')).status).toBe(200)
  })
})

describe('idle connections', () => {
  it('are closed by the server after the keep-alive time', async () => {
    const pikvm = await start()
    const closed = new Promise<boolean>((resolve) => {
      const outgoing = request(
        {
          host: pikvm.host,
          port: pikvm.port,
          path: '/api/atx',
          headers: { ...ADMIN, Connection: 'keep-alive' },
          rejectUnauthorized: false,
        },
        (incoming) => {
          incoming.socket.on('close', () => resolve(true))
          incoming.resume()
        },
      )
      outgoing.end()
    })
    expect(await closed).toBe(true)
  })
})

describe('credentials', () => {
  it('are taken from the first kind that is present: a stale cookie beats good Basic', async () => {
    const pikvm = await start()
    const basic = `Basic ${Buffer.from('admin:admin').toString('base64')}`
    const stale = `auth_token=${'0'.repeat(64)}`
    const status = async (headers: Record<string, string>) =>
      (await ask(pikvm, '/api/atx', { headers })).status
    expect(await status({ Authorization: basic })).toBe(200)
    expect(await status({ Authorization: basic, Cookie: stale })).toBe(403)
    expect(await status({ ...ADMIN, Cookie: stale })).toBe(200)
    expect(pikvm.requests.map(({ credential }) => credential)).toEqual(['basic', null, 'headers'])
  })
})
