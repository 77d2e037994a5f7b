import { SimMachine } from '../../server/sim/machine/machine.ts'
import { startSimPikvm } from '../../server/sim/pikvm/pikvm.ts'

/** A machine at its prompt behind a PiKVM, in a process of its own: it writes what is typed. */
const machine = new SimMachine({ name: 'bench', bootMs: 500 })
const pikvm = await startSimPikvm({ machine, streamForever: true })
process.send?.({ type: 'ready', host: pikvm.host, port: pikvm.port })
process.on('disconnect', () => process.exit(0))
