import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HealthCause, HealthState } from '../../server/contract/state.ts'
import { surplusPictures, type StoredChange } from '../../server/store/tables/history.ts'
import { emptyBatch } from '../history/states.ts'
import { by, machine, makeFixture, type Fixture } from '../inventory/inventory-fixture.ts'

describe('stored history', () => {
  let f: Fixture
  let deviceId: string
  beforeEach(async () => {
    f = await makeFixture()
    deviceId = (await f.inventory.createDevice(by, machine(f.site, 'nas1'))).id
  })
  afterEach(() => f.store.close())

  const change = (at: number, of = deviceId): StoredChange => ({
    id: `${of} ${at}`,
    siteId: f.site.id,
    deviceId: of,
    at,
    factKey: 'power',
    change: { fact: 'power', value: at % 2 === 0 ? 'on' : 'off' },
  })
  const picture = (at: number, why: 'time' | 'state' = 'time', of = deviceId) => ({
    deviceId: of,
    endpointId: 'kvm1',
    at,
    until: at,
    why,
    jpeg: Uint8Array.of(at),
  })
  const times = async (): Promise<number[]> =>
    (await f.store.history.changes(deviceId, Infinity, 10_000)).map(({ at }) => at)

  it('gives one machine’s changes, newest first, from before a time', async () => {
    const other = await f.inventory.createDevice(by, machine(f.site, 'cp1'))
    await f.store.history.write({ ...emptyBatch, changes: [change(1), change(2, other.id), change(3)] })
    expect(await times()).toEqual([3, 1])
    expect(await f.store.history.changes(deviceId, 3, 10)).toEqual([change(1)])
  })

  it('knows the newest value of each fact after a restart, also of one that was removed for its age', async () => {
    await f.store.history.write({ ...emptyBatch, changes: [change(1), change(2)] })
    expect(await f.store.history.prune(100, 500)).toBe(2)
    expect(await times()).toEqual([])
    const { facts } = await f.store.history.start()
    expect(facts).toEqual([{ deviceId, factKey: 'power', change: { fact: 'power', value: 'on' } }])
  })

  describe('the health that was known last', () => {
    const line = (
      at: number,
      value: HealthState,
      more: { cause?: HealthCause; otherUntil?: number | null } = {},
    ) => {
      const cause = value === 'unknown' ? 'selfCutOff' : 'noNetwork'
      return { ...change(at), factKey: 'health', change: { fact: 'health', value, cause, ...more } as const }
    }
    const told = async (...changes: StoredChange[]) => {
      await f.store.history.write({ ...emptyBatch, changes, span: { startedAt: 1, lastAt: 90 } })
      return (await f.store.history.start()).health
    }

    it('counts from its first line, also over other causes and times in which nobody could look', async () => {
      const lines = [line(1, 'up'), line(10, 'down'), line(20, 'unknown'), line(30, 'down'), line(40, 'down')]
      expect(await told(...lines)).toEqual([{ deviceId, health: 'down', since: 10, until: 90 }])
    })

    it('is that of before the time in which nobody could look, until that began', async () => {
      const lines = [line(1, 'down'), line(10, 'up'), line(20, 'unknown')]
      expect(await told(...lines)).toEqual([{ deviceId, health: 'up', since: 10, until: 20 }])
    })

    it('may have begun before its first line where nobody saw it begin, or that line was the oldest', async () => {
      expect(await told(line(10, 'down'))).toEqual([
        { deviceId, health: 'down', since: 10, otherUntil: null, until: 90 },
      ])
      expect(await told(line(20, 'up'), line(30, 'down', { otherUntil: 25 }))).toEqual([
        { deviceId, health: 'down', since: 30, otherUntil: 25, until: 90 },
      ])
    })

    it('is unknown too where everybody answers and nobody can say', async () => {
      const lines = [line(1, 'up'), line(10, 'unknown', { cause: 'nothingToAsk' }), line(20, 'unknown')]
      expect(await told(...lines)).toEqual([{ deviceId, health: 'unknown', since: 10, until: 20 }])
    })
  })

  it('removes old changes and spans only, at most as many as asked for', async () => {
    const span = { startedAt: 5, lastAt: 15 }
    await f.store.history.write({ ...emptyBatch, changes: [1, 2, 3, 20].map((at) => change(at)) })
    await f.store.history.write({ ...emptyBatch, span })
    expect(await f.store.history.prune(10, 2)).toBe(2)
    expect(await f.store.history.prune(10, 2)).toBe(1)
    expect(await times()).toEqual([20])
    expect(await f.store.history.spans()).toEqual([span])
  })

  it('keeps the newest 5,000 changes of a machine that flaps', async () => {
    const changes = Array.from({ length: 5010 }, (_, at) => change(at))
    await f.store.history.write({ ...emptyBatch, changes })
    const left = await times()
    expect(left).toHaveLength(5000)
    expect(left.at(-1)).toBe(10)
  })

  it('keeps the last twelve pictures of a machine, and how long each stayed', async () => {
    await f.store.history.write({ ...emptyBatch, pictures: [1, 2, 3].map((at) => picture(at)) })
    const looks = [{ deviceId, at: 3, until: 9 }]
    await f.store.history.write({
      ...emptyBatch,
      looks,
      pictures: [10, 11].map((at) => picture(at, 'state')),
    })
    const later = Array.from({ length: 9 }, (_, index) => picture(20 + index))
    await f.store.history.write({ ...emptyBatch, pictures: later })
    const kept = await f.store.history.pictures(deviceId)
    expect(kept.map(({ at }) => at)).toEqual([3, 10, 11, 20, 21, 22, 23, 24, 25, 26, 27, 28])
    expect(kept[0]).toEqual({ at: 3, until: 9, why: 'time' })
    expect(await f.store.history.picture(deviceId, 11)).toEqual(Uint8Array.of(11))
    expect(await f.store.history.picture(deviceId, 1)).toBeNull()
  })

  it('forgets a machine that is removed, and takes nothing in for one that is gone', async () => {
    const batch = { ...emptyBatch, changes: [change(1)], pictures: [picture(1)] }
    await f.store.history.write(batch)
    await f.inventory.removeDevice(by, deviceId, 1, true)
    await f.store.history.write({ ...batch, changes: [change(2)], pictures: [picture(2)] })
    expect(await times()).toEqual([])
    expect(await f.store.history.pictures(deviceId)).toEqual([])
    expect(await f.store.history.start()).toEqual({ facts: [], pictures: [], names: [], health: [] })
  })

  it('remembers the newest addresses of a name', async () => {
    const name = { name: 'nas.lan', addresses: ['10.0.0.5'], at: 1 }
    await f.store.history.write({ ...emptyBatch, names: [name] })
    await f.store.history.write({
      ...emptyBatch,
      names: [{ ...name, addresses: ['10.0.0.6', '10.0.0.7'], at: 2 }],
    })
    expect((await f.store.history.start()).names).toEqual([
      { name: 'nas.lan', addresses: ['10.0.0.6', '10.0.0.7'], at: 2 },
    ])
  })
})

describe('the places for a dozen pictures', () => {
  const list = (text: string) =>
    [...text].map((letter, at) => ({ at, why: letter === 's' ? 'state' : 'time' }) as const)
  it.each([
    ['tttttttttttt', []],
    ['ttttttttttttt', [0]],
    ['sttttttttttttt', [1, 2]],
    ['sssstttttttttt', [4, 5]],
    ['ssssssssssssss', [0, 1]],
    ['ttttssssssssss', [4, 5]],
  ])('of %s lose %j', (kept, surplus) => {
    expect(surplusPictures(list(kept))).toEqual(surplus)
  })
})
