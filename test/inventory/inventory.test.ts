import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Check } from '../../server/contract/inventory.ts'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import { by, fakeDriver, inUnits, machine, makeFixture, pin, type Fixture } from './inventory-fixture.ts'

describe('inventory', () => {
  let f: Fixture
  beforeEach(async () => {
    f = await makeFixture()
  })
  afterEach(() => f.store.close())

  const addKvm = (address: string, name: string) =>
    addPikvm(
      { inventory: f.inventory, vault: f.vault, driver: fakeDriver() },
      by,
      {
        address,
        port: 443,
        fingerprint: pin,
        user: 'admin',
        password: 'secret',
        machine: { name, siteId: f.site.id },
      },
      AbortSignal.timeout(5000),
    )

  it('reads back from the store what it has in memory', async () => {
    const rack = await f.inventory.createRack(by, {
      siteId: f.site.id,
      name: 'Rack A',
      kind: 'units',
      height: 12,
    })
    const check = { kind: 'banner', label: 'SSH', address: '10.0.0.5', port: 22 } as const
    const webCheck: Check = {
      kind: 'https',
      label: 'Admin',
      address: '10.0.0.5',
      port: 443,
      path: '/health',
      status: 200,
      expect: { kind: 'json', field: 'status', value: 'ok' },
    }
    await f.inventory.createDevice(by, {
      ...machine(f.site, 'nas1', inUnits(rack, 2)),
      checks: [check, webCheck],
      isProtected: true,
    })
    await addKvm('10.0.0.9', 'cp1')
    expect((await f.reload()).snapshot()).toEqual(f.inventory.snapshot())
  })

  it('refuses a stale revision with the current state and changes nothing', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    const current = await f.inventory.editDevice(by, device.id, { rev: 1, notes: 'first' })
    await expect(f.inventory.editDevice(by, device.id, { rev: 1, notes: 'second' })).rejects.toMatchObject({
      code: 'inventory/stale',
      details: { current },
    })
    expect(f.inventory.device(device.id)).toEqual(current)
  })

  it('lets exactly one of two simultaneous edits of one revision through', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    const results = await Promise.allSettled(
      ['x', 'y'].map((notes) => f.inventory.editDevice(by, device.id, { rev: 1, notes })),
    )
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('shows a change only after it is durable', async () => {
    const seen: boolean[] = []
    f.inventory.onChange(() => seen.push(f.inventory.devices().length === 1))
    const pending = f.inventory.createDevice(by, machine(f.site, 'nas1'))
    expect(f.inventory.devices()).toEqual([])
    await pending
    expect(seen).toEqual([true])
    expect(await f.store.devices.list()).toHaveLength(1)
  })

  it('shows nothing when the write fails', async () => {
    await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    await f.store.devices.remove(f.inventory.devices()[0]?.id ?? '', [], [])
    const [device] = f.inventory.devices()
    await expect(f.inventory.editDevice(by, device?.id ?? '', { rev: 1, notes: 'lost' })).rejects.toThrow(
      /0 rows/,
    )
    expect(f.inventory.devices()).toEqual([device])
  })

  it('refuses names that are taken, letter case aside', async () => {
    await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    await expect(f.inventory.createDevice(by, machine(f.site, 'NAS1'))).rejects.toMatchObject({
      code: 'inventory/duplicateName',
    })
    await expect(f.inventory.createSite(by, { name: 'home', timeZone: 'UTC' })).rejects.toMatchObject({
      code: 'inventory/duplicateName',
    })
  })

  it('removes a rack only when told to leave its machines without a place', async () => {
    const rack = await f.inventory.createRack(by, {
      siteId: f.site.id,
      name: 'A',
      kind: 'units',
      height: 4,
    })
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1', inUnits(rack, 1)))
    await expect(f.inventory.removeRack(by, rack.id, 1, false)).rejects.toMatchObject({
      code: 'inventory/inUse',
      details: { uses: ['nas1'] },
    })
    await f.inventory.removeRack(by, rack.id, 1, true)
    expect(f.inventory.device(device.id)).toMatchObject({ rev: 2, placement: { kind: 'none' } })
    expect((await f.store.devices.list())[0]?.device).toEqual(f.inventory.device(device.id))
  })

  it('removes a machine with a PiKVM only by cascade, and then both', async () => {
    const { deviceId, endpoint } = await addKvm('10.0.0.9', 'nas1')
    await f.store.pictures.put({
      deviceId,
      endpointId: endpoint.id,
      at: 5,
      jpeg: Uint8Array.of(1),
    })
    await expect(f.inventory.removeDevice(by, deviceId, 1, false)).rejects.toMatchObject({
      code: 'inventory/inUse',
      details: { uses: ['PiKVM 10.0.0.9'] },
    })
    await f.inventory.removeDevice(by, deviceId, 1, true)
    expect(f.inventory.snapshot().map((change) => change.entity)).toEqual(['site'])
    expect((await f.reload()).snapshot()).toEqual(f.inventory.snapshot())
    expect(await f.store.pictures.get(deviceId)).toBeNull()
  })

  it('refuses to remove a machine that another part needs', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    const free = f.inventory.addUseCheck((id) => (id === device.id ? 'nas1 is being rebooted.' : null))
    await expect(f.inventory.removeDevice(by, device.id, 1, true)).rejects.toMatchObject({
      code: 'inventory/inUse',
      message: 'nas1 is being rebooted.',
    })
    free()
    await f.inventory.removeDevice(by, device.id, 1, true)
    expect(f.inventory.devices()).toEqual([])
  })

  it('refuses to remove a site that is not empty', async () => {
    await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    await expect(f.inventory.removeSite(by, f.site.id, 1)).rejects.toMatchObject({
      code: 'inventory/inUse',
    })
  })

  it('learns the usual boot time: the first whole, later a third of the way', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    expect(f.inventory.usualBackMs(device.id)).toBeNull()
    await f.inventory.learnBackMs(device.id, 90_000)
    await f.inventory.learnBackMs(device.id, 120_000)
    expect((await f.reload()).usualBackMs(device.id)).toBe(100_000)
  })

  it('keeps the last proof when a later action proved nothing', async () => {
    const { paths } = await addKvm('10.0.0.9', 'nas1')
    const id = paths[0]?.id ?? ''
    await f.inventory.noteVerdict(id, 'restarted', 1000)
    await f.inventory.noteVerdict(id, 'unknown', null)
    const again = await f.reload()
    expect(again.memory.paths.get(id)).toMatchObject({ provenAt: 1000, lastVerdict: 'unknown' })
    expect(f.inventory.memory.paths.get(id)).toEqual(again.memory.paths.get(id))
  })

  it('audits every edit with who made it', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    await f.inventory.editDevice(by, device.id, { rev: 1, name: 'nas2' })
    await f.inventory.removeDevice(by, device.id, 2, false)
    expect((await f.audit()).map((line) => [line.actor, line.event])).toEqual([
      ['ada', 'site.created'],
      ['ada', 'device.created'],
      ['ada', 'device.edited'],
      ['ada', 'device.removed'],
    ])
  })
})
