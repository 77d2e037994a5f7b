import { startBmc } from '../../server/sim/bmc/bmc.ts'
import type { BmcBoard } from '../../server/sim/bmc/board.ts'
import { solPattern } from './sol-pattern.ts'

/** A BMC in a process of its own, whose machine prints a known text each time `g` is typed: `sol-source.ts <bytes>`. */
const text = solPattern(Number(process.argv[2]))
const listeners = new Set<(bytes: Buffer) => void>()

const board: BmcBoard = {
  isPowered: true,
  control: () => undefined,
  serial: {
    onOutput(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    input(bytes) {
      if (bytes.includes('g')) for (const listener of listeners) listener(text)
      return bytes.length
    },
    sendBreak: () => undefined,
  },
}

const bmc = await startBmc({ board })
process.send?.({ port: bmc.port })
process.on('disconnect', () => process.exit(0))
