import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Device } from '../../server/contract/inventory.ts'
import { by, machine, makeFixture, type Fixture } from './inventory-fixture.ts'

describe('what machines depend on', () => {
  let f: Fixture
  beforeEach(async () => {
    f = await makeFixture()
  })
  afterEach(() => f.store.close())

  const make = (name: string, ...on: Device[]): Promise<Device> =>
    f.inventory.createDevice(by, { ...machine(f.site, name), dependsOn: on.map(({ id }) => id) })
  const editOf = ({ id, rev }: Device, ...on: Device[]) =>
    f.inventory.editDevice(by, id, { rev, dependsOn: on.map((other) => other.id) })

  it('is kept, each once', async () => {
    const nas = await make('nas1')
    const node = await make('node1', nas, nas)
    expect(node.dependsOn).toEqual([nas.id])
    expect((await f.reload()).device(node.id)).toEqual(node)
  })

  it('is refused as a circle that names the machines in it, and nothing changes', async () => {
    const gateway = await make('gateway')
    const nas = await make('nas1', await make('ups1'), gateway)
    const node = await make('node1', nas)
    const before = f.inventory.device(gateway.id)
    await expect(editOf(gateway, node)).rejects.toMatchObject({
      code: 'inventory/circle',
      message: 'gateway would depend on itself (gateway → node1 → nas1 → gateway). Take one of these out.',
      details: { name: 'gateway', names: ['gateway', 'node1', 'nas1', 'gateway'] },
    })
    await expect(editOf(gateway, gateway)).rejects.toMatchObject({ code: 'inventory/circle' })
    expect(f.inventory.device(gateway.id)).toEqual(before)
    expect((await f.reload()).device(gateway.id)).toEqual(before)
  })

  it('may meet again further up: that is no circle', async () => {
    const gateway = await make('gateway')
    const [left, right] = [await make('switch1', gateway), await make('switch2', gateway)]
    expect((await make('node1', left, right)).dependsOn).toEqual([left.id, right.id])
  })

  it('is refused for a machine that is not there', async () => {
    await expect(
      f.inventory.createDevice(by, { ...machine(f.site, 'a'), dependsOn: ['nobody'] }),
    ).rejects.toMatchObject({ code: 'request/notFound' })
    expect(f.inventory.devices()).toEqual([])
  })

  it('forgets a machine that is removed, durably and for everybody who looks', async () => {
    const nas = await make('nas1')
    const node = await make('node1', nas)
    f.changes.length = 0
    await f.inventory.removeDevice(by, nas.id, nas.rev, false)
    const freed = { ...node, rev: 2, dependsOn: [] }
    expect(f.changes).toMatchObject([
      { entity: 'device', id: node.id, value: freed },
      { entity: 'device', id: nas.id, value: null },
    ])
    expect((await f.reload()).device(node.id)).toEqual(freed)
  })
})
