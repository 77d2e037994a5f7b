import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm } from '../../server/sim/pikvm/pikvm.ts'

/** A machine behind a PiKVM in a process of its own; tells its parent each key with the time of its arrival. */
const machine = new SimMachine({ name: 'bench' })
const pikvm = await startSimPikvm({ machine })
const deliver = machine.key.bind(machine)
machine.key = (key, down) => {
  // CLOCK_MONOTONIC, the same in every process of this system.
  const at = process.hrtime.bigint()
  deliver(key, down)
  process.send?.({ type: 'key', key, down, at: String(at) })
}
process.send?.({ type: 'ready', host: pikvm.host, port: pikvm.port })
process.on('disconnect', () => process.exit(0))
