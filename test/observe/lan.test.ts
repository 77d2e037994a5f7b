import { describe, expect, it, test, vi } from 'vitest'
import type { Device } from '../../server/contract/inventory.ts'
import { judgeLan } from '../../server/observe/lan-fact.ts'
import { LanWatch } from '../../server/observe/lan-watch.ts'
import { macOf, parseNeighbours, readNeighbours, type Neighbour } from '../../server/observe/neighbours.ts'
import { segmentOf } from '../../server/observe/own-segments.ts'
import { hostsOf } from '../../server/observe/segment-call.ts'
import type { SeenMac } from '../../server/store/tables/seen-macs.ts'
import { nas1 } from '../power/power-world.ts'

const mac = '3c:ec:ef:01:02:03'
const other = '3c:ec:ef:01:02:09'
const fresh = (address: string, of = mac): Neighbour => ({ address, mac: of, isFresh: true })

describe('the neighbour table', () => {
  it('is read as iproute2 6.1 prints it', () => {
    const text = `[{"dst":"10.9.0.143","dev":"va","lladdr":"3c:ec:ef:01:02:03","state":["REACHABLE"]},
      {"dst":"10.9.0.77","dev":"va","state":["INCOMPLETE"]},{"dst":"10.9.0.78","dev":"va","state":["FAILED"]},
      {"dst":"10.9.0.1","dev":"va","lladdr":"02:00:00:00:00:fe","state":["STALE"]},
      {"dst":"fe80::1","dev":"va","lladdr":"02:00:00:00:00:fe","router":null,"state":["DELAY"]},
      {"dst":"10.9.0.9","dev":"va","lladdr":"3C:EC:EF:01:02:09","state":["PERMANENT"]}]`
    expect(parseNeighbours(text)).toEqual([
      { address: '10.9.0.143', mac, isFresh: true },
      { address: '10.9.0.1', mac: '02:00:00:00:00:fe', isFresh: false },
      { address: 'fe80::1', mac: '02:00:00:00:00:fe', isFresh: true },
      { address: '10.9.0.9', mac: other, isFresh: true },
    ])
  })
  it('is unknown where the program has no JSON, is missing, or prints nonsense', async () => {
    expect(parseNeighbours('BusyBox v1.36\nUsage: ip neigh')).toBeNull()
    expect(parseNeighbours('{"dst":1}')).toBeNull()
    expect(parseNeighbours('[null,1,{"dst":7},{"dst":"x","lladdr":"3c:ec:ef:01:02:03"}]')).toEqual([])
    expect(parseNeighbours('')).toEqual([])
    expect(await readNeighbours('no-such-program')).toBeNull()
  })
  it('can be asked where these tests run', async () => {
    expect(await readNeighbours()).toBeInstanceOf(Array)
  })
  it('takes a hardware address as anybody writes it, and none of a group', () => {
    for (const text of ['3C-EC-EF-01-02-03', '3cec.ef01.0203', mac]) expect(macOf(text)).toBe(mac)
    for (const text of ['01:00:5e:00:00:01', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00', '3c:ec', null])
      expect(macOf(text)).toBeNull()
  })
})

test('an own network is known by its prefix', () => {
  const segments = [
    { address: '192.168.1.20', prefix: 24 },
    { address: 'fd00::20', prefix: 64 },
  ]
  expect(segmentOf('192.168.1.142', segments)).toBe(segments[0])
  expect(segmentOf('fd00::1:2', segments)).toBe(segments[1])
  for (const address of ['192.168.2.1', 'fd01::1', 'nas1.lan'])
    expect(segmentOf(address, segments)).toBeNull()
})

test('a small network is gone through without its ends and Crashcart itself', () => {
  expect(hostsOf({ address: '10.0.0.2', prefix: 29 })).toEqual([
    '10.0.0.1',
    '10.0.0.3',
    '10.0.0.4',
    '10.0.0.5',
    '10.0.0.6',
  ])
  expect(hostsOf({ address: '192.168.1.20', prefix: 24 })).toHaveLength(253)
})

describe('an address', () => {
  const judge = (...neighbours: Neighbour[]) => judgeLan({ mac, address: '10.0.0.142' }, neighbours)
  it('is the machine’s own while its hardware answers for it', () => {
    expect(judge(fresh('10.0.0.142'), fresh('10.0.0.143'))).toEqual({ kind: 'same', mac })
  })
  it('has moved where its hardware answers for another one, and the old one is silent or somebody else’s', () => {
    expect(judge(fresh('10.0.0.143'))).toEqual({ kind: 'moved', mac, to: '10.0.0.143' })
    expect(judge(fresh('10.0.0.143'), fresh('10.0.0.142', other))).toMatchObject({ kind: 'moved' })
  })
  it('was taken where other hardware answers for it', () => {
    expect(judge(fresh('10.0.0.142', other))).toEqual({ kind: 'taken', mac, by: other })
  })
  it('is not judged by memories, by a router that answers for many, or by an IPv6 address', () => {
    expect(judge({ ...fresh('10.0.0.143'), isFresh: false })).toBeNull()
    expect(judge({ ...fresh('10.0.0.142', other), isFresh: false })).toBeNull()
    expect(judge(fresh('10.0.0.143'), fresh('10.0.0.144'))).toBeNull()
    expect(judge(fresh('fe80::143'))).toBeNull()
    expect(judge()).toBeNull()
  })
})

describe('the watch', () => {
  let now = 1_000_000
  let table: Neighbour[] | null = []
  const check = { kind: 'tcp', label: 'SSH', address: '10.0.0.142', port: 22 } as const
  async function watching(device: Partial<Device> = {}, stored: SeenMac[] = []) {
    const seen = [...stored]
    let reads = 0
    const confirmed: string[] = []
    const called: string[] = []
    const told: string[] = []
    const devices = [{ ...nas1, checks: [check], ...device }]
    const watch = new LanWatch({
      inventory: { devices: () => devices, device: (id) => devices.find((one) => one.id === id) },
      store: { seenMacs: { all: async () => stored, put: async (one) => void seen.push(one) } },
      segments: () => [{ address: '10.0.0.2', prefix: 24 }],
      read: async () => {
        reads++
        return table
      },
      addressOf: async (name) => name,
      confirm: async (address) => void confirmed.push(address),
      call: async ({ address }) => void called.push(address),
      log: { info: () => undefined, warn: () => undefined },
      now: () => now,
    })
    await watch.start()
    watch.onChange((id) => told.push(id))
    const look = async (silentSince: number | null): Promise<void> => {
      watch.noteLook('nas1', silentSince)
      await watch.readNow()
    }
    return {
      watch,
      look,
      seen,
      confirmed,
      called,
      told,
      reads: () => reads,
      fact: () => watch.factOf('nas1'),
    }
  }

  it('learns the hardware of a machine that answers, keeps it, and says when it is elsewhere and since when', async () => {
    table = [fresh('10.0.0.142')]
    const one = await watching()
    await one.look(null)
    expect(one.seen).toEqual([{ deviceId: 'nas1', address: '10.0.0.142', mac, at: now }])
    expect(one.fact()).toEqual({
      value: { kind: 'same', mac },
      since: now,
      observedAt: now,
      maybeLonger: true,
    })
    now += 60_000
    table = [fresh('10.0.0.143')]
    const movedAt = now
    await one.look(now)
    now += 15_000
    await one.watch.readNow()
    expect(one.fact()).toEqual({
      value: { kind: 'moved', mac, to: '10.0.0.143' },
      since: movedAt,
      observedAt: now,
    })
    expect(one.told).toEqual(['nas1', 'nas1'])
    await one.watch.close()

    // The next process knows it too.
    table = [fresh('10.0.0.142', other)]
    const next = await watching({}, one.seen)
    await next.look(null)
    expect(next.fact()?.value).toEqual({ kind: 'taken', mac, by: other })
    await next.watch.close()
  })

  it('learns nothing from a machine that is silent, and forgets what it learned at another address', async () => {
    table = [fresh('10.0.0.142')]
    const silent = await watching()
    await silent.look(now)
    expect([silent.fact(), silent.seen]).toEqual([null, []])
    const moved = await watching({}, [{ deviceId: 'nas1', address: '10.0.0.99', mac: other, at: 1 }])
    await moved.look(null)
    expect(moved.fact()?.value).toEqual({ kind: 'same', mac })
    for (const { watch } of [silent, moved]) await watch.close()
  })

  it('never says anything of an address that is virtual, or on another network', async () => {
    table = [fresh('10.0.0.142', other), fresh('10.0.0.143'), fresh('172.16.0.1')]
    const seenAt = (address: string, hardware: string) => [
      { deviceId: 'nas1', address, mac: hardware, at: 1 },
    ]
    const virtual = await watching({ nic: { mac: null, isVirtual: true } }, seenAt('10.0.0.142', mac))
    const far = await watching({ checks: [{ ...check, address: '172.16.0.1' }] }, seenAt('172.16.0.1', other))
    for (const one of [virtual, far]) {
      await one.look(now - 3_600_000)
      expect([one.fact(), one.called, one.confirmed]).toEqual([null, [], []])
      await one.watch.close()
    }
  })

  it('reads the table only where a machine stands on an own network, and when a look brings something new', async () => {
    vi.useFakeTimers()
    table = [fresh('10.0.0.142')]
    const far = await watching({ checks: [{ ...check, address: '172.16.0.1' }] })
    const near = await watching()
    const silentSince = now
    for (const { watch } of [far, near]) watch.noteLook('nas1', null)
    await vi.advanceTimersByTimeAsync(1_000)
    expect([far.reads(), near.reads()]).toEqual([0, 1])
    for (let look = 0; look < 10; look++) {
      near.watch.noteLook('nas1', look < 5 ? null : silentSince)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(near.reads()).toBe(2)
    for (const { watch } of [far, near]) await watch.close()
    vi.useRealTimers()
  })

  it('takes what somebody wrote down for more than what it learned', async () => {
    table = [fresh('10.0.0.142')]
    const one = await watching({ nic: { mac: other, isVirtual: false } })
    await one.look(null)
    expect(one.fact()?.value).toEqual({ kind: 'taken', mac: other, by: mac })
    await one.watch.close()
  })

  it('looks for a silent machine: makes sure of a memory, and calls a small network once in ten minutes', async () => {
    const memory = { ...fresh('10.0.0.143'), isFresh: false }
    table = [memory]
    const one = await watching({}, [{ deviceId: 'nas1', address: '10.0.0.142', mac, at: 1 }])
    const silentSince = now
    await one.look(silentSince)
    expect([one.confirmed, one.called, one.fact()]).toEqual([['10.0.0.143'], [], null])
    for (let minute = 0; minute < 12; minute++) {
      now += 60_000
      await one.look(silentSince)
    }
    expect(one.called).toHaveLength(2)
    await one.watch.close()
  })

  it('keeps what it knows, with its age, while the table says nothing, and knows nothing without one', async () => {
    table = [fresh('10.0.0.142')]
    const one = await watching()
    await one.look(null)
    const at = now
    now += 60_000
    table = []
    await one.watch.readNow()
    expect(one.fact()).toMatchObject({ value: { kind: 'same' }, observedAt: at })
    table = null
    await one.watch.readNow()
    expect(one.fact()).toBeNull()
    await one.watch.close()
  })
})
