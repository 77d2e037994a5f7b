import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../server/contract/inventory.ts'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import { by, fakeDriver, machine, makeFixture, otherPin, pin, type Fixture } from './inventory-fixture.ts'

describe('editing a PiKVM', () => {
  let f: Fixture
  let endpoint: Endpoint
  let deviceId: string
  beforeEach(async () => {
    f = await makeFixture()
    const added = await addPikvm(
      { inventory: f.inventory, vault: f.vault, driver: fakeDriver() },
      by,
      {
        address: '10.0.0.9',
        port: 443,
        fingerprint: pin,
        user: 'admin',
        password: 'secret',
        totpSecret: 'JBSWY3DP',
        machine: { name: 'nas1', siteId: f.site.id },
      },
      AbortSignal.timeout(5000),
    )
    endpoint = added.endpoint
    deviceId = added.deviceId
  })
  afterEach(() => f.store.close())

  it('forgets password, TOTP secret and pin when the address changes', async () => {
    const edited = await f.inventory.editEndpoint(by, endpoint.id, { rev: 1, address: '10.0.0.10' })
    expect(edited).toMatchObject({ hasPassword: false, hasTotp: false, fingerprint: null })
    const [stored] = await f.store.endpoints.list()
    expect(stored).toMatchObject({ address: '10.0.0.10', pin: null, hasPassword: false, hasTotp: false })
    expect((await f.audit()).at(-1)).toMatchObject({
      event: 'endpoint.edited',
      detail: { wiped: ['password', 'totpSecret'] },
    })
  })

  it('forgets them for another port too, and keeps what the same edit brings', async () => {
    const edited = await f.inventory.editEndpoint(by, endpoint.id, {
      rev: 1,
      port: 8443,
      password: 'new',
      fingerprint: otherPin,
    })
    expect(edited).toMatchObject({ hasPassword: true, hasTotp: false, fingerprint: otherPin })
    expect(await f.vault.open('endpoints', endpoint.id, 'password')).toBe('new')
  })

  it('keeps secrets and pin when the address stays', async () => {
    const edited = await f.inventory.editEndpoint(by, endpoint.id, {
      rev: 1,
      address: '10.0.0.9',
      user: 'ops',
    })
    expect(edited).toMatchObject({ hasPassword: true, hasTotp: true, fingerprint: pin, user: 'ops' })
  })

  it('shows an offered certificate beside the pin until it is approved', async () => {
    await f.inventory.noteNoticed(endpoint.id, { offeredPin: otherPin })
    expect(f.inventory.endpoint(endpoint.id)).toMatchObject({
      rev: 1,
      fingerprint: pin,
      offeredFingerprint: otherPin,
    })
    expect((await f.audit()).at(-1)).toMatchObject({ actor: '', event: 'endpoint.certificateChanged' })
    await f.inventory.editEndpoint(by, endpoint.id, { rev: 1, fingerprint: otherPin })
    expect((await f.reload()).endpoint(endpoint.id)).toMatchObject({
      fingerprint: otherPin,
      offeredFingerprint: null,
    })
  })

  it('moves to another machine with console and paths, forgetting proofs but no picture', async () => {
    const target = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    const [path] = f.inventory.pathsOf(deviceId)
    await f.inventory.noteVerdict(path?.id ?? '', 'restarted', 1000)
    await f.store.pictures.put({ deviceId, endpointId: endpoint.id, at: 5, jpeg: Uint8Array.of(1) })
    await f.inventory.moveKvm(by, endpoint.id, 1, target.id)
    expect(f.inventory.consoleOf(deviceId)).toBeUndefined()
    expect(f.inventory.consoleOf(target.id)?.endpointId).toBe(endpoint.id)
    expect(f.inventory.pathsOf(deviceId)).toEqual([])
    expect(f.inventory.pathsOf(target.id)).toEqual([
      { ...path, rev: 2, deviceId: target.id, provenAt: null, lastVerdict: null },
    ])
    expect(await f.store.pictures.get(deviceId)).toMatchObject({ at: 5 })
    expect(await f.store.pictures.get(target.id)).toBeNull()
    const again = await f.reload()
    expect(again.pathsOf(target.id)).toEqual(f.inventory.pathsOf(target.id))
    expect(again.consoleOf(target.id)).toEqual(f.inventory.consoleOf(target.id))
  })

  it('leaves a line in the record of each machine, and neither names the other', async () => {
    const target = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    await f.inventory.moveKvm(by, endpoint.id, 1, target.id)
    const detail = { endpointId: endpoint.id, kind: 'pikvm' }
    expect((await f.audit()).slice(-2)).toMatchObject([
      { event: 'endpoint.moved', deviceId, detail: { ...detail, direction: 'away' } },
      { event: 'endpoint.moved', deviceId: target.id, detail: { ...detail, direction: 'here' } },
    ])
    expect(JSON.stringify((await f.audit()).at(-1))).not.toContain('nas1')
  })

  it('leaves GPIO paths that lead to third machines where they are', async () => {
    const third = await f.inventory.createDevice(by, machine(f.site, 'switch1'))
    const target = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    const path = await f.inventory.addGpioPath(by, third.id, {
      endpointId: endpoint.id,
      channel: 'relay',
      wiring: 'supply',
    })
    await f.inventory.moveKvm(by, endpoint.id, 1, target.id)
    expect(f.inventory.pathsOf(third.id)).toEqual([path])
    await expect(f.inventory.removeEndpoint(by, endpoint.id, 2, false)).rejects.toMatchObject({
      code: 'inventory/inUse',
      details: { uses: ['gpio:relay (switch1)'] },
    })
    await f.inventory.removeEndpoint(by, endpoint.id, 2, true)
    expect((await f.reload()).snapshot()).toEqual(f.inventory.snapshot())
    expect(f.inventory.pathsOf(third.id)).toEqual([])
  })

  it('does not move onto a machine with a KVM, nor with a stale revision', async () => {
    const target = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    await expect(f.inventory.moveKvm(by, endpoint.id, 7, target.id)).rejects.toMatchObject({
      code: 'inventory/stale',
      details: { current: { id: endpoint.id } },
    })
    await f.inventory.moveKvm(by, endpoint.id, 1, target.id)
    const second = await addPikvm(
      { inventory: f.inventory, vault: f.vault, driver: fakeDriver() },
      by,
      { address: '10.0.0.8', port: 443, fingerprint: pin, user: 'a', password: 'b', machine: { deviceId } },
      AbortSignal.timeout(5000),
    )
    await expect(f.inventory.moveKvm(by, second.endpoint.id, 1, target.id)).rejects.toMatchObject({
      code: 'inventory/inUse',
    })
  })

  it('takes only GPIO channels that exist, can do it and are free', async () => {
    const add = (channel: string, wiring: 'supply' | 'powerButton') =>
      f.inventory.addGpioPath(by, deviceId, { endpointId: endpoint.id, channel, wiring })
    await expect(add('nothing', 'supply')).rejects.toMatchObject({ code: 'device/unsupported' })
    await expect(add('led', 'powerButton')).rejects.toMatchObject({ code: 'device/unsupported' })
    const path = await add('relay', 'powerButton')
    expect(path.priority).toBe(1)
    await expect(add('relay', 'supply')).rejects.toMatchObject({ code: 'inventory/inUse' })
  })

  it('orders paths and refuses an order that is not of exactly the machine’s paths', async () => {
    const relay = await f.inventory.addGpioPath(by, deviceId, {
      endpointId: endpoint.id,
      channel: 'relay',
      wiring: 'resetButton',
    })
    const seen = f.inventory.pathsOf(deviceId)
    const [atx] = seen
    await expect(f.inventory.orderPaths(by, deviceId, [relay])).rejects.toMatchObject({
      code: 'inventory/stale',
    })
    await f.inventory.orderPaths(by, deviceId, seen.toReversed())
    expect((await f.reload()).pathsOf(deviceId).map((path) => path.id)).toEqual([relay.id, atx?.id])
    await f.inventory.removePath(by, relay.id, 2)
    expect(f.inventory.pathsOf(deviceId)).toHaveLength(1)
  })

  it('lets nobody order or remove paths that another person changed meanwhile, and shows them', async () => {
    const body = { endpointId: endpoint.id, channel: 'relay', wiring: 'resetButton' as const }
    const relay = await f.inventory.addGpioPath(by, deviceId, body)
    const seen = f.inventory.pathsOf(deviceId)
    const ordered = await f.inventory.orderPaths(by, deviceId, seen.toReversed())
    const stale = { code: 'inventory/stale' }
    await expect(f.inventory.orderPaths(by, deviceId, seen)).rejects.toMatchObject({
      ...stale,
      details: { current: ordered },
    })
    await expect(f.inventory.removePath(by, relay.id, relay.rev)).rejects.toMatchObject({
      ...stale,
      details: { current: { id: relay.id, rev: 2 } },
    })
    expect(f.inventory.pathsOf(deviceId)).toEqual(ordered)
  })

  it('changes what a channel is wired to, forgets what was proven, and keeps what another one saved', async () => {
    const body = { endpointId: endpoint.id, channel: 'relay', wiring: 'supply' as const }
    const { id } = await f.inventory.addGpioPath(by, deviceId, body)
    await f.inventory.noteVerdict(id, 'restarted', 5_000)
    const rewire = (rev: number, wiring: 'powerButton' | 'resetButton') =>
      f.inventory.rewirePath(by, id, { rev, wiring })
    const next = { id, rev: 2, wiring: 'resetButton', provenAt: null, lastVerdict: null }
    expect(await rewire(1, 'resetButton')).toMatchObject(next)
    expect((await f.reload()).pathsOf(deviceId)).toContainEqual(expect.objectContaining(next))
    await expect(rewire(1, 'powerButton')).rejects.toMatchObject({ code: 'inventory/stale' })
    const [atx] = f.inventory.pathsOf(deviceId)
    await expect(
      f.inventory.rewirePath(by, atx?.id ?? '', { rev: atx?.rev ?? 0, wiring: 'supply' }),
    ).rejects.toMatchObject({ code: 'device/unsupported' })
    expect((await f.audit()).at(-1)).toMatchObject({
      event: 'powerPath.rewired',
      detail: { wiring: ['supply', 'resetButton'] },
    })
  })
})
