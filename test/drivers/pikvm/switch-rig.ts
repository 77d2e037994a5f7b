import type { EndpointConnection } from '../../../server/drivers/driver.ts'
import { createPikvmDriver } from '../../../server/drivers/pikvm/pikvm-driver.ts'
import { scaledClock } from '../../../server/sim/machine/clock.ts'
import { SimMachine } from '../../../server/sim/machine/machine.ts'
import type { SimMachineOptions } from '../../../server/sim/machine/machine-types.ts'
import { startSimPikvm, type SimPikvm } from '../../../server/sim/pikvm/pikvm.ts'
import { accessTo, afterThisTest, open, quickTimings, until } from './rig.ts'

/** Waits as in earnest where they guard against the machine before: its pictures arrive late. */
const switchTimings = { ...quickTimings, pictureSettleMs: 100, firstPictureMs: 300, switchRereadMs: 200 }

export type Switched = {
  pikvm: SimPikvm
  machines: SimMachine[]
  connection: EndpointConnection
  /** What the machine on this port has of the PiKVM. */
  seat(port: number): EndpointConnection
}

/** Machines behind one PiKVM with a Switch, time ten times as fast (or `speed`), connected to. */
export async function switched(
  options: {
    count?: number
    machine?: Partial<SimMachineOptions>
    unwired?: number
    speed?: number
    firstPictureMs?: number
  } = {},
): Promise<Switched> {
  const clock = scaledClock(options.speed ?? 10)
  const machines = Array.from({ length: options.count ?? 3 }, (_, port) => {
    const machine = new SimMachine({
      name: `m${port}`,
      clock,
      bootMs: 2000,
      shutdownMs: 500,
      ...options.machine,
    })
    machine.screen.write(`\nThis is machine ${port}: ${'#'.repeat(4 + port * 5)}\n`)
    return machine
  })
  const [first] = machines
  if (!first) throw new Error('no machine')
  if (options.unwired !== undefined) machines[options.unwired]?.setLedWired(false)
  const pikvm = await startSimPikvm({ machine: first, switchPorts: machines })
  afterThisTest(() => pikvm[Symbol.asyncDispose]())
  const { firstPictureMs = switchTimings.firstPictureMs } = options
  const timings = { ...switchTimings, firstPictureMs }
  const { connection } = open(await accessTo(pikvm), createPikvmDriver({ timings }))
  const seat = (port: number): EndpointConnection => {
    const one = connection.port?.(port)
    if (!one) throw new Error('no ports')
    return one
  }
  await until(() => seat(0).state.state.seat?.place.value === 'here', 'the first port')
  return { pikvm, machines, connection, seat }
}
