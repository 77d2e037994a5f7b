import type { DeviceFields, Placement, Rack, Site } from '../../server/contract/inventory.ts'
import type { LiveChange } from '../../server/contract/live.ts'
import type { Audit, Vault } from '../../server/domain.ts'
import type { EndpointDriver, EndpointOffer } from '../../server/drivers/driver.ts'
import { AppError } from '../../server/errors.ts'
import type { ReadyBmc } from '../../server/inventory/endpoint-parts.ts'
import { loadInventory, type InventoryService } from '../../server/inventory/inventory.ts'
import { openStore, type Store } from '../../server/store/store.ts'

export const by = { userId: 'u1', name: 'ada' }
export const pin = Array.from({ length: 32 }, () => 'AB').join(':')
export const otherPin = Array.from({ length: 32 }, () => 'CD').join(':')

export type AuditLine = {
  actor: string | null
  event: string
  deviceId?: string
  detail?: Record<string, unknown>
}

/** Keeps secrets in memory; locked on command. */
export class MemoryVault implements Vault {
  isLocked = false
  readonly kept = new Map<string, string>()

  async seal(table: string, rowId: string, field: string, plain: string): Promise<void> {
    if (this.isLocked) throw new AppError('device/locked', 'locked')
    this.kept.set(`${table}|${rowId}|${field}`, plain)
  }

  async open(table: string, rowId: string, field: string): Promise<string | null> {
    if (this.isLocked) throw new AppError('device/locked', 'locked')
    return this.kept.get(`${table}|${rowId}|${field}`) ?? null
  }

  async wipe(table: string, rowId: string): Promise<void> {
    for (const key of this.kept.keys()) if (key.startsWith(`${table}|${rowId}|`)) this.kept.delete(key)
  }
}

export type Fixture = {
  store: Store
  vault: MemoryVault
  audit: AuditLine[]
  inventory: InventoryService
  changes: LiveChange[]
  site: Site
  reload(): Promise<InventoryService>
}

/** A store in memory with one site, and everything that was audited and published since. */
export async function makeFixture(): Promise<Fixture> {
  const store = await openStore(':memory:', true)
  const vault = new MemoryVault()
  const lines: AuditLine[] = []
  const audit: Audit = {
    record: async (actor, event, about) => void lines.push({ actor: actor?.name ?? null, event, ...about }),
  }
  let clock = Date.now()
  const reload = (): Promise<InventoryService> =>
    loadInventory({
      store,
      audit,
      vault, // Never the same twice, so that ids sort in the order of making.
      now: () => ++clock,
    })
  const inventory = await reload()
  const site = await inventory.createSite(by, { name: 'Home', timeZone: 'Asia/Tokyo' })
  const changes: LiveChange[] = []
  inventory.onChange((more) => changes.push(...more))
  return { store, vault, audit: lines, inventory, changes, site, reload }
}

export function machine(site: Site, name: string, placement: Placement = { kind: 'none' }): DeviceFields {
  return {
    siteId: site.id,
    name,
    kind: 'server',
    placement,
    notes: '',
    isProtected: false,
    layout: 'us',
    checks: [],
    dependsOn: [],
  }
}

export function inUnits(rack: Rack, unit: number, height = 1): Placement {
  return { kind: 'units', rackId: rack.id, posHalfU: unit * 2, heightHalfU: height * 2 }
}

export const offer: EndpointOffer = {
  model: 'PiKVM V4',
  version: '4.197',
  atxEnabled: true,
  gpio: [
    { channel: 'relay', canSwitch: true, canPulse: true, isInput: false },
    { channel: 'led', canSwitch: false, canPulse: false, isInput: true },
  ],
  hasSwitch: false,
}

/** A driver that shows `pin` and answers `offer`; `read` can be replaced. */
export function fakeDriver(over: Partial<EndpointDriver> = {}): EndpointDriver {
  return {
    probe: async () => ({ fingerprint: pin, subject: 'CN=pikvm', validFrom: 0, validTo: 1 }),
    read: async () => offer,
    open: () => {
      throw new Error('this test opens no connection')
    },
    ...over,
  }
}

export const bmcOffer: EndpointOffer = {
  model: 'Simulated Rack Server 2U',
  version: '1.07',
  atxEnabled: false,
  gpio: [],
  hasSwitch: false,
  board: { manufacturer: 'Simulated', product: 'Rack Server 2U', serialNumber: 'S0001' },
}

/** A BMC that was asked already, to be written down. */
export function bmcReady(machineOf: ReadyBmc['machine'], over: Partial<ReadyBmc> = {}): ReadyBmc {
  return {
    address: '10.0.0.20',
    port: 623,
    user: 'ops',
    password: 'a long random one',
    kg: null,
    ipmi: { suite: null, quirks: [] },
    offer: bmcOffer,
    machine: machineOf,
    ...over,
  }
}
