import { Consoles } from '../../server/consoles/consoles.ts'
import type { Console, Device } from '../../server/contract/inventory.ts'
import type { Audit, Connections, Inventory } from '../../server/domain.ts'
import { afterThisTest } from '../drivers/pikvm/rig.ts'
import { switched, type Switched } from '../drivers/pikvm/switch-rig.ts'
import { OneMachine, Watcher } from './rig.ts'

const endpointId = 'kvm-1'
export const idAt = (port: number): string => `m${port}-id`
export const person = (name: string) => ({ userId: `user-${name}`, name })
/** Who asks may know of every machine. */
export const seesAll = { maySee: () => true }

export type SharedRig = Switched & {
  consoles: Consoles
  audited: { actor: string; event: string; deviceId: string | undefined }[]
  /** A browser on the screen of the machine on that port. */
  open(port: number, name: string): Watcher
}

/** Consoles on the real driver, in front of several simulated machines behind one PiKVM with a Switch. */
export async function shared(options: Parameters<typeof switched>[0] = {}): Promise<SharedRig> {
  const rig = await switched(options)
  const audited: SharedRig['audited'] = []
  const base = new OneMachine(null)
  const ports = rig.machines.map((_, port) => port)
  const devices = ports.map((port) => ({ ...base.device, id: idAt(port), name: `m${port}` }) as Device)
  const consoleAt = (port: number): Console => ({
    id: `c${port}`,
    deviceId: idAt(port),
    endpointId,
    port,
    type: 'kvm',
  })
  const inventory: Inventory = {
    ...base.inventory,
    device: (id) => devices.find((device) => device.id === id),
    consoleOf: (id) => ports.map(consoleAt).find(({ deviceId }) => deviceId === id),
    deviceOf: (_, port = null) => ports.map(consoleAt).find((console) => console.port === port)?.deviceId,
  }
  const connections: Connections = {
    ...base.connections,
    of: (id, port = null) => (id !== endpointId ? null : port === null ? rig.connection : rig.seat(port)),
  }
  const audit: Audit = {
    record: (actor, event, { deviceId }) => {
      audited.push({ actor: actor?.name ?? '', event, deviceId })
      return Promise.resolve()
    },
  }
  const log = { info: () => undefined, warn: () => undefined }
  const consoles = new Consoles({ inventory, connections, logins: base.logins, audit, log })
  afterThisTest(async () => consoles.close())
  const open = (port: number, name: string): Watcher => {
    const watcher = new Watcher().open(consoles, name, `user-${name}`, { on: idAt(port) })
    const acknowledging = setInterval(() => watcher.acknowledgeAll(), 20)
    afterThisTest(async () => clearInterval(acknowledging))
    return watcher
  }
  return { ...rig, consoles, audited, open }
}
