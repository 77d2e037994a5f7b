import { afterEach, vi } from 'vitest'
import type { BmcState } from '../../../server/contract/state.ts'
import type {
  BmcControl,
  ByteStreamSource,
  DriverHooks,
  EndpointAccess,
  EndpointConnection,
  PowerControl,
} from '../../../server/drivers/driver.ts'
import { createIpmiDriver } from '../../../server/drivers/ipmi/ipmi-driver.ts'
import type { IpmiTimings } from '../../../server/drivers/ipmi/timings.ts'
import type { BmcFaults } from '../../../server/sim/bmc/faults.ts'
import { type BmcOptions, type SimBmc, startBmc } from '../../../server/sim/bmc/bmc.ts'
import { PlainBoard } from '../../../server/sim/bmc/plain-board.ts'

/** Waits of the driver, shortened where a test would otherwise wait for patience alone. */
export const quickTimings: Partial<IpmiTimings> = {
  statusEveryMs: 50,
  closeEveryMs: 10,
  detailEveryMs: 50,
  closeDetailEveryMs: 20,
  sensorsEveryMs: 50,
  cipherZeroEveryMs: 50,
  retryMs: 20,
  serialRetryMs: 50,
  serialSettlesMs: 20,
  connectMs: 1500,
  commandMs: 1000,
}

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

export type Rig = {
  bmc: SimBmc
  board: PlainBoard
  connection: EndpointConnection
  control: BmcControl
  power: PowerControl
  serial: ByteStreamSource
  state(): BmcState
  /** Resolves when the state is like this. */
  until(check: (state: BmcState) => boolean): Promise<void>
}

export const driver = createIpmiDriver({ timings: quickTimings })

/** What is needed to talk to a BMC on loopback. */
export function accessTo(
  bmc: { host: string; port: number },
  changes: Partial<EndpointAccess> = {},
): EndpointAccess {
  return {
    endpointId: 'bmc1',
    address: bmc.host,
    port: bmc.port,
    user: 'oper',
    password: 'oper',
    totpSecret: null,
    pin: '',
    lastGoodAddress: null,
    ipmi: { kg: null, suite: null, quirks: [] },
    ...changes,
  }
}

export const hooks: DriverHooks = {
  log: { info: () => undefined, warn: () => undefined },
  now: Date.now,
  onPinMismatch: () => undefined,
  onGoodAddress: () => undefined,
}

/** A simulated BMC on a board that does nothing by itself, and a connection of ours to it; both end with the test. */
export async function makeRig(
  options: Partial<BmcOptions & Pick<BmcFaults, 'busyWith'>> = {},
  access: Partial<EndpointAccess> = {},
  timings: Partial<IpmiTimings> = {},
): Promise<Rig> {
  const board = new PlainBoard()
  const bmc = await startBmc({ board, ...options })
  bmc.faults = { ...bmc.faults, busyWith: options.busyWith ?? [] }
  cleanups.push(() => bmc.close())
  const patient = createIpmiDriver({ timings: { ...quickTimings, ...timings } })
  const connection = patient.open(accessTo(bmc, access), hooks)
  cleanups.push(() => connection.close())
  const { bmc: control, power, serial } = connection
  if (!control || !power || !serial) throw new Error('a BMC has state, power and a console')
  const until = async (check: (state: BmcState) => boolean): Promise<void> => {
    await vi.waitFor(
      () => {
        if (!check(control.state)) throw new Error(`not yet: ${JSON.stringify(control.state)}`)
      },
      { timeout: 5000, interval: 10 },
    )
  }
  return { bmc, board, connection, control, power, serial, state: () => control.state, until }
}
