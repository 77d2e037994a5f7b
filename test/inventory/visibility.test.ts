import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { can, type Principal } from '../../server/access/can.ts'
import type { Capability } from '../../server/contract/access.ts'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import { visibleInventory } from '../../server/inventory/visibility.ts'
import { by, fakeDriver, inUnits, machine, makeFixture, pin, type Fixture } from './inventory-fixture.ts'

describe('what a person sees of the inventory', () => {
  let f: Fixture
  beforeEach(async () => {
    f = await makeFixture()
  })
  afterEach(() => f.store.close())

  const seenBy = (role: Principal['role'], granted: string[]) => {
    const grants = new Map(granted.map((id) => [id, new Set<Capability>(['view'])]))
    const principal: Principal = { userId: 'u', name: 'n', sessionId: 's', role, grants }
    return visibleInventory(f.inventory, (capability, resource) => can(principal, capability, resource))
  }
  const kvm = async (name: string, address: string) =>
    addPikvm(
      { inventory: f.inventory, vault: f.vault, driver: fakeDriver() },
      by,
      {
        address,
        port: 443,
        fingerprint: pin,
        user: 'admin',
        password: 'x',
        machine: { name, siteId: f.site.id },
      },
      AbortSignal.timeout(5000),
    )

  it('shows a viewer of one machine that machine, its place and its KVM, and nothing of others', async () => {
    const { id: siteId } = f.site
    const other = await f.inventory.createSite(by, { name: 'secret site', timeZone: 'UTC' })
    const rack = await f.inventory.createRack(by, { siteId, name: 'A', kind: 'units', height: 12 })
    await f.inventory.createRack(by, { siteId, name: 'secret rack', kind: 'units', height: 12 })
    const neighbour = await f.inventory.createDevice(
      by,
      machine(f.site, 'secret neighbour', inUnits(rack, 1)),
    )
    await f.inventory.createDevice(by, machine(other, 'secret machine'))
    await kvm('secret server', '10.9.9.9')
    const mine = await kvm('nas1', '10.0.0.9')
    await f.inventory.editDevice(by, mine.deviceId, {
      rev: 1,
      placement: inUnits(rack, 5),
      dependsOn: [neighbour.id],
    })
    const seen = seenBy('viewer', [mine.deviceId])
    expect(seen.map((change) => change.entity)).toEqual([
      'site',
      'rack',
      'device',
      'endpoint',
      'console',
      'powerPath',
    ])
    expect(JSON.stringify(seen)).not.toMatch(/secret|10\.9\.9\.9/)
    expect(JSON.stringify(seen)).not.toContain(neighbour.id)
  })

  it('says of a rack that others may stand in it only to whoever may not see them all', async () => {
    const { deviceId } = await kvm('nas1', '10.0.0.9')
    const rack = await f.inventory.createRack(by, { siteId: f.site.id, name: 'A', kind: 'units', height: 12 })
    await f.inventory.editDevice(by, deviceId, { rev: 1, placement: inUnits(rack, 5) })
    const rackAs = (granted: string[]) =>
      seenBy('viewer', granted).find(({ entity }) => entity === 'rack')?.value
    expect(rackAs([deviceId])).toEqual({ ...rack, isPartial: true })
    expect(rackAs([])).toEqual(rack)
  })

  it('shows everything to a viewer without grants and to an admin with some', async () => {
    const { deviceId } = await kvm('nas1', '10.0.0.9')
    await kvm('nas2', '10.0.0.10')
    expect(seenBy('viewer', [])).toEqual(f.inventory.snapshot())
    expect(seenBy('admin', [deviceId])).toEqual(f.inventory.snapshot())
  })

  it('shows nothing to someone whose only grant is for a machine that is gone', async () => {
    const { deviceId } = await kvm('nas1', '10.0.0.9')
    await kvm('nas2', '10.0.0.10')
    await f.inventory.removeDevice(by, deviceId, 1, true)
    expect(seenBy('operator', [deviceId])).toEqual([])
  })

  it('shows a guest nothing of how things are set up, on one machine or on all', async () => {
    const { deviceId, endpoint } = await kvm('nas1', '10.0.0.9')
    await f.inventory.editDevice(by, deviceId, {
      rev: 1,
      notes: 'password on the door',
      nic: { mac: '02:00:5e:10:00:01', isVirtual: false },
      checks: [{ kind: 'tcp', label: 'NFS', address: '10.0.0.5', port: 2049 }],
    })
    await f.inventory.setLogin(by, deviceId, { user: 'root', password: 'x' })
    for (const machineId of [deviceId, null]) {
      const guest = { level: 'everything' as const, deviceId: machineId, byName: 'Ada' }
      const principal = { userId: 'g', name: 'Mia (guest)', sessionId: 'g', role: 'viewer' as const, guest }
      const seen = visibleInventory(f.inventory, (capability, resource) =>
        can({ ...principal, grants: new Map() }, capability, resource),
      )
      expect(seen.map(({ entity }) => entity)).toContain('endpoint')
      expect(seen).toContainEqual(expect.objectContaining({ id: endpoint.id }))
      expect(JSON.stringify(seen)).toContain('nas1')
      expect(JSON.stringify(seen)).not.toMatch(/10\.0\.0|"admin"|password on|AB:AB|02:00:5e|"hasLogin":true/)
    }
  })
})
