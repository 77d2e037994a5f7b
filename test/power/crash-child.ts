import type { Principal } from '../../server/access/can.ts'
import type { MachineState } from '../../server/contract/state.ts'
import type { Connections, Inventory, Observer } from '../../server/domain.ts'
import { createPikvmDriver } from '../../server/drivers/pikvm/pikvm-driver.ts'
import { systemClock, type Clock } from '../../server/power/clock.ts'
import { PowerService } from '../../server/power/power-service.ts'
import { openStore, type Store } from '../../server/store/store.ts'
import { blankNet } from '../../server/observe/blank-net.ts'
import { atx as path, nas1 as device } from './power-world.ts'

/**
 * A server process with nothing but power actions, a real database file and the real driver, to be killed. It says on
 * stdout, one JSON a line, where it is, and stands still at the moment that it was told.
 */
export type CrashOrder = {
  file: string
  address: string
  port: number
  pin: string
  /** e.g. `before markSending`; empty: run on. */
  standAt: string
  /** Ask with this nonce instead of opening a sheet: what a page does that never got its answer. */
  nonce: string
  verb: 'reset' | 'cycle' | 'hardOff'
  /** Its time runs so much faster than the wall's, from `epoch` (ms) on. */
  speed: number
  epoch: number
}

const order = JSON.parse(process.argv[2] ?? '{}') as CrashOrder
const now = (): number => order.epoch + (Date.now() - order.epoch) * order.speed
const clock: Clock = {
  now,
  every: (periodMs, task) => systemClock.every(periodMs / order.speed, task),
}
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const haruka: Principal = { userId: 'u1', name: 'Haruka', role: 'admin', sessionId: 's1', grants: new Map() }
async function standIf(moment: string): Promise<void> {
  if (moment !== order.standAt) return
  say({ at: moment })
  await new Promise<never>(() => undefined)
}

function standing<T extends object>(operations: T): T {
  return new Proxy(operations, {
    get:
      (target, name) =>
      async (...args: unknown[]) => {
        await standIf(`before ${String(name)}`)
        const run = Reflect.get(target, name) as (...a: unknown[]) => Promise<unknown>
        const value = await run(...args)
        await standIf(`after ${String(name)}`)
        return value
      },
  })
}

const real: Store = await openStore(order.file, true)
const connection = createPikvmDriver().open(
  {
    endpointId: 'kvm1',
    address: order.address,
    port: order.port,
    user: 'admin',
    password: 'admin',
    totpSecret: null,
    pin: order.pin,
    lastGoodAddress: null,
  },
  {
    log: { info: () => undefined, warn: () => undefined },
    now,
    onPinMismatch: () => say({ error: 'pin mismatch' }),
    onGoodAddress: () => undefined,
  },
)
const machineNow = (): MachineState => ({
  deviceId: 'nas1',
  siteId: 'site1',
  health: 'unknown',
  cause: 'checking',
  since: 0,
  net: blankNet(0),
  checks: [],
  kvm: connection.state.state,
  bmc: null,
  power: connection.state.state.power,
  pictureAt: null,
})
const inventory = {
  device: () => device,
  endpoint: () => undefined,
  consoleOf: () => ({ id: 'c1', deviceId: 'nas1', endpointId: 'kvm1', port: null, type: 'kvm' as const }),
  deviceOf: () => 'nas1',
  bmcOf: () => undefined,
  pathsOf: () => [path],
  pulseOf: () => null,
  noteVerdict: async () => undefined,
  usualBackMs: () => null,
  learnBackMs: async () => undefined,
} satisfies Partial<Inventory> as Partial<Inventory> as Inventory
const connections: Connections = {
  of: () => ({
    ...connection,
    state: connection.state,
    video: connection.video,
    input: connection.input,
    power: {
      send: async (signal, abort) => {
        await standIf('before send')
        say({ at: 'sending' })
        const outcome = (await connection.power?.send(signal, abort)) ?? {
          outcome: 'notSent' as const,
          reason: 'none',
          at: 0,
        }
        await standIf('after send')
        return outcome
      },
    },
    close: () => connection.close(),
  }),
  onBmcState: () => () => undefined,
  onState: (listener) => connection.state.onChange((state) => listener('kvm1', state)),
  onReplaced: () => () => undefined,
}
const observer: Observer = {
  state: machineNow,
  states: () => [machineNow()],
  onChange: (listener) => connection.state.onChange(() => listener(machineNow())),
  checkNow: async () => machineNow(),
}
const isReachable = (): boolean => connection.state.state.reachable.value === true
if (!isReachable()) {
  await new Promise<void>((resolve) => {
    const unsubscribe = connection.state.onChange(() => {
      if (!isReachable()) return
      unsubscribe()
      resolve()
    })
  })
}
const service = await PowerService.start({
  store: { actions: standing(real.actions), nonces: standing(real.nonces) },
  inventory,
  connections,
  observer,
  self: { state: () => ({ doubt: null, gateway: null }) },
  viewers: { namesOn: () => [] },
  shortcuts: { press: async () => 'notSent' },
  bootKeys: { pressBootKeys: () => null },
  audit: { record: async () => undefined },
  clock,
  log: { info: () => undefined, warn: (fields, message) => say({ warn: message, fields: String(fields) }) },
})
service.onChange((action) => say({ action }))
const nonce =
  order.nonce || (await service.openSheet(haruka, 'nas1', { verb: order.verb, pathId: null })).nonce || ''
say({ nonce })
try {
  const action = await service.request(haruka, 'nas1', { nonce, verb: order.verb, pathId: 'path1' })
  say({ answered: action, fate: await service.fate(haruka, nonce) })
} catch (error) {
  say({ refused: error instanceof Error ? error.message : String(error) })
}
// Kept alive until it is killed.
setInterval(() => undefined, 60_000)
