import type { z } from 'zod'
import type { Device, DeviceFields, Placement, deviceEdit } from '../contract/inventory.ts'
import type { LiveChange } from '../contract/live.ts'
import { AppError } from '../errors.ts'
import { newId } from '../store/new-id.ts'
import { later } from '../store/together.ts'
import { checkedDependencies, withoutDependency } from './dependencies.ts'
import { kindName } from './kind-name.ts'
import type { StoredEndpoint } from '../store/tables/endpoints.ts'
import { assertFresh, assertNameFree, mustExist, type Actor, type Ledger } from './ledger.ts'
import type { InventoryMemory } from './memory.ts'
import { assertFits } from './placement.ts'
import { withoutUndefined } from './without-undefined.ts'

/** Throws unless a device with these fields may be there: its site, its name, its place. */
export function assertDeviceAllowed(
  memory: InventoryMemory,
  fields: { siteId: string; name: string; placement: Placement },
  ownId: string | null,
): void {
  mustExist(memory.sites.get(fields.siteId), 'site')
  const inSite = [...memory.devices.values()].filter((device) => device.siteId === fields.siteId)
  assertNameFree(fields.name, ownId, inSite, 'machine')
  const { placement } = fields
  if (placement.kind === 'none') return
  const rack = mustExist(memory.racks.get(placement.rackId), 'rack')
  if (rack.siteId !== fields.siteId) {
    throw new AppError('request/invalid', `${rack.name} belongs to another site than this machine.`)
  }
  assertFits(placement, ownId, rack, memory.devicesInRack(rack.id))
}

/** Edits of devices. Each resolves when edit and record are durable, in one write; refusals are AppError `inventory/*`. */
export function deviceEdits(ledger: Ledger) {
  const { memory, store, audit } = ledger

  const createDevice = (by: Actor, fields: DeviceFields): Promise<Device> =>
    ledger.inTurn(async () => {
      assertDeviceAllowed(memory, fields, null)
      const dependsOn = checkedDependencies(memory, fields, null)
      const device = { ...fields, dependsOn, id: newId(ledger.now()), rev: 1 }
      await store.together([
        later('devices', 'insert', device),
        audit.line(by, 'device.created', { deviceId: device.id, detail: { name: device.name } }),
      ])
      ledger.publish([memory.putDevice(device)])
      return device
    })

  const editDevice = (by: Actor, id: string, edit: z.infer<typeof deviceEdit>): Promise<Device> =>
    ledger.inTurn(async () => {
      const current = mustExist(memory.devices.get(id), 'machine')
      assertFresh(current, edit.rev, 'machine')
      const device = { ...current, ...withoutUndefined(edit), rev: current.rev + 1 }
      assertDeviceAllowed(memory, device, id)
      device.dependsOn = checkedDependencies(memory, device, id)
      const changed = Object.keys(withoutUndefined(edit)).filter((field) => field !== 'rev')
      await store.together([
        later('devices', 'update', device),
        audit.line(by, 'device.edited', { deviceId: id, detail: { name: device.name, changed } }),
      ])
      ledger.publish([memory.putDevice(device)])
      return device
    })

  /**
   * Without `cascade` a machine with a KVM or power paths is refused; with it, those go too, but of a KVM that it shares
   * only its port. Its picture goes, its history stays, and nothing depends on it any more.
   */
  const removeDevice = (by: Actor, id: string, rev: number, cascade: boolean): Promise<void> =>
    ledger.inTurn(async () => {
      const device = mustExist(memory.devices.get(id), 'machine')
      assertFresh(device, rev, 'machine')
      const consoles = [...memory.consoles.values()].filter((console) => console.deviceId === id)
      const kvms = consoles
        .filter(({ endpointId }) => isOnlyOn(memory, endpointId, id))
        .map(({ endpointId }) => mustExist(memory.endpoints.get(endpointId), 'PiKVM'))
      const uses = usesOf(memory, id, kvms)
      if (uses.length > 0 && !cascade) throw stillUsed(device, uses)
      const alsoHit = kvms.flatMap((endpoint) => memory.pathsOfEndpoint(endpoint.id))
      for (const deviceId of new Set([id, ...alsoHit.map((path) => path.deviceId)]))
        ledger.assertIdle(deviceId)
      const freed = withoutDependency(memory, id)
      const kvmIds = kvms.map((endpoint) => endpoint.id)
      await store.together([
        later('devices', 'remove', id, kvmIds, freed),
        audit.line(by, 'device.removed', { deviceId: id, detail: { name: device.name, removed: uses } }),
      ])
      const changes: LiveChange[] = kvms.flatMap((endpoint) => memory.dropEndpoint(endpoint))
      const seats = consoles.filter((console) => memory.consoles.has(console.id))
      for (const seat of seats) changes.push(memory.dropConsole(seat, device.siteId))
      for (const path of memory.pathsOfDevice(id)) changes.push(memory.dropPath(path))
      changes.push(...freed.map((other) => memory.putDevice(other)))
      ledger.publish([...changes, memory.dropDevice(device)])
    })

  return { createDevice, editDevice, removeDevice }
}

function isOnlyOn(memory: InventoryMemory, endpointId: string, deviceId: string): boolean {
  return memory.consolesOfEndpoint(endpointId).every((console) => console.deviceId === deviceId)
}

/** What a person would lose with this machine, in words: its PiKVM and BMC, and power paths on other machines through it. */
function usesOf(memory: InventoryMemory, deviceId: string, kvms: readonly StoredEndpoint[]): string[] {
  const kvmIds = new Set(kvms.map((endpoint) => endpoint.id))
  const foreign = [...memory.paths.values()]
    .filter((path) => (path.deviceId === deviceId) !== kvmIds.has(path.endpointId))
    .map((path) => `${path.target} (${memory.devices.get(path.deviceId)?.name ?? path.deviceId})`)
  return [...kvms.map((endpoint) => `${kindName(endpoint.kind)} ${endpoint.address}`), ...foreign]
}

function stillUsed(device: Device, uses: readonly string[]): AppError {
  return new AppError('inventory/inUse', `${device.name} still has ${uses.join(', ')}.`, {
    details: { name: device.name, uses },
  })
}
