import { quirkNames } from 'node-ipmi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bmcAddBody, bmcQuirks, endpointEdit, pikvmAddBody } from '../../server/contract/inventory.ts'
import type { EndpointAccess } from '../../server/drivers/driver.ts'
import { AppError } from '../../server/errors.ts'
import { addBmc } from '../../server/inventory/add-bmc.ts'
import { addPikvm, rereadOffer } from '../../server/inventory/add-pikvm.ts'
import { bmcOffer, by, fakeDriver, machine, makeFixture, pin, type Fixture } from './inventory-fixture.ts'

describe('adding a BMC', () => {
  let f: Fixture
  let asked: EndpointAccess[]
  const driver = fakeDriver({
    read: async (access) => {
      asked.push(access)
      return bmcOffer
    },
  })
  const body = (over: object = {}) =>
    bmcAddBody.parse({
      address: '10.0.0.20',
      user: 'ops',
      password: 'a long random one',
      machine: { name: 'nas1', siteId: f.site.id },
      ...over,
    })
  const add = (over: object = {}) => addBmc({ ...f, driver }, by, body(over), AbortSignal.timeout(1000))

  beforeEach(async () => {
    f = await makeFixture()
    asked = []
  })
  afterEach(() => f.store.close())

  it('makes machine, serial console and power path in one go, and keeps its secrets in the vault', async () => {
    const made = await add({ kg: 'board key', suite: 3, quirks: ['solstatus'] })
    expect(asked[0]).toMatchObject({ port: 623, ipmi: { kg: 'board key', suite: 3, quirks: ['solstatus'] } })
    expect(made.endpoint).toMatchObject({
      kind: 'ipmi',
      model: 'Simulated Rack Server 2U',
      fingerprint: null,
      ipmi: { suite: 3, quirks: ['solstatus'], hasKg: true },
    })
    expect(f.inventory.pathsOf(made.deviceId)).toMatchObject([{ target: 'ipmi', wiring: 'ipmi' }])
    expect(f.inventory.bmcOf(made.deviceId)).toBe(made.endpoint.id)
    expect(f.inventory.consoleOf(made.deviceId)).toBeUndefined()
    expect(JSON.stringify(f.changes)).not.toContain('a long random one')
    expect(JSON.stringify(await f.audit())).not.toContain('board key')
    expect((await f.audit()).at(-1)).toMatchObject({ event: 'endpoint.added', detail: { kind: 'ipmi' } })
    const again = await f.reload()
    expect(again.bmcOf(made.deviceId)).toBe(made.endpoint.id)
    expect(again.endpoint(made.endpoint.id)?.ipmi?.suite).toBe(3)
  })

  it('attaches to a machine that has a PiKVM: two ways to its power, the older one first', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'node1'))
    const kvm = pikvmAddBody.parse({
      address: '10.0.0.9',
      fingerprint: pin,
      user: 'admin',
      password: 'admin',
      machine: { deviceId: device.id },
    })
    await addPikvm({ ...f, driver: fakeDriver() }, by, kvm, AbortSignal.timeout(1000))
    await add({ machine: { deviceId: device.id } })
    expect(f.inventory.pathsOf(device.id).map(({ target }) => target)).toEqual(['atx', 'ipmi'])
    const second = add({ address: '10.0.0.21', machine: { deviceId: device.id } })
    await expect(second).rejects.toMatchObject({ code: 'inventory/inUse', details: { reason: 'hasBmc' } })
  })

  it('stores nothing when the BMC refuses, and says at which step', async () => {
    const refusing = fakeDriver({
      read: () => Promise.reject(new AppError('device/refusedCredentials', 'wrong')),
    })
    const failed = addBmc({ ...f, driver: refusing }, by, body(), AbortSignal.timeout(1000))
    await expect(failed).rejects.toMatchObject({ details: { step: 'signIn' } })
    expect(await f.store.endpoints.list()).toEqual([])
    expect(f.inventory.devices()).toEqual([])
    expect(await f.vault.count()).toBe(0)
  })

  it('can use the password of another BMC', async () => {
    const first = await add()
    const from = first.endpoint.id
    await add({
      address: '10.0.0.21',
      password: undefined,
      credentialsFrom: from,
      machine: { name: 'nas2', siteId: f.site.id },
    })
    expect(asked[1]?.password).toBe('a long random one')
  })

  it('forgets password and key when the address changes, and takes no fields of a PiKVM', async () => {
    const { endpoint } = await add({ kg: 'board key' })
    const { id, rev } = endpoint
    const moved = await f.inventory.editEndpoint(by, id, { rev, address: '10.0.0.99' })
    expect(moved).toMatchObject({ hasPassword: false, ipmi: { hasKg: false } })
    const edit = { rev: moved.rev, password: 'new one', kg: 'k', suite: 17, quirks: [] }
    const restored = await f.inventory.editEndpoint(by, id, edit)
    expect(restored).toMatchObject({ hasPassword: true, ipmi: { suite: 17, hasKg: true } })
    const foreign = f.inventory.editEndpoint(by, id, { rev: restored.rev, fingerprint: pin })
    await expect(foreign).rejects.toMatchObject({ code: 'request/invalid' })
    // Bytes, not characters: each of these has few enough of those.
    const tooLong = [
      { password: 'x'.repeat(21) },
      { password: '鍵'.repeat(7) },
      { user: 'x'.repeat(17) },
      { user: '名'.repeat(6) },
    ]
    for (const edit of tooLong) {
      const refused = f.inventory.editEndpoint(by, id, { rev: restored.rev, ...edit })
      await expect(refused).rejects.toMatchObject({ code: 'request/invalid' })
    }
    await rereadOffer({ ...f, driver }, by, id, AbortSignal.timeout(1000))
    expect(asked.at(-1)?.ipmi).toEqual({ kg: 'k', suite: 17, quirks: [] })
  })

  it('takes a BMC key of 20 bytes as text or hex digits, and no longer one', () => {
    const accepts = (kg: string): boolean => endpointEdit.safeParse({ rev: 1, kg }).success
    const digits = '0123456789abcdefABCD0123456789abcdefABCD'
    expect([`0x${digits}`, 'x'.repeat(20), '鍵'.repeat(6)].map(accepts)).toEqual([true, true, true])
    const wrong = [`0x${digits}0`, `0x${'g'.repeat(40)}`, 'x'.repeat(21), '鍵'.repeat(7), '']
    expect(wrong.map(accepts)).toEqual([false, false, false, false, false])
  })

  it('goes with its machine when that is removed', async () => {
    const { deviceId, endpoint } = await add()
    const rev = f.inventory.device(deviceId)?.rev ?? 0
    const kept = f.inventory.removeDevice(by, deviceId, rev, false)
    await expect(kept).rejects.toMatchObject({ details: { uses: ['BMC 10.0.0.20'] } })
    await f.inventory.removeDevice(by, deviceId, rev, true)
    expect(f.inventory.endpoint(endpoint.id)).toBeUndefined()
    expect(await f.store.powerPaths.list()).toEqual([])
  })

  it('offers the quirks that the library knows', () => {
    expect([...bmcQuirks].sort()).toEqual([...quirkNames].sort())
  })
})
