import { startBmc } from '../../server/sim/bmc/bmc.ts'
import { PlainBoard } from '../../server/sim/bmc/plain-board.ts'

/** A rack full of BMCs in a process of its own: `bmc-fleet.ts <count>`; tells its parent the ports, ends with it. */
const count = Number(process.argv[2])
const ports: number[] = []
for (let i = 0; i < count; i++) ports.push((await startBmc({ board: new PlainBoard() })).port)
process.send?.({ ports })
process.on('disconnect', () => process.exit(0))
