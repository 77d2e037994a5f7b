import type { Crashcart } from '../assemble.ts'
import type { Placement, Rack, Site } from '../contract/inventory.ts'
import { addBmc } from '../inventory/add-bmc.ts'
import { addPikvm, probePikvm } from '../inventory/add-pikvm.ts'
import type { Actor } from '../inventory/ledger.ts'
import type { RackDescription, RackMachine } from '../sim/rack.ts'

type RackSide = NonNullable<Crashcart['rack']>
const limitMs = 15_000

/** Writes racks and machines down and adds each PiKVM and BMC the way a person does: look at its certificate, then sign in. */
export async function fillInventory(rack: RackSide, by: Actor, description: RackDescription): Promise<void> {
  const { inventory } = rack
  const site = await inventory.createSite(by, description.site)
  const racks = new Map<string, Rack>()
  for (const fields of description.racks) {
    racks.set(fields.name, await inventory.createRack(by, { ...fields, siteId: site.id }))
  }
  for (const machine of description.machines) await addMachine(rack, by, { machine, site, racks })
}

async function addMachine(
  rack: RackSide,
  by: Actor,
  { machine, site, racks }: { machine: RackMachine; site: Site; racks: ReadonlyMap<string, Rack> },
): Promise<void> {
  const { inventory, vault, driverFor } = rack
  const { name, kind, notes, layout, checks, gpio, bmc } = machine
  const device = await inventory.createDevice(by, {
    siteId: site.id,
    name,
    kind,
    notes,
    layout,
    checks,
    dependsOn: [],
    isProtected: false,
    placement: placementOf(machine, racks),
  })
  const driver = await driverFor('pikvm')
  const { address, port, user, password, totpSecret } = machine.pikvm
  const { fingerprint } = await probePikvm(
    { inventory, driver },
    { address, port },
    AbortSignal.timeout(limitMs),
  )
  const secrets = { user, password, ...(totpSecret === null ? {} : { totpSecret }) }
  const body = { address, port, fingerprint, ...secrets, machine: { deviceId: device.id } }
  const { endpoint } = await addPikvm({ inventory, vault, driver }, by, body, AbortSignal.timeout(limitMs))
  if (bmc !== null) {
    const about = { ...bmc, machine: { deviceId: device.id } }
    const parts = { inventory, vault, driver: await driverFor('ipmi') }
    await addBmc(parts, by, about, AbortSignal.timeout(limitMs))
  }
  if (gpio !== null) await inventory.addGpioPath(by, device.id, { endpointId: endpoint.id, ...gpio })
}

function placementOf({ place }: RackMachine, racks: ReadonlyMap<string, Rack>): Placement {
  const rackId = racks.get(place.rack)?.id
  if (rackId === undefined) return { kind: 'none' }
  if (place.kind === 'shelf') return { kind: 'shelf', rackId, shelf: place.shelf, slot: place.slot }
  return { kind: 'units', rackId, posHalfU: place.unit * 2, heightHalfU: place.heightU * 2 }
}
