import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import {
  startNetworkService,
  type NetworkService,
  type ServiceKind,
} from '../../../server/sim/machine/network-service.ts'
import { answerRpc } from '../../../server/sim/machine/rpc-null.ts'

const services: NetworkService[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const service of services.splice(0)) await service[Symbol.asyncDispose]()
})

async function start(kind: ServiceKind, startsOff = false) {
  const clock = new ManualClock()
  const machine = new SimMachine({ name: 'nas1', clock, bootMs: 10_000, startsOff })
  const service = await startNetworkService({ machine, kind, host: '127.77.9.1' })
  services.push(service)
  return { clock, machine, service }
}

/** Connects, sends `hello` if given, and tells what came of it within `waitMs`. */
function probe(service: NetworkService, waitMs: number, hello?: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: service.host, port: service.port })
    sockets.push(socket)
    let result = 'nothing'
    socket.on('connect', () => {
      result = 'accepted'
      if (hello) socket.write(hello)
    })
    socket.on('data', (data: Buffer) => resolve(data.toString('latin1')))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    setTimeout(() => resolve(result), waitMs)
  })
}

/** An NFS version 3 NULL call without credentials. */
const NULL_CALL = Buffer.from(`800000280000002a0000000000000002000186a300000003${'0'.repeat(40)}`, 'hex')

describe('an SSH service', () => {
  it('greets while the machine is well and accepts without a word while it hangs', async () => {
    const { machine, service } = await start('ssh')
    expect(await probe(service, 2000)).toMatch(/^SSH-2\.0-OpenSSH/)
    machine.hang()
    expect(await probe(service, 150)).toBe('accepted')
  })

  it.runIf(process.platform === 'linux')(
    'is a black hole while the network is lost and through a boot, and greets again afterwards',
    async () => {
      const { machine, service, clock } = await start('ssh')
      const { port } = service
      machine.loseNetwork()
      await service.settled()
      expect(await probe(service, 300)).toBe('nothing')
      machine.panel.press('reset')
      machine.panel.release('reset')
      await service.settled()
      expect(await probe(service, 300)).toBe('nothing')
      clock.advance(10_000)
      await service.settled()
      expect(service.port).toBe(port)
      expect(await probe(service, 2000)).toMatch(/^SSH-2\.0/)
    },
  )

  it.runIf(process.platform === 'linux')(
    'is a black hole from the start of a machine that is off',
    async () => {
      const { service } = await start('ssh', true)
      expect(await probe(service, 300)).toBe('nothing')
    },
  )
})

describe('an NFS service', () => {
  it('answers the NULL procedure, and accepts without an answer while the machine hangs', async () => {
    const { machine, service } = await start('nfs')
    const reply = Buffer.from(await probe(service, 2000, NULL_CALL), 'latin1')
    expect(reply.toString('hex')).toBe(`80000018${'0000002a'}00000001${'0'.repeat(32)}`)
    machine.hang()
    expect(await probe(service, 150, NULL_CALL)).toBe('accepted')
  })

  it('refuses other programs and ignores what is not a whole call', () => {
    const other = Buffer.from(NULL_CALL)
    other.writeUInt32BE(100_005, 16)
    expect(answerRpc(other)?.readUInt32BE(24)).toBe(1)
    for (let length = 0; length < NULL_CALL.length; length += 1)
      expect(answerRpc(NULL_CALL.subarray(0, length))).toBeUndefined()
  })
})
