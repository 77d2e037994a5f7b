import type { DeviceFields, Placement, Rack, Site } from '../../server/contract/inventory.ts'
import type { LiveChange } from '../../server/contract/live.ts'
import { createAudit } from '../../server/access/audit.ts'
import { createLockedVault, createVault } from '../../server/access/vault.ts'
import type { Vault } from '../../server/domain.ts'
import type { EndpointDriver, EndpointOffer } from '../../server/drivers/driver.ts'
import type { ReadyBmc } from '../../server/inventory/endpoint-parts.ts'
import { loadInventory, type InventoryService } from '../../server/inventory/inventory.ts'
import { openStore, type Store } from '../../server/store/store.ts'

export const by = { userId: 'u1', name: 'ada' }
export const pin = Array.from({ length: 32 }, () => 'AB').join(':')
export const otherPin = Array.from({ length: 32 }, () => 'CD').join(':')

export type AuditLine = {
  actor: string
  event: string
  deviceId: string | null
  detail: Record<string, unknown>
}

/** The real vault with a key of its own; locked on command. */
export class SwitchVault implements Vault {
  isLocked = false
  readonly #store: Store
  readonly #open: Vault
  readonly #locked = createLockedVault('keyMissing')

  constructor(store: Store) {
    this.#store = store
    this.#open = createVault(store, Buffer.alloc(32, 7))
  }

  get #now(): Vault {
    return this.isLocked ? this.#locked : this.#open
  }

  sealing: Vault['sealing'] = (...place) => this.#now.sealing(...place)
  wiping: Vault['wiping'] = (...place) => this.#now.wiping(...place)
  seal: Vault['seal'] = (...place) => this.#now.seal(...place)
  open: Vault['open'] = (...place) => this.#now.open(...place)

  /** How many secrets are kept. */
  count(): Promise<number> {
    return this.#store.secrets.countOthers('')
  }
}

export type Fixture = {
  store: Store
  vault: SwitchVault
  /** What was recorded, oldest first. */
  audit(): Promise<AuditLine[]>
  inventory: InventoryService
  changes: LiveChange[]
  site: Site
  reload(): Promise<InventoryService>
}

/** A store (in memory, unless a file is named) with one site, and everything that was recorded and published since. */
export async function makeFixture(file = ':memory:'): Promise<Fixture> {
  const store = await openStore(file, true)
  const vault = new SwitchVault(store)
  let clock = Date.now()
  const audit = createAudit(store, () => clock)
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
  const lines = async (): Promise<AuditLine[]> =>
    (await store.audit.list(200, null))
      .toReversed()
      .map(({ actorName, event, deviceId, detail }) => ({ actor: actorName, event, deviceId, detail }))
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
