import type { Console, Device, Endpoint, PowerPath, Rack, Site } from '../contract/inventory.ts'
import type { LiveChange } from '../contract/live.ts'
import type { LedWiring } from '../contract/state.ts'
import type { EndpointOffer } from '../drivers/driver.ts'
import type { Store } from '../store/store.ts'
import type { StoredEndpoint } from '../store/tables/endpoints.ts'

/** An endpoint as people see it: the pin is its fingerprint, secrets only as "there is one". */
export function publicEndpoint(stored: StoredEndpoint): Endpoint {
  const { id, siteId, rev, kind, address, port, user, hasPassword, hasTotp, hasKg, offer, ipmi } = stored
  return {
    id,
    siteId,
    rev,
    kind,
    address,
    port,
    user,
    hasPassword,
    hasTotp,
    fingerprint: stored.pin,
    offeredFingerprint: stored.offeredPin,
    model: offer.model,
    version: offer.version,
    hasSwitch: offer.hasSwitch,
    portLabels: labelsOf(offer),
    ipmi: ipmi && { ...ipmi, hasKg },
  }
}

/** What the Switch behind a PiKVM called its ports. */
export function labelsOf({ ports = [] }: EndpointOffer): string[] {
  return ports.map(({ label }) => label)
}

/**
 * The rack as it is written down, in memory. Each `put` and `drop` is called after the durable write and returns the
 * change to tell.
 */
export class InventoryMemory {
  readonly sites = new Map<string, Site>()
  readonly racks = new Map<string, Rack>()
  readonly devices = new Map<string, Device>()
  readonly endpoints = new Map<string, StoredEndpoint>()
  readonly consoles = new Map<string, Console>()
  /** By console: whether its machine's power LED was seen to be wired. */
  readonly ledWirings = new Map<string, LedWiring>()
  readonly paths = new Map<string, PowerPath>()
  readonly usualBackMs = new Map<string, number>()
  /** Grows when something that a connection is made with changed; endpoints without an entry are at 0. */
  readonly accessRevs = new Map<string, number>()

  /** The machine's screen and keyboard (`kvm`) or serial console over its BMC (`sol`). */
  consoleOfDevice(deviceId: string, type: Console['type'] = 'kvm'): Console | undefined {
    return [...this.consoles.values()].find(
      (console) => console.deviceId === deviceId && console.type === type,
    )
  }

  /** Those of all machines that this endpoint is plugged into. */
  consolesOfEndpoint(endpointId: string): Console[] {
    return [...this.consoles.values()].filter((console) => console.endpointId === endpointId)
  }

  /** The one on this port of the endpoint's switch; null: of the machine that is plugged in directly. */
  consoleAt(endpointId: string, port: number | null): Console | undefined {
    return this.consolesOfEndpoint(endpointId).find((console) => console.port === port)
  }

  /** What an endpoint's line in the record is about: the machine, where there is one alone. Several are the admins'. */
  machineOfEndpoint(endpointId: string): { deviceId?: string } {
    const [first, ...others] = this.consolesOfEndpoint(endpointId)
    return first === undefined || others.length > 0 ? {} : { deviceId: first.deviceId }
  }

  pathsOfDevice(deviceId: string): PowerPath[] {
    const found = [...this.paths.values()].filter((path) => path.deviceId === deviceId)
    return found.sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
  }

  pathsOfEndpoint(endpointId: string): PowerPath[] {
    return [...this.paths.values()].filter((path) => path.endpointId === endpointId)
  }

  devicesInRack(rackId: string): Device[] {
    return [...this.devices.values()].filter(
      (device) => device.placement.kind !== 'none' && device.placement.rackId === rackId,
    )
  }

  putSite(value: Site): LiveChange {
    this.sites.set(value.id, value)
    return { entity: 'site', id: value.id, siteId: value.id, value }
  }

  dropSite(id: string): LiveChange {
    this.sites.delete(id)
    return { entity: 'site', id, siteId: id, value: null }
  }

  putRack(value: Rack): LiveChange {
    this.racks.set(value.id, value)
    return { entity: 'rack', id: value.id, siteId: value.siteId, value }
  }

