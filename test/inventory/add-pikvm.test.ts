import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EndpointAccess, EndpointDriver } from '../../server/drivers/driver.ts'
import { AppError } from '../../server/errors.ts'
import { addPikvm, probePikvm, readPikvm, rereadOffer } from '../../server/inventory/add-pikvm.ts'
import {
  by,
  fakeDriver,
  machine,
  makeFixture,
  offer,
  otherPin,
  pin,
  type Fixture,
} from './inventory-fixture.ts'

describe('adding a PiKVM', () => {
  let f: Fixture
  beforeEach(async () => {
    f = await makeFixture()
  })
  afterEach(() => f.store.close())

  type Body = Parameters<typeof addPikvm>[2]
  const body = (over: Partial<Body> = {}): Body => ({
    address: '10.0.0.9',
    port: 443,
    fingerprint: pin,
    user: 'admin',
    password: 'secret',
    machine: { name: 'nas1', siteId: f.site.id },
    ...over,
  })
  const add = (over: Partial<Body> = {}, driver: EndpointDriver = fakeDriver()) =>
    addPikvm({ inventory: f.inventory, vault: f.vault, driver }, by, body(over), AbortSignal.timeout(5000))

  it('makes machine, endpoint, screen and power path in one change', async () => {
    const batches: string[][] = []
    f.inventory.onChange((changes) => batches.push(changes.map((change) => change.entity)))
    const { deviceId, endpoint } = await add({ totpSecret: 'JBSWY3DP' })
    expect(batches).toEqual([['device', 'endpoint', 'console', 'powerPath']])
    expect(f.inventory.device(deviceId)?.name).toBe('nas1')
    expect(f.inventory.consoleOf(deviceId)?.endpointId).toBe(endpoint.id)
    expect(f.inventory.pathsOf(deviceId)).toMatchObject([{ target: 'atx', wiring: 'atx', provenAt: null }])
    expect(endpoint).toMatchObject({ hasPassword: true, hasTotp: true, fingerprint: pin, version: '4.197' })
    expect(JSON.stringify(f.inventory.snapshot())).not.toContain('secret')
    expect(JSON.stringify(await f.audit())).not.toContain('JBSWY3DP')
  })

  it('makes no power path when ATX is disabled', async () => {
    const driver = fakeDriver({ read: async () => ({ ...offer, atxEnabled: false }) })
    const { deviceId } = await add({}, driver)
    expect(f.inventory.pathsOf(deviceId)).toEqual([])
  })

  it('calls the ports of a chain of Switches as these do, in what people see and in the record', async () => {
    const labels = ['1.1', '1.2', '1.3', '1.4', '2.1', '2.2', '2.3', '2.4']
    const ports = labels.map((label, port) => ({ port, label, name: '' }))
    const driver = fakeDriver({ read: async () => ({ ...offer, hasSwitch: true, ports }) })
    const named = [{ port: 5, machine: { name: 'cp6', siteId: f.site.id } }]
    const { endpoint, deviceId, paths } = await add({ machine: undefined, ports: named }, driver)
    expect(endpoint.portLabels).toEqual(labels)
    expect((await f.audit()).at(-1)).toMatchObject({ event: 'endpoint.added', detail: { switchPort: '2.2' } })
    await f.inventory.setPort(by, endpoint.id, 1, 6, deviceId)
    expect((await f.audit()).at(-1)).toMatchObject({
      event: 'endpoint.moved',
      detail: { switchPort: '2.3', direction: 'here' },
    })
    expect(f.inventory.pathsOf(deviceId)).not.toEqual(paths)
    await f.inventory.removePath(by, f.inventory.pathsOf(deviceId)[0]?.id ?? '', 1)
    expect((await f.audit()).at(-1)).toMatchObject({
      event: 'powerPath.removed',
      detail: { target: 'atx', switchPort: '2.3' },
    })
  })

  it('is read before it is added: what it has, over the approved certificate, and nothing is kept', async () => {
    const seen: EndpointAccess[] = []
    const ports = [{ port: 0, label: '1', name: 'nas1' }]
    const driver = fakeDriver({
      read: async (access) => {
        seen.push(access)
        return seen.length === 1 ? { ...offer, hasSwitch: true, ports } : offer
      },
    })
    const { machine: _machine, ...signIn } = body()
    const parts = { inventory: f.inventory, vault: f.vault, driver }
    const read = (over: Partial<Body> = {}) =>
      readPikvm(parts, { ...signIn, ...over }, AbortSignal.timeout(5000))
    expect(await read()).toEqual({ model: 'PiKVM V4', version: '4.197', ports })
    expect(await read()).toEqual({ model: 'PiKVM V4', version: '4.197', ports: [] })
    expect(seen[0]).toMatchObject({ pin, user: 'admin', password: 'secret' })
    expect([f.inventory.endpoints(), f.inventory.devices(), await f.vault.count()]).toEqual([[], [], 0])
    await expect(read({ fingerprint: 'AA' })).rejects.toMatchObject({ code: 'request/invalid' })
    await add({}, driver)
    await expect(read()).rejects.toMatchObject({ code: 'inventory/inUse' })
    expect(seen).toHaveLength(3)
  })

  it('attaches to a machine that is already there', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    expect((await add({ machine: { deviceId: device.id } })).deviceId).toBe(device.id)
    expect(f.inventory.devices()).toHaveLength(1)
  })

  it.each([
    ['device/unreachable', 'reach'],
    ['device/pinChanged', 'certificate'],
    ['device/refusedCredentials', 'signIn'],
    ['device/protocol', 'readOffer'],
  ] as const)('stores nothing after %s and names the step %s', async (code, step) => {
    const driver = fakeDriver({
      read: async () => {
        throw new AppError(code, 'no')
      },
    })
    await expect(add({}, driver)).rejects.toMatchObject({ code, details: { step } })
    expect(f.inventory.endpoints()).toEqual([])
    expect(f.inventory.devices()).toEqual([])
    expect(await f.store.endpoints.list()).toEqual([])
    expect(await f.vault.count()).toBe(0)
  })

  it('leaves no secret behind when the write fails', async () => {
    // A row that memory knows nothing of takes the address first.
    const { endpoint } = await add()
    const stored = f.inventory.storedEndpoint(endpoint.id)
    f.inventory.memory.dropEndpoint(stored ?? expect.fail('stored'))
    f.inventory.memory.devices.clear()
    await f.store.together([f.vault.wiping('endpoints', endpoint.id)])
    await expect(add({ machine: { name: 'other', siteId: f.site.id } })).rejects.toThrow(/UNIQUE/)
    expect(await f.vault.count()).toBe(0)
    expect(await f.store.devices.list()).toHaveLength(1)
  })

  it('sends the approved pin with the credentials, and the stored ones of another PiKVM on request', async () => {
    const seen: EndpointAccess[] = []
    const driver = fakeDriver({
      read: async (access) => {
        seen.push(access)
        return offer
      },
    })
    const first = await add({ totpSecret: 'JBSWY3DP' }, driver)
    const { password: _password, ...withoutPassword } = body({
      address: '10.0.0.10',
      fingerprint: otherPin.toLowerCase(),
      credentialsFrom: first.endpoint.id,
      machine: { name: 'cp1', siteId: f.site.id },
    })
    const parts = { inventory: f.inventory, vault: f.vault, driver }
    await addPikvm(parts, by, withoutPassword, AbortSignal.timeout(5000))
    expect(seen).toMatchObject([
      { address: '10.0.0.9', pin, password: 'secret', totpSecret: 'JBSWY3DP' },
      { address: '10.0.0.10', pin: otherPin, password: 'secret', totpSecret: 'JBSWY3DP' },
    ])
  })

  it('does not connect when the address or the machine is taken, or the fingerprint is none', async () => {
    await add()
    const driver = fakeDriver({
      read: async () => expect.fail('connected'),
    })
    await expect(add({ machine: { name: 'x', siteId: f.site.id } }, driver)).rejects.toMatchObject({
      code: 'inventory/inUse',
    })
    const [device] = f.inventory.devices()
    await expect(
      add({ address: '10.0.0.10', machine: { deviceId: device?.id ?? '' } }, driver),
    ).rejects.toMatchObject({ code: 'inventory/inUse', details: { reason: 'hasKvm' } })
    await expect(add({ address: '10.0.0.10', fingerprint: 'AA:BB' }, driver)).rejects.toMatchObject({
      code: 'request/invalid',
    })
    f.vault.isLocked = true
    await expect(
      add({ address: '10.0.0.10', machine: { name: 'y', siteId: f.site.id } }, driver),
    ).rejects.toMatchObject({ code: 'device/locked' })
  })

  it('tells with the certificate that an address is already here', async () => {
    const parts = { inventory: f.inventory, driver: fakeDriver() }
    const probe = () => probePikvm(parts, { address: '10.0.0.9', port: 443 }, AbortSignal.timeout(5000))
    expect(await probe()).toMatchObject({ fingerprint: pin, knownEndpointId: null })
    const { endpoint } = await add()
    expect((await probe()).knownEndpointId).toBe(endpoint.id)
  })

  it('asks again what the PiKVM has and keeps the answer', async () => {
    const { endpoint } = await add()
    const driver = fakeDriver({ read: async () => ({ ...offer, version: '4.200' }) })
    const parts = { inventory: f.inventory, vault: f.vault, driver }
    await rereadOffer(parts, by, endpoint.id, AbortSignal.timeout(5000))
    expect(f.inventory.endpoint(endpoint.id)?.version).toBe('4.200')
    expect((await f.reload()).endpoint(endpoint.id)?.version).toBe('4.200')
  })
})
