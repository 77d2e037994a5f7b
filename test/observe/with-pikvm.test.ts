import { describe, expect, it, vi } from 'vitest'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import { EndpointConnections } from '../../server/observe/connections.ts'
import { makeLooker } from '../../server/observe/looker.ts'
import { MachineObserver } from '../../server/observe/observer.ts'
import { PictureBook } from '../../server/observe/pictures.ts'
import { createNameResolver } from '../../server/names/name-resolver.ts'
import { startNetworkService } from '../../server/sim/machine/network-service.ts'
import { afterThisTest, driver, simulated } from '../drivers/pikvm/rig.ts'
import { by, machine as fields, makeFixture } from '../inventory/inventory-fixture.ts'
import { silentLog } from './fake-kvm.ts'
import { elsewhere } from './fake-lan.ts'
import { wellConnected } from './fake-self.ts'

/** Inventory, connections, pictures and observer with the real driver, in front of one simulated machine. */
async function setUp() {
  const { pikvm, machine } = await simulated()
  const ssh = await startNetworkService({ machine, kind: 'ssh', host: '127.0.0.1' })
  const nfs = await startNetworkService({ machine, kind: 'nfs', host: '127.0.0.1' })
  afterThisTest(() => ssh[Symbol.asyncDispose]())
  afterThisTest(() => nfs[Symbol.asyncDispose]())
  const f = await makeFixture()
  afterThisTest(() => f.store.close())
  const now = Date.now
  const { inventory, vault, store } = f
  const connections = new EndpointConnections({
    inventory,
    vault,
    driverFor: async () => driver,
    log: silentLog,
    now,
  })
  const pictures = new PictureBook({ store, inventory, connections, log: silentLog, now })
  const look = makeLooker(createNameResolver(), 300)
  const observer = new MachineObserver(
    {
      inventory,
      connections,
      pictures,
      lan: elsewhere,
      self: wellConnected(now),
      look,
      ping: async () => 'absent',
      now,
      random: Math.random,
    },
    { everyMs: 100, firstWithinMs: 1, soonMs: 20, refreshMs: 1000 },
  )
  connections.start()
  await pictures.start()
  observer.start()
  afterThisTest(async () => {
    await observer.close()
    await pictures.close()
    await connections.close()
  })
  const device = await inventory.createDevice(by, {
    ...fields(f.site, 'nas1'),
    checks: [
      { kind: 'banner', label: 'SSH', address: '127.0.0.1', port: ssh.port },
      { kind: 'nfs', label: 'NFS', address: '127.0.0.1', port: nfs.port },
    ],
  })
  const { host: address, port } = pikvm
  const { endpoint } = await addPikvm(
    { inventory, vault, driver },
    by,
    {
      address,
      port,
      fingerprint: pikvm.pin,
      user: 'admin',
      password: 'admin',
      machine: { deviceId: device.id },
    },
    AbortSignal.timeout(5000),
  )
  const until = (expected: object) =>
    vi.waitFor(() => expect(observer.state(device.id)).toMatchObject(expected), { timeout: 10_000 })
  return {
    pikvm,
    machine,
    inventory,
    connections,
    pictures,
    deviceId: device.id,
    endpointId: endpoint.id,
    until,
  }
}

describe('a machine behind a PiKVM', () => {
  it('is up, hangs, is switched off, and comes back', async () => {
    const { machine, until } = await setUp()
    await until({ health: 'up', cause: 'answers', kvm: { power: { value: 'on' } } })
    machine.hang()
    await until({ health: 'down', cause: 'silent' })
    machine.setMains(false)
    await until({ health: 'down', cause: 'poweredOff' })
    machine.setMains(true)
    await until({ health: 'up', cause: 'answers' })
  })

  it('is up while its KVM is away, and the KVM is found again', async () => {
    const { pikvm, until } = await setUp()
    await until({ health: 'up', kvm: { reachable: { value: true } } })
    await pikvm.die()
    await until({ health: 'up', kvm: { reachable: { value: false } } })
    await pikvm.revive()
    await until({ kvm: { reachable: { value: true }, problem: null } })
  })

  it('shows a changed certificate beside the approved one and goes on when it is approved', async () => {
    const { pikvm, inventory, endpointId, until } = await setUp()
    await until({ kvm: { reachable: { value: true } } })
    const before = pikvm.pin
    await pikvm.changeCertificate()
    const offered = { fingerprint: before, offeredFingerprint: pikvm.pin }
    await vi.waitFor(() => expect(inventory.endpoint(endpointId)).toMatchObject(offered), { timeout: 10_000 })
    await until({ kvm: { problem: 'pinChanged' } })
    const rev = inventory.endpoint(endpointId)?.rev ?? 0
    await inventory.editEndpoint(by, endpointId, { rev, fingerprint: pikvm.pin })
    await until({ kvm: { reachable: { value: true }, problem: null } })
    expect(inventory.endpoint(endpointId)).toMatchObject({ fingerprint: pikvm.pin, offeredFingerprint: null })
  })

  it('has no picture while nobody watches, and wakes no streamer for one', async () => {
    const { pikvm, connections, pictures, deviceId, endpointId, until } = await setUp()
    await until({ kvm: { reachable: { value: true }, streamerRunning: { value: false } } })
    expect(await pictures.refresh(deviceId)).toBeNull()
    expect(pikvm.webSockets.filter((socket) => socket.stream)).toEqual([])
    const release = connections.of(endpointId)?.video?.subscribe(() => undefined)
    await until({ kvm: { signal: { value: { present: true } } } })
    await vi.waitFor(async () => expect(await pictures.refresh(deviceId)).not.toBeNull(), { timeout: 10_000 })
    release?.()
    const picture = await pictures.newest(deviceId)
    expect([...(picture?.jpeg.subarray(0, 2) ?? [])]).toEqual([0xff, 0xd8])
    await until({ pictureAt: picture?.at })
  })
})