  dropRack(rack: Rack): LiveChange {
    this.racks.delete(rack.id)
    return { entity: 'rack', id: rack.id, siteId: rack.siteId, value: null }
  }

  putDevice(value: Device): LiveChange {
    this.devices.set(value.id, value)
    return { entity: 'device', id: value.id, siteId: value.siteId, value }
  }

  dropDevice(device: Device): LiveChange {
    this.devices.delete(device.id)
    this.usualBackMs.delete(device.id)
    return { entity: 'device', id: device.id, siteId: device.siteId, value: null }
  }

  putEndpoint(stored: StoredEndpoint): LiveChange {
    this.endpoints.set(stored.id, stored)
    return { entity: 'endpoint', id: stored.id, siteId: stored.siteId, value: publicEndpoint(stored) }
  }

  /** Like `putEndpoint`, after an edit of what a connection is made with: address, user, secrets or pin. */
  putEndpointAccess(stored: StoredEndpoint): LiveChange {
    this.accessRevs.set(stored.id, (this.accessRevs.get(stored.id) ?? 0) + 1)
    return this.putEndpoint(stored)
  }

  /** Drops the endpoint with its consoles and power paths, as the store does. */
  dropEndpoint(endpoint: StoredEndpoint): LiveChange[] {
    const { id, siteId } = endpoint
    const changes: LiveChange[] = this.pathsOfEndpoint(id).map((path) => this.dropPath(path))
    for (const console of this.consolesOfEndpoint(id)) changes.push(this.dropConsole(console, siteId))
    this.endpoints.delete(id)
    this.accessRevs.delete(id)
    changes.push({ entity: 'endpoint', id, siteId, value: null })
    return changes
  }

  putConsole(value: Console, siteId: string): LiveChange {
    this.consoles.set(value.id, value)
    return { entity: 'console', id: value.id, siteId, value }
  }

  dropConsole({ id }: Console, siteId: string): LiveChange {
    this.consoles.delete(id)
    this.ledWirings.delete(id)
    return { entity: 'console', id, siteId, value: null }
  }

  putPath(value: PowerPath): LiveChange {
    this.paths.set(value.id, value)
    return { entity: 'powerPath', id: value.id, siteId: value.siteId, value }
  }

  dropPath(path: PowerPath): LiveChange {
    this.paths.delete(path.id)
    return { entity: 'powerPath', id: path.id, siteId: path.siteId, value: null }
  }

  /** Everything, sites first, so that each change finds what it refers to. */
  snapshot(): LiveChange[] {
    const siteOf = (console: Console): string => this.endpoints.get(console.endpointId)?.siteId ?? ''
    return [
      ...[...this.sites.values()].map((value) => this.putSite(value)),
      ...[...this.racks.values()].map((value) => this.putRack(value)),
      ...[...this.devices.values()].map((value) => this.putDevice(value)),
      ...[...this.endpoints.values()].map((value) => this.putEndpoint(value)),
      ...[...this.consoles.values()].map((value) => this.putConsole(value, siteOf(value))),
      ...[...this.paths.values()].map((value) => this.putPath(value)),
    ]
  }
}

/** Reads the whole inventory from the store. */
export async function loadMemory(store: Store): Promise<InventoryMemory> {
  const memory = new InventoryMemory()
  for (const site of await store.sites.list()) memory.sites.set(site.id, site)
  for (const rack of await store.racks.list()) memory.racks.set(rack.id, rack)
  for (const { device, usualBackMs } of await store.devices.list()) {
    memory.devices.set(device.id, device)
    if (usualBackMs !== null) memory.usualBackMs.set(device.id, usualBackMs)
  }
  for (const endpoint of await store.endpoints.list()) memory.endpoints.set(endpoint.id, endpoint)
  for (const { console, ledWiring } of await store.consoles.list()) {
    memory.consoles.set(console.id, console)
    if (ledWiring !== null) memory.ledWirings.set(console.id, ledWiring)
  }
  for (const path of await store.powerPaths.list()) memory.paths.set(path.id, path)
  return memory
}
