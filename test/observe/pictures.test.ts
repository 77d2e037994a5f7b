import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JpegFrame } from '../../server/drivers/driver.ts'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import { EndpointConnections } from '../../server/observe/connections.ts'
import { PictureBook, type PictureTimes } from '../../server/observe/pictures.ts'
import { by, machine, makeFixture, pin, type Fixture } from '../inventory/inventory-fixture.ts'
import { fakeKvmDriver, frame, seen, silentLog, type FakeConnection } from './fake-kvm.ts'

describe('small pictures', () => {
  let f: Fixture
  let connections: EndpointConnections
  let kvm: FakeConnection
  let book: PictureBook
  let deviceId: string
  let endpointId: string
  let clock: number

  const open = async (times: Partial<PictureTimes> = {}): Promise<PictureBook> => {
    const made = new PictureBook({ ...f, connections, log: silentLog, now: () => clock }, times)
    await made.start()
    return made
  }

  beforeEach(async () => {
    f = await makeFixture()
    clock = 100_000
    const { driver, opened } = fakeKvmDriver()
    const added = await addPikvm(
      { inventory: f.inventory, vault: f.vault, driver },
      by,
      {
        address: '10.0.0.9',
        port: 443,
        fingerprint: pin,
        user: 'admin',
        password: 'x',
        machine: { name: 'nas1', siteId: f.site.id },
      },
      AbortSignal.timeout(5000),
    )
    deviceId = added.deviceId
    endpointId = added.endpoint.id
    connections = new EndpointConnections({
      ...f,
      driverFor: async () => driver,
      log: silentLog,
      now: () => clock,
    })
    connections.start()
    kvm = await vi.waitFor(() => opened[0] ?? expect.fail('not open yet'))
    kvm.set({
      reachable: seen(true),
      signal: seen({ present: true, width: 1280, height: 720 }),
      streamerRunning: seen(true),
    })
    kvm.still = async () => frame(5000, clock)
    book = await open()
  })
  afterEach(async () => {
    await book.close()
    await connections.close()
    await f.store.close()
  })

  it('has none at first, then the one it fetched, told to listeners', async () => {
    const told: string[] = []
    book.onNew((id) => told.push(id))
    expect(await book.newest(deviceId)).toBeNull()
    expect(book.at(deviceId)).toBeNull()
    expect(await book.refresh(deviceId)).toMatchObject({ at: 100_000 })
    expect(book.at(deviceId)).toBe(100_000)
    expect(told).toEqual([deviceId])
  })

  it('does not fetch a fresh one again, and shares a fetch under way', async () => {
    await Promise.all([book.refresh(deviceId), book.refresh(deviceId)])
    await book.refresh(deviceId)
    expect(kvm.asked).toHaveLength(1)
    clock += 5000
    await book.refresh(deviceId)
    expect(kvm.asked).toHaveLength(2)
  })

  it.each([
    ['without a signal', { signal: seen({ present: false, width: 0, height: 0 }) }],
    ['while the streamer sleeps', { streamerRunning: seen(false) }],
    ['of a KVM that is away', { reachable: seen(false) }],
  ])('asks for nothing %s and keeps the last one', async (_title, change) => {
    await book.refresh(deviceId)
    clock += 60_000
    kvm.set(change)
    expect(await book.refresh(deviceId)).toMatchObject({ at: 100_000 })
    expect(kvm.asked).toHaveLength(1)
  })

  it('asks for smaller ones until it fits, and begins there the next time', async () => {
    kvm.still = async ({ quality }) => frame(quality > 30 ? 9000 : 5500, clock)
    await book.refresh(deviceId)
    expect(kvm.asked.map(({ quality }) => quality)).toEqual([40, 25])
    clock += 5000
    await book.refresh(deviceId)
    expect(kvm.asked.map(({ quality }) => quality)).toEqual([40, 25, 25])
  })

  it('drops placeholders and pictures of absurd size', async () => {
    kvm.still = async () => frame(5000, clock, false)
    expect(await book.refresh(deviceId)).toBeNull()
    kvm.still = async () => frame(100_000, clock)
    expect(await book.refresh(deviceId)).toBeNull()
  })

  it('drops a picture that arrives after the KVM moved, and keeps the old machine’s', async () => {
    await book.refresh(deviceId)
    clock += 10_000
    const { promise, resolve } = Promise.withResolvers<JpegFrame>()
    kvm.still = () => promise
    const fetching = book.refresh(deviceId)
    await vi.waitFor(() => expect(kvm.asked).toHaveLength(2))
    const other = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    await f.inventory.moveKvm(by, endpointId, 1, other.id)
    resolve(frame(4000, clock))
    expect(await fetching).toMatchObject({ at: 100_000 })
    expect(await book.newest(other.id)).toBeNull()
  })

  it('survives a restart, also the newest one that was not written yet', async () => {
    await book.refresh(deviceId)
    clock += 10_000
    await book.refresh(deviceId)
    expect(await f.store.pictures.get(deviceId)).toMatchObject({ at: 100_000 })
    await book.close()
    book = await open()
    expect(book.at(deviceId)).toBe(110_000)
    expect((await book.newest(deviceId))?.jpeg).toHaveLength(5000)
  })

  it('looks at intervals where a streamer runs, and nowhere else', async () => {
    await book.close()
    kvm.set({ streamerRunning: seen(false) })
    book = await open({ everyMs: 5, freshMs: 0 })
    await new Promise((resolve) => setImmediate(resolve))
    expect(kvm.asked).toEqual([])
    kvm.set({ streamerRunning: seen(true) })
    await vi.waitFor(() => expect(book.at(deviceId)).toBe(100_000))
  })

  it('forgets the picture of a removed machine', async () => {
    await book.refresh(deviceId)
    await f.inventory.removeDevice(by, deviceId, 1, true)
    expect(await book.newest(deviceId)).toBeNull()
    await book.close()
    expect(await f.store.pictures.times()).toEqual([])
  })
})
