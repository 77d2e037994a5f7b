import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import { EndpointConnections } from '../../server/observe/connections.ts'
import { by, machine, makeFixture, otherPin, pin, type Fixture } from '../inventory/inventory-fixture.ts'
import { fakeKvmDriver, seen, silentLog } from './fake-kvm.ts'

describe('connections', () => {
  let f: Fixture
  let kvm: ReturnType<typeof fakeKvmDriver>
  let connections: EndpointConnections
  beforeEach(async () => {
    f = await makeFixture()
    kvm = fakeKvmDriver()
    const driverFor = async () => kvm.driver
    connections = new EndpointConnections({ ...f, driverFor, log: silentLog, now: Date.now })
  })
  afterEach(async () => {
    await connections.close()
    await f.store.close()
  })

  const add = async () =>
    (
      await addPikvm(
        { inventory: f.inventory, vault: f.vault, driver: kvm.driver },
        by,
        {
          address: '10.0.0.9',
          port: 443,
          fingerprint: pin,
          user: 'admin',
          password: 'secret',
          machine: { name: 'nas1', siteId: f.site.id },
        },
        AbortSignal.timeout(5000),
      )
    ).endpoint.id
  const openedCount = (count: number) => vi.waitFor(() => expect(kvm.opened).toHaveLength(count))

  it('opens what is there at the start and what is added later, with secret and pin', async () => {
    const id = await add()
    connections.start()
    await openedCount(1)
    expect(kvm.opened[0]?.access).toMatchObject({ endpointId: id, pin, password: 'secret', totpSecret: null })
    expect(connections.of(id)).not.toBeNull()
  })

  it('closes before it opens again after an edit, and says that it was replaced', async () => {
    connections.start()
    const replaced: (boolean | null)[] = []
    const id = await add()
    await openedCount(1)
    connections.onReplaced((endpointId) => replaced.push(connections.of(endpointId) !== null))
    await f.inventory.editEndpoint(by, id, { rev: 1, password: 'new' })
    await openedCount(2)
    expect(kvm.opened[0]?.isClosed).toBe(true)
    expect(kvm.opened[1]?.access.password).toBe('new')
    await vi.waitFor(() => expect(replaced).toEqual([false, true]))
  })

  it('does not open again when only the machine changes', async () => {
    connections.start()
    const id = await add()
    await openedCount(1)
    const target = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    await f.inventory.moveKvm(by, id, 1, target.id)
    expect(kvm.opened[0]?.isClosed).toBe(false)
    expect(kvm.opened).toHaveLength(1)
  })

  it('sends nothing to a changed address until secret and certificate are given', async () => {
    connections.start()
    const id = await add()
    await openedCount(1)
    await f.inventory.editEndpoint(by, id, { rev: 1, address: '10.0.0.10' })
    await vi.waitFor(() => expect(connections.stateOf(id)?.problem).toBe('notApproved'))
    expect(connections.of(id)).toBeNull()
    await f.store.together([f.vault.wiping('endpoints', id)])
    await f.inventory.editEndpoint(by, id, { rev: 2, fingerprint: otherPin })
    await vi.waitFor(() => expect(connections.stateOf(id)?.problem).toBe('refusedCredentials'))
    expect(kvm.opened).toHaveLength(1)
    await f.inventory.editEndpoint(by, id, { rev: 3, password: 'next' })
    await openedCount(2)
    expect(kvm.opened[1]?.access).toMatchObject({ address: '10.0.0.10', pin: otherPin, password: 'next' })
  })

  it('stays closed while secrets are locked and says so', async () => {
    const id = await add()
    f.vault.isLocked = true
    connections.start()
    await vi.waitFor(() => expect(connections.stateOf(id)?.problem).toBe('locked'))
    expect(kvm.opened).toEqual([])
  })

  it('does not wait for a device that will not close', async () => {
    connections.start()
    const id = await add()
    await openedCount(1)
    const hanging = kvm.opened[0] ?? expect.fail('opened')
    hanging.closes = () => new Promise(() => undefined)
    await f.inventory.editEndpoint(by, id, { rev: 1, user: 'ops' })
    await vi.waitFor(() => expect(kvm.opened).toHaveLength(2), { timeout: 8000 })
    kvm.opened[1]?.hooks.onGoodAddress('10.0.0.9')
    hanging.hooks.onGoodAddress('10.9.9.9')
    hanging.hooks.onPinMismatch(otherPin)
    // Edits happen in turn: when this one is done, whatever those noticed has been dealt with.
    await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    expect(f.inventory.storedEndpoint(id)).toMatchObject({ lastGoodAddress: '10.0.0.9', offeredPin: null })
  })

  it('remembers whether the power LED is wired, until the KVM is at another machine', async () => {
    connections.start()
    const id = await add()
    await openedCount(1)
    expect(kvm.opened[0]?.access.ledWirings).toEqual([])
    kvm.opened[0]?.set({ ledWiring: 'wired' })
    await vi.waitFor(() => expect(f.inventory.ledWirings(id)).toEqual([{ port: null, ledWiring: 'wired' }]))
    await f.inventory.editEndpoint(by, id, { rev: 1, user: 'ops' })
    await openedCount(2)
    expect(kvm.opened[1]?.access.ledWirings).toEqual([{ port: null, ledWiring: 'wired' }])
    expect((await f.store.consoles.list())[0]?.ledWiring).toBe('wired')
    const target = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    await f.inventory.moveKvm(by, id, 2, target.id)
    expect(f.inventory.ledWirings(id)).toEqual([])
    expect((await f.store.consoles.list())[0]?.ledWiring).toBeNull()
  })

  it('keeps another certificate beside the pin until the right one is back', async () => {
    connections.start()
    const id = await add()
    await openedCount(1)
    kvm.opened[0]?.hooks.onPinMismatch(otherPin)
    await vi.waitFor(() => expect(f.inventory.endpoint(id)?.offeredFingerprint).toBe(otherPin))
    kvm.opened[0]?.set({ reachable: seen(true) })
    await vi.waitFor(() => expect(f.inventory.endpoint(id)?.offeredFingerprint).toBeNull())
    expect(kvm.opened).toHaveLength(1)
  })

  it('closes when the endpoint is removed and forgets it', async () => {
    connections.start()
    const id = await add()
    await openedCount(1)
    await f.inventory.removeEndpoint(by, id, 1, false)
    await vi.waitFor(() => expect(kvm.opened[0]?.isClosed).toBe(true))
    expect(connections.stateOf(id)).toBeNull()
  })

  it('tells states with their endpoint', async () => {
    connections.start()
    const id = await add()
    await openedCount(1)
    const told: unknown[] = []
    connections.onState((endpointId, state) => told.push([endpointId, state.reachable.value]))
    kvm.opened[0]?.set({ reachable: seen(false), problem: 'unreachable' })
    expect(told).toEqual([[id, false]])
  })
})
