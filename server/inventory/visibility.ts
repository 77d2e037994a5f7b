import type { Capability } from '../contract/access.ts'
import type { Device, Endpoint } from '../contract/inventory.ts'
import type { LiveChange } from '../contract/live.ts'
import type { Resource } from '../access/can.ts'
import type { Inventory } from '../domain.ts'

/** Asks whether the one who looks may do this, now. */
export type May = (capability: Capability, resource: Resource) => boolean

/**
 * What of the inventory this person may see: everything with the right to view all; else the granted machines, the
 * racks and sites that they stand in, and the KVM, screen and power paths of those machines alone. A guest sees nothing of
 * how things are set up.
 */
export function visibleInventory(inventory: Inventory, may: May): LiveChange[] {
  const changes = inventory.snapshot()
  const all = may('view', { type: 'setup' }) ? changes : changes.map(withoutSetup)
  if (may('view', { type: 'system' })) return all
  const mayView = (deviceId: string | undefined): boolean =>
    deviceId !== undefined && may('view', { type: 'device', deviceId })
  const mine = inventory.devices().filter((device) => mayView(device.id))
  const siteIds = new Set(mine.map((device) => device.siteId))
  const rackIds = new Set(mine.map(({ placement }) => (placement.kind === 'none' ? null : placement.rackId)))
  return all
    .map((change) => withoutHidden(change, mayView))
    .filter((change) => {
      switch (change.entity) {
        case 'site':
          return siteIds.has(change.id)
        case 'rack':
          return rackIds.has(change.id)
        case 'device':
          return mayView(change.id)
        case 'endpoint':
          return inventory.devicesOf(change.id).some(mayView)
        case 'console':
        case 'powerPath':
          return mayView(change.value?.deviceId)
        default:
          return false
      }
    })
}

/**
 * As somebody sees it who may not see everything: what a machine depends on only where they may see that too, and of a
 * rack that others may stand in it.
 */
function withoutHidden(change: LiveChange, mayView: (deviceId: string) => boolean): LiveChange {
  if (change.value === null) return change
  if (change.entity === 'rack') return { ...change, value: { ...change.value, isPartial: true } }
  if (change.entity !== 'device') return change
  return { ...change, value: { ...change.value, dependsOn: change.value.dependsOn.filter(mayView) } }
}

/** Without addresses, names of logins, fingerprints and notes: what outlives a guest's few hours. */
function withoutSetup(change: LiveChange): LiveChange {
  if (change.value === null) return change
  if (change.entity === 'device') return { ...change, value: plainDevice(change.value) }
  return change.entity === 'endpoint' ? { ...change, value: plainEndpoint(change.value) } : change
}

function plainDevice({ nic: _nic, ...device }: Device): Device {
  return { ...device, notes: '', checks: [], hasLogin: false }
}

function plainEndpoint(endpoint: Endpoint): Endpoint {
  return { ...endpoint, address: '', user: '', fingerprint: null, offeredFingerprint: null, ipmi: null }
}
