import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HistoryEntry } from '../../server/contract/history.ts'
import { History } from '../../server/history/history.ts'
import { keepHistory } from '../../server/history/keep-history.ts'
import { Notebook } from '../../server/history/notebook.ts'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import { EndpointConnections } from '../../server/observe/connections.ts'
import { MachineObserver } from '../../server/observe/observer.ts'
import { PictureBook } from '../../server/observe/pictures.ts'
import { by, machine, makeFixture, pin, type Fixture } from '../inventory/inventory-fixture.ts'
import { fakeKvmDriver, frame, seen, silentLog, type FakeConnection } from '../observe/fake-kvm.ts'
import { elsewhere } from '../observe/fake-lan.ts'
import { wellConnected } from '../observe/fake-self.ts'

const minute = 60_000

/** What a running server has of it, up to the KVM's driver. */
async function watching(f: Fixture, now: () => number) {
  const { driver, opened } = fakeKvmDriver()
  const driverFor = async () => driver
  const notebook = new Notebook({ ...f, log: silentLog, now })
  const before = await notebook.start()
  const connections = new EndpointConnections({ ...f, driverFor, log: silentLog, now })
  const pictures = new PictureBook({ ...f, connections, log: silentLog, now })
  const look = () => expect.fail('there is no check')
  const quiet = {
    self: wellConnected(now),
    lan: elsewhere,
    ping: async () => 'absent' as const,
    random: () => 0,
  }
  const observer = new MachineObserver({ ...f, connections, pictures, look, now, ...quiet })
  const kept = keepHistory({ ...f, notebook, observer, connections, pictures, now }, before)
  connections.start()
  await pictures.start()
  observer.start()
  const history = new History({ ...f, notebook, actions: { history: async () => [] } })
  const close = async (): Promise<void> => {
    await observer.close()
    await pictures.close()
    kept.close()
    await connections.close()
    await notebook.close()
  }
  return { driver, opened, pictures, history, close }
}

describe('the history of a machine with a KVM', () => {
  let f: Fixture
  let clock: number
  let run: Awaited<ReturnType<typeof watching>>
  let kvm: FakeConnection
  let deviceId: string
  let endpointId: string
  let stills: number

  beforeEach(async () => {
    stills = 0
    f = await makeFixture()
    clock = Date.now()
    run = await watching(f, () => clock)
    const { inventory, vault } = f
    const where = { address: '10.0.0.9', port: 443, fingerprint: pin, user: 'admin', password: 'x' }
    const body = { ...where, machine: { name: 'nas1', siteId: f.site.id } }
    const added = await addPikvm(
      { inventory, vault, driver: run.driver },
      by,
      body,
      AbortSignal.timeout(15_000),
    )
    ;[deviceId, endpointId] = [added.deviceId, added.endpoint.id]
    kvm = await vi.waitFor(() => run.opened[0] ?? expect.fail('not open yet'))
    kvm.set({
      reachable: seen(true, clock),
      signal: seen({ present: true, width: 1280, height: 720 }, clock),
      streamerRunning: seen(true, clock),
    })
    kvm.still = async () => frame(5000 + stills++, clock)
    await run.pictures.refresh(deviceId)
  })
  afterEach(async () => {
    await run.close()
    await f.store.close()
  })
  const pageOf = async (id: string): Promise<HistoryEntry[]> => (await run.history.page(id, 50, null)).entries
  const picturesOf = async (id: string) => (await pageOf(id)).filter(({ type }) => type === 'picture')

  it('tells of what is not written yet and what is, each once', async () => {
    const before = await pageOf(deviceId)
    expect(before.map(({ type }) => type).toSorted()).toEqual(['change', 'change', 'picture'])
    clock += 2 * minute
    kvm.set({ reachable: seen(false, clock) })
    await vi.waitFor(
      async () => expect(await f.store.history.changes(deviceId, Infinity, 9)).toHaveLength(3),
      8000,
    )
    const after = await pageOf(deviceId)
    expect(after[0]).toEqual({ at: clock, type: 'change', change: { fact: 'kvm', value: false } })
    expect(after).toHaveLength(4)
  })

  it('stays with the machine when its KVM moves, and begins anew at the other one', async () => {
    const other = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    await f.inventory.moveKvm(by, endpointId, 1, other.id)
    const old = await picturesOf(deviceId)
    expect(old).toHaveLength(1)
    expect(await picturesOf(other.id)).toEqual([])
    clock += 2 * minute
    await run.pictures.refresh(other.id)
    expect(await picturesOf(deviceId)).toEqual(old)
    const [fresh] = await picturesOf(other.id)
    expect(fresh?.at).toBe(clock)
    await run.close()
    run = await watching(f, () => clock)
    expect(await run.history.picture(other.id, old[0]?.at ?? 0)).toBeNull()
    expect(await run.history.picture(deviceId, clock)).toBeNull()
    expect(await run.history.picture(deviceId, old[0]?.at ?? 0)).toHaveLength(5000)
  })

  it('goes on after a restart, and says when nobody watched', async () => {
    const at = clock
    await run.close()
    clock += 10 * minute
    run = await watching(f, () => clock)
    kvm = await vi.waitFor(() => run.opened[0] ?? expect.fail('not open yet'))
    kvm.set({
      reachable: seen(true, clock),
      signal: seen({ present: true, width: 1280, height: 720 }, clock),
    })
    kvm.still = async () => frame(6000, clock)
    const entries = await pageOf(deviceId)
    expect(entries[0]).toEqual({ at: clock, type: 'gap', from: at })
    expect(
      entries
        .map(({ type }) => type)
        .slice(1)
        .toSorted(),
    ).toEqual(['change', 'change', 'picture'])
    await run.pictures.refresh(deviceId)
    expect((await picturesOf(deviceId)).map((entry) => entry.at)).toEqual([clock, at])
  })
})
