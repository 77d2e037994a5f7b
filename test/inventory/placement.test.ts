import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Rack } from '../../server/contract/inventory.ts'
import { by, inUnits, machine, makeFixture, type Fixture } from './inventory-fixture.ts'

describe('placement', () => {
  let f: Fixture
  let rack: Rack
  let shelves: Rack
  beforeEach(async () => {
    f = await makeFixture()
    const { id: siteId } = f.site
    rack = await f.inventory.createRack(by, { siteId, name: 'Rack A', kind: 'units', height: 12 })
    shelves = await f.inventory.createRack(by, { siteId, name: 'Shelves', kind: 'shelves', height: 3 })
  })
  afterEach(() => f.store.close())

  it('refuses overlapping units with a sentence that names the other machine and its units', async () => {
    await f.inventory.createDevice(by, machine(f.site, 'nas1', inUnits(rack, 3, 2)))
    await expect(
      f.inventory.createDevice(by, machine(f.site, 'cp1', inUnits(rack, 4, 2))),
    ).rejects.toMatchObject({
      code: 'inventory/collision',
      message: 'U4–U5 of Rack A is not free: nas1 is in U3–U4.',
      details: { name: 'nas1', from: 3, to: 4 },
    })
    expect(f.inventory.devices().map((device) => device.name)).toEqual(['nas1'])
  })

  it('accepts machines that touch, the lowest and the highest unit', async () => {
    await f.inventory.createDevice(by, machine(f.site, 'a', inUnits(rack, 1, 2)))
    await f.inventory.createDevice(by, machine(f.site, 'b', inUnits(rack, 3)))
    await f.inventory.createDevice(by, machine(f.site, 'c', inUnits(rack, 12)))
    expect(f.inventory.devices()).toHaveLength(3)
  })

  it('refuses units above the rack', async () => {
    await expect(
      f.inventory.createDevice(by, machine(f.site, 'a', inUnits(rack, 12, 2))),
    ).rejects.toMatchObject({ code: 'inventory/outOfRack', details: { height: 12 } })
  })

  it('refuses a second machine in one place of a shelf, and a shelf that is not there', async () => {
    const place = { kind: 'shelf', rackId: shelves.id, shelf: 2, slot: 3 } as const
    await f.inventory.createDevice(by, machine(f.site, 'nas1', place))
    await expect(f.inventory.createDevice(by, machine(f.site, 'b', place))).rejects.toMatchObject({
      code: 'inventory/collision',
      message: 'Place 3 on shelf 2 of Shelves is not free: nas1 stands there.',
    })
    await expect(
      f.inventory.createDevice(by, machine(f.site, 'b', { ...place, shelf: 4 })),
    ).rejects.toMatchObject({ code: 'inventory/outOfRack' })
  })

  it('refuses units in a rack of shelves and a rack of another site', async () => {
    await expect(
      f.inventory.createDevice(by, machine(f.site, 'a', inUnits(shelves, 1))),
    ).rejects.toMatchObject({ code: 'request/invalid' })
    const other = await f.inventory.createSite(by, { name: 'Office', timeZone: 'UTC' })
    await expect(f.inventory.createDevice(by, machine(other, 'a', inUnits(rack, 1)))).rejects.toMatchObject({
      code: 'request/invalid',
    })
  })

  it('lets a machine move within its own units', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'a', inUnits(rack, 3, 2)))
    const moved = await f.inventory.editDevice(by, device.id, { rev: 1, placement: inUnits(rack, 4, 2) })
    expect(moved.placement).toEqual(inUnits(rack, 4, 2))
  })

  it('does not shrink a rack under its top machine, but down to it', async () => {
    await f.inventory.createDevice(by, machine(f.site, 'nas1', inUnits(rack, 7, 2)))
    await expect(f.inventory.editRack(by, rack.id, { rev: 1, height: 7 })).rejects.toMatchObject({
      code: 'inventory/outOfRack',
      message: 'Rack A cannot shrink to 7: nas1 is on U8. Move it first.',
    })
    expect((await f.inventory.editRack(by, rack.id, { rev: 1, height: 8 })).height).toBe(8)
  })

  it('lets only one of two simultaneous placements have the unit', async () => {
    const results = await Promise.allSettled([
      f.inventory.createDevice(by, machine(f.site, 'a', inUnits(rack, 5))),
      f.inventory.createDevice(by, machine(f.site, 'b', inUnits(rack, 5))),
    ])
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected'])
    expect(f.inventory.devices()).toHaveLength(1)
  })
})
