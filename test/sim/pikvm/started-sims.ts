import { afterEach } from 'vitest'
import type { ClientOptions } from 'ws'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import { startSimPikvm, type SimPikvm, type SimPikvmOptions } from '../../../server/sim/pikvm/pikvm.ts'
import { SimSocket } from './sim-client.ts'

const started: SimPikvm[] = []
const sockets: SimSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.ws.terminate()
  for (const pikvm of started.splice(0)) await pikvm[Symbol.asyncDispose]()
})

/** A simulated PiKVM in front of a machine whose time runs twenty times as fast, until the end of the test. */
export async function startSim(options: Partial<SimPikvmOptions> = {}): Promise<SimPikvm> {
  const machine = new SimMachine({ name: 'vm', clock: scaledClock(20), bootMs: 4000, shutdownMs: 2000 })
  const pikvm = await startSimPikvm({ machine, ...options })
  started.push(pikvm)
  return pikvm
}

/** A websocket to it, likewise. */
export function openSocket(
  pikvm: SimPikvm,
  path = '/api/ws?stream=0',
  options: ClientOptions = {},
): SimSocket {
  const socket = new SimSocket(pikvm, path, options)
  sockets.push(socket)
  return socket
}
