import type { Inventory } from '../domain.ts'
import type { SeenLedWiring } from '../drivers/driver.ts'
import type { StoredEndpoint } from '../store/tables/endpoints.ts'
import { deviceEdits } from './edit-devices.ts'
import { endpointEdits } from './edit-endpoints.ts'
import { loginEdits } from './edit-logins.ts'
import { powerPathEdits } from './edit-power-paths.ts'
import { portEdits } from './edit-ports.ts'
import { rackEdits } from './edit-racks.ts'
import { siteEdits } from './edit-sites.ts'
import { Ledger, type LedgerParts } from './ledger.ts'
import { loadMemory, publicEndpoint, type InventoryMemory } from './memory.ts'

export type InventoryParts = Omit<LedgerParts, 'memory'>

/** Reads the inventory from the store and offers it, with its edits. */
export async function loadInventory(parts: InventoryParts) {
  const memory = await loadMemory(parts.store)
  const ledger = new Ledger({ ...parts, memory })
  const paths = powerPathEdits(ledger)
  const { noteVerdict, learnBackMs } = paths
  const read: Inventory = {
    ...reads(memory),
    onChange: (listener) => ledger.onChange(listener),
    noteVerdict,
    learnBackMs,
  }
  return {
    ...read,
    ...siteEdits(ledger),
    ...rackEdits(ledger),
    ...deviceEdits(ledger),
    ...endpointEdits(ledger),
    ...portEdits(ledger),
    ...loginEdits(ledger),
    ...paths,
    memory,
    addUseCheck: (check: (deviceId: string) => string | null) => ledger.addUseCheck(check),
    /** Grows when a connection to this endpoint must be made anew. */
    accessRev: (id: string): number => memory.accessRevs.get(id) ?? 0,
    /** Whose power LED was seen to be wired or not, of all machines at this endpoint. */
    ledWirings: (id: string): SeenLedWiring[] =>
      memory.consolesOfEndpoint(id).flatMap(({ id: consoleId, port }) => {
        const ledWiring = memory.ledWirings.get(consoleId)
        return ledWiring === undefined ? [] : [{ port, ledWiring }]
      }),
    /** Which machine is on which port of its switch; port null: plugged in directly. */
    machinesAt: (id: string): ReadonlyMap<number | null, string> =>
      new Map(memory.consolesOfEndpoint(id).map(({ port, deviceId }) => [port, deviceId])),
    /** With pin, last good address and offer; for whoever connects, never for an answer. */
    storedEndpoint: (id: string): StoredEndpoint | undefined => memory.endpoints.get(id),
  }
}

/** The inventory with its edits, as `loadInventory` makes it. */
export type InventoryService = Awaited<ReturnType<typeof loadInventory>>

function reads(memory: InventoryMemory): Omit<Inventory, 'onChange' | 'noteVerdict' | 'learnBackMs'> {
  return {
    sites: () => [...memory.sites.values()],
    racks: () => [...memory.racks.values()],
    devices: () => [...memory.devices.values()],
    endpoints: () => [...memory.endpoints.values()].map(publicEndpoint),
    device: (id) => memory.devices.get(id),
    endpoint: (id) => {
      const stored = memory.endpoints.get(id)
      return stored && publicEndpoint(stored)
    },
    consoleOf: (deviceId) => memory.consoleOfDevice(deviceId),
    bmcOf: (deviceId) => memory.consoleOfDevice(deviceId, 'sol')?.endpointId,
    deviceOf: (endpointId, port = null) => memory.consoleAt(endpointId, port)?.deviceId,
    devicesOf: (endpointId) => memory.consolesOfEndpoint(endpointId).map(({ deviceId }) => deviceId),
    pathsOf: (deviceId) => memory.pathsOfDevice(deviceId),
    pulseOf: (endpointId, target) =>
      memory.endpoints.get(endpointId)?.offer.gpio.find(({ channel }) => target === `gpio:${channel}`)
        ?.pulse ?? null,
    snapshot: () => memory.snapshot(),
    usualBackMs: (deviceId) => memory.usualBackMs.get(deviceId) ?? null,
  }
}
