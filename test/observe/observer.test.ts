import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Check } from '../../server/contract/inventory.ts'
import type {
  BmcState,
  CheckResult,
  KvmState,
  MachineState,
  NameProblem,
} from '../../server/contract/state.ts'
import { addPikvm } from '../../server/inventory/add-pikvm.ts'
import { blankBmcState } from '../../server/drivers/blank-bmc-state.ts'
import { blankKvmState } from '../../server/drivers/blank-kvm-state.ts'
import type { KnownHealth } from '../../server/observe/health-since.ts'
import { MachineObserver, type ObserverTimes } from '../../server/observe/observer.ts'
import {
  bmcReady,
  by,
  fakeDriver,
  machine,
  makeFixture,
  pin,
  type Fixture,
} from '../inventory/inventory-fixture.ts'
import type { PingAnswer } from '../../server/observe/ping.ts'
import { OwnNetwork } from '../../server/observe/self-watch.ts'
import { seen } from './fake-kvm.ts'
import { elsewhere } from './fake-lan.ts'
import { FakeGateway } from './fake-self.ts'

const check = (address: string, port = 22): Check => ({ kind: 'tcp', label: 'SSH', address, port })

describe('observer', () => {
  let f: Fixture
  let observer: MachineObserver
  let results: Map<string, CheckResult | Promise<CheckResult>>
  let noNames: Map<string, NameProblem>
  let looks: string[]
  let pings: string[]
  let pingAnswers: Map<string, PingAnswer | Promise<PingAnswer>>
  let gateway: FakeGateway
  let kvmStates: Map<string, KvmState>
  let bmcStates: Map<string, BmcState>
  let onBmcState: (endpointId: string, state: BmcState) => void
  let onState: (endpointId: string, state: KvmState) => void
  let onPicture: (deviceId: string) => void
  let clock: number
  let known: Map<string, KnownHealth>

  const make = (times: Partial<ObserverTimes> = {}): MachineObserver => {
    observer = new MachineObserver(
      {
        inventory: f.inventory,
        connections: {
          stateOf: (id) => kvmStates.get(id) ?? null,
          bmcStateOf: (id) => bmcStates.get(id) ?? null,
          onBmcState: (listener) => {
            onBmcState = listener
            return () => undefined
          },
          onState: (listener) => {
            onState = listener
            return () => undefined
          },
        },
        pictures: {
          at: (deviceId) => (deviceId === 'pictured' ? 7 : null),
          onNew: (listener) => {
            onPicture = listener
            return () => undefined
          },
        },
        lan: elsewhere,
        self: new OwnNetwork({ gateway, now: () => clock }),
        look: async ({ address }) => {
          looks.push(address)
          const nameProblem = noNames.get(address)
          if (nameProblem !== undefined) return { result: null, said: null, nameProblem }
          return { result: (await results.get(address)) ?? 'answers', said: null }
        },
        ping: async (address) => {
          pings.push(address)
          return pingAnswers.get(address) ?? 'absent'
        },
        known,
        now: () => clock,
        random: () => 0.5,
      },
      { everyMs: 60_000, firstWithinMs: 1, ...times },
    )
    observer.start()
    return observer
  }

  beforeEach(async () => {
    f = await makeFixture()
    results = new Map()
    noNames = new Map()
    looks = []
    pings = []
    pingAnswers = new Map()
    gateway = new FakeGateway()
    kvmStates = new Map()
    bmcStates = new Map()
    clock = 1000
    known = new Map()
  })
  afterEach(async () => {
    await observer.close()
    await f.store.close()
  })

  const add = async (name: string, ...checks: Check[]): Promise<string> =>
    (await f.inventory.createDevice(by, { ...machine(f.site, name), checks })).id
  const until = (id: string, expected: object) =>
    vi.waitFor(() => expect(observer.state(id)).toMatchObject(expected))

  it('takes power from the BMC of a machine without a KVM, and calls it down when that says off', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'node1'))
    const made = await f.inventory.addBmc(by, bmcReady({ deviceId: device.id }))
    make()
    const say = (power: 'on' | 'off'): void => {
      const state = blankBmcState(made.endpoint.id, null, clock)
      bmcStates.set(made.endpoint.id, { ...state, reachable: seen(true), power: seen(power, ++clock) })
      onBmcState(made.endpoint.id, bmcStates.get(made.endpoint.id)!)
    }
    say('on')
    expect(observer.state(device.id)).toMatchObject({ health: 'up', power: { value: 'on' }, kvm: null })
    say('off')
    expect(observer.state(device.id)).toMatchObject({ health: 'down', cause: 'poweredOff' })
    expect(observer.state(device.id)?.bmc?.power.value).toBe('off')
  })

  it('begins with unknown, then says what the first look found and since when', async () => {
    const id = await add('nas1', check('10.0.0.1'))
    results.set('10.0.0.1', 'noAnswer')
    make()
    expect(observer.state(id)).toMatchObject({ health: 'unknown', cause: 'checking', since: 1000 })
    clock = 2000
    await until(id, { health: 'down', cause: 'noNetwork', since: 2000 })
  })

  it('keeps `since` while health stays and `lastGoodAt` while it fails', async () => {
    const id = await add('nas1', check('10.0.0.1'))
    make()
    await until(id, { health: 'up' })
    results.set('10.0.0.1', 'noAnswer')
    clock = 3000
    await observer.checkNow(id)
    clock = 4000
    const state = await observer.checkNow(id)
    expect(state).toMatchObject({ health: 'down', since: 3000 })
    expect(state?.checks[0]).toMatchObject({
      lastGoodAt: 1000,
      result: { value: 'noAnswer', since: 3000, observedAt: 4000 },
    })
  })

  it('marks what the first look found: nobody saw it begin', async () => {
    const id = await add('nas1', check('10.0.0.1'))
    results.set('10.0.0.1', 'noAnswer')
    make()
    await until(id, { health: 'down', otherUntil: null, checks: [{ result: { maybeLonger: true } }] })
    results.set('10.0.0.1', 'refused')
    clock = 2000
    const state = await observer.checkNow(id)
    expect(state).toMatchObject({ health: 'degraded', since: 2000 })
    expect(state).not.toHaveProperty('otherUntil')
    expect(state?.checks[0]?.result).not.toHaveProperty('maybeLonger')
    expect(state?.net.connect).not.toHaveProperty('maybeLonger')
  })

  it('says nothing of a machine before each of its checks was made once', async () => {
    const { promise: late, resolve: end } = Promise.withResolvers<CheckResult>()
    results.set('10.0.0.1', 'silent')
    results.set('10.0.0.2', late)
    const banner = { kind: 'banner', label: 'SSH', address: '10.0.0.1', port: 22 } as const
    const nfs = { kind: 'nfs', label: 'NFS', address: '10.0.0.2', port: 2049 } as const
    const id = await add('nas1', banner, nfs)
    known = new Map([[id, { health: 'down', since: 10, until: 500 }]])
    make()
    const told: string[] = []
    observer.onChange(({ health }) => told.push(health))
    await until(id, { health: 'unknown', cause: 'checking', checks: [{ result: { value: 'silent' } }, {}] })
    end('silent')
    await until(id, { health: 'down', since: 10 })
    expect(told).not.toContain('degraded')
  })

  it('looks again at intervals', async () => {
    await add('nas1', check('10.0.0.1'))
    make({ everyMs: 5 })
    await vi.waitFor(() => expect(looks.length).toBeGreaterThan(3))
  })

  it('joins a look that is under way', async () => {
    const { promise, resolve } = Promise.withResolvers<CheckResult>()
    results.set('10.0.0.1', promise)
    const id = await add('nas1', check('10.0.0.1'))
    make()
    await vi.waitFor(() => expect(looks).toEqual(['10.0.0.1']))
    const both = Promise.all([observer.checkNow(id), observer.checkNow(id)])
    resolve('answers')
    expect((await both).map((state) => state?.health)).toEqual(['up', 'up'])
    expect(looks).toHaveLength(1)
  })

  it('follows added, edited and removed machines', async () => {
    make()
    const id = await add('nas1', check('10.0.0.1'))
    await until(id, { health: 'up' })
    await f.inventory.editDevice(by, id, { rev: 1, checks: [check('10.0.0.2')] })
    await vi.waitFor(() => expect(looks).toContain('10.0.0.2'))
    await vi.waitFor(() =>
      expect(observer.state(id)?.checks.map((one) => one.checkId)).toEqual(['tcp:10.0.0.2:22']),
    )
    await f.inventory.removeDevice(by, id, 2, false)
    expect(observer.states()).toEqual([])
    expect(await observer.checkNow(id)).toBeUndefined()
  })

  it('keeps what a check found when the machine is only renamed', async () => {
    const id = await add('nas1', check('10.0.0.1'))
    make()
    await until(id, { health: 'up' })
    await f.inventory.editDevice(by, id, { rev: 1, name: 'nas2' })
    expect(observer.state(id)).toMatchObject({ health: 'up' })
    expect(looks).toHaveLength(1)
  })

  it('does not let silent machines delay those that answer', async () => {
    const { promise: hole, resolve: fillHole } = Promise.withResolvers<CheckResult>()
    for (let index = 0; index < 40; index++) {
      results.set(`192.0.2.${index}`, 'noAnswer')
      await add(`hole${index}`, check(`192.0.2.${index}`))
    }
    const alive = await add('alive', check('10.0.0.1'))
    make({ everyMs: 20 })
    await vi.waitFor(() => expect(observer.states().every((state) => state.cause !== 'checking')).toBe(true))
    // From now on every look at a silent machine hangs; more of them than there are places.
    for (let index = 0; index < 40; index++) results.set(`192.0.2.${index}`, hole)
    const before = looks.filter((address) => address === '10.0.0.1').length
    await vi.waitFor(() =>
      expect(looks.filter((address) => address === '10.0.0.1').length).toBeGreaterThan(before + 5),
    )
    expect(observer.state(alive)?.health).toBe('up')
    fillHole('noAnswer')
  })

  it('goes on with the others when a third of all hangs at once', async () => {
    const ids: string[] = []
    for (let index = 0; index < 40; index++) ids.push(await add(`m${index}`, check(`10.0.1.${index}`)))
    await add('alive', check('10.0.0.1'))
    make({ everyMs: 20, patienceMs: 5 })
    await vi.waitFor(() => expect(observer.states().every((state) => state.health === 'up')).toBe(true))
    const { promise: hole, resolve: fillHole } = Promise.withResolvers<CheckResult>()
    for (let index = 0; index < 40; index++) results.set(`10.0.1.${index}`, hole)
    const before = looks.filter((address) => address === '10.0.0.1').length
    await vi.waitFor(() =>
      expect(looks.filter((address) => address === '10.0.0.1').length).toBeGreaterThan(before + 5),
    )
    fillHole('answers')
  })

  it('says unknown for all that fell silent when most of them did at once', async () => {
    const ids = await Promise.all(['1', '2', '3'].map((n) => add(`m${n}`, check(`10.0.0.${n}`))))
    make()
    await vi.waitFor(() => expect(observer.states().every((state) => state.health === 'up')).toBe(true))
    for (const n of ['1', '2']) results.set(`10.0.0.${n}`, 'noAnswer')
    await observer.checkNow(ids[0] ?? '')
    expect(observer.state(ids[0] ?? '')?.health).toBe('down')
    await observer.checkNow(ids[1] ?? '')
    expect(ids.map((id) => observer.state(id)?.cause)).toEqual(['selfCutOff', 'selfCutOff', 'answers'])
    results.set('10.0.0.1', 'answers')
    await observer.checkNow(ids[0] ?? '')
    await vi.waitFor(() =>
      expect(ids.map((id) => observer.state(id)?.cause)).toEqual(['answers', 'noNetwork', 'answers']),
    )
  })

  it('counts what answers of PiKVMs too: most machines silent beside them are down', async () => {
    for (const n of ['1', '2']) {
      const where = { address: `10.0.1.${n}`, port: 443, fingerprint: pin, user: 'admin', password: 'x' }
      const parts = { inventory: f.inventory, vault: f.vault, driver: fakeDriver() }
      const body = { ...where, machine: { name: `kvm${n}`, siteId: f.site.id } }
      const { endpoint } = await addPikvm(parts, by, body, AbortSignal.timeout(5000))
      kvmStates.set(endpoint.id, { ...blankKvmState(endpoint.id, null, 0), reachable: seen(true) })
    }
    const ids = await Promise.all(['1', '2', '3'].map((n) => add(`m${n}`, check(`10.0.0.${n}`))))
    make()
    await Promise.all(ids.map((id) => until(id, { health: 'up' })))
    for (const n of ['1', '2']) results.set(`10.0.0.${n}`, 'noAnswer')
    for (const id of ids) await observer.checkNow(id)
    expect(ids.map((id) => observer.state(id)?.cause)).toEqual(['noNetwork', 'noNetwork', 'answers'])
  })

  it('asks the gateway before it believes a new silence, and says unknown when that is silent too', async () => {
    const id = await add('nas1', check('10.0.0.1'))
    make()
    await until(id, { health: 'up' })
    expect(gateway.looks).toBe(0)
    gateway.next = false
    results.set('10.0.0.1', 'noAnswer')
    const told: string[] = []
    observer.onChange((state) => told.push(state.cause))
    await observer.checkNow(id)
    expect(gateway.looks).toBe(1)
    expect(observer.state(id)).toMatchObject({ health: 'unknown', cause: 'selfCutOff' })
    gateway.say(true)
    await until(id, { health: 'down', cause: 'noNetwork' })
    expect(told.filter((cause, index) => cause !== told[index - 1])).toEqual(['selfCutOff', 'noNetwork'])
  })

  it('keeps since when a machine is down over a time in which Crashcart was cut off, and says where that is not known', async () => {
    const [nas, cp, web] = await Promise.all(['1', '2', '3'].map((n) => add(`m${n}`, check(`10.0.0.${n}`))))
    for (const n of ['4', '5']) await add(`m${n}`, check(`10.0.0.${n}`))
    const ids = [nas ?? '', cp ?? '', web ?? '']
    const look = () => Promise.all(ids.map((id) => observer.checkNow(id)))
    const sinces = () =>
      ids.map((id) => observer.state(id)).map((one) => [one?.health, one?.since, one?.otherUntil])
    make()
    await vi.waitFor(() => expect(observer.states().every((state) => state.health === 'up')).toBe(true))
    clock = 10_000
    results.set('10.0.0.1', 'noAnswer')
    await look()
    clock = 1_000_000
    gateway.next = false
    for (const n of ['2', '3']) results.set(`10.0.0.${n}`, 'noAnswer')
    await look()
    expect(sinces()).toEqual(ids.map(() => ['unknown', 1_000_000, undefined]))
    clock = 1_010_000
    results.set('10.0.0.3', 'answers')
    gateway.say(true)
    await vi.waitFor(() =>
      expect(sinces()).toEqual([
        ['down', 10_000, undefined],
        ['down', 1_010_000, 1_000_000],
        ['up', 1000, null],
      ]),
    )
  })

  it('believes no silence of a time in which Crashcart was cut off: it looks anew first', async () => {
    const id = await add('nas1', check('10.0.0.1'))
    make()
    await until(id, { health: 'up' })
    gateway.next = false
    results.set('10.0.0.1', 'noAnswer')
    await observer.checkNow(id)
    const told: string[] = []
    observer.onChange((state) => told.push(state.cause))
    // The look that is under way began before the gateway was back.
    const { promise: late, resolve: end } = Promise.withResolvers<CheckResult>()
    results.set('10.0.0.1', late)
    const stale = observer.checkNow(id)
    gateway.say(true)
    results.set('10.0.0.1', 'answers')
    end('noAnswer')
    await stale
    await until(id, { health: 'up' })
    expect(told).not.toContain('noNetwork')
  })

  it('goes on with the since that the process before knew', async () => {
    const [nas, cp, web] = await Promise.all(['1', '2', '3'].map((n) => add(`m${n}`, check(`10.0.0.${n}`))))
    for (const n of ['4', '5']) await add(`m${n}`, check(`10.0.0.${n}`))
    const ids = [nas ?? '', cp ?? '', web ?? '']
    for (const n of ['1', '2']) results.set(`10.0.0.${n}`, 'noAnswer')
    known = new Map([
      [ids[0] ?? '', { health: 'down', since: 10, until: 500 }],
      [ids[1] ?? '', { health: 'up', since: 20, until: 500 }],
    ])
    make()
    await vi.waitFor(() =>
      expect(
        ids.map((id) => observer.state(id)).map((one) => [one?.health, one?.since, one?.otherUntil]),
      ).toEqual([
        ['down', 10, undefined],
        ['down', 1000, 500],
        ['up', 1000, null],
      ]),
    )
  })

  it('calls nobody down right after a start while nothing at all answers, and all of them a minute later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      gateway = new FakeGateway(null)
      const ids = await Promise.all(['1', '2'].map((n) => add(`m${n}`, check(`10.0.0.${n}`))))
      for (const n of ['1', '2']) results.set(`10.0.0.${n}`, 'noAnswer')
      make()
      for (const id of ids) await observer.checkNow(id)
      expect(ids.map((id) => observer.state(id)?.cause)).toEqual(['checking', 'checking'])
      clock += 60_000
      await vi.advanceTimersByTimeAsync(60_000)
      expect(ids.map((id) => observer.state(id)?.health)).toEqual(['down', 'down'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('says at once who is down when most others answer', async () => {
    gateway = new FakeGateway(null)
    const ids = await Promise.all(['1', '2', '3'].map((n) => add(`m${n}`, check(`10.0.0.${n}`))))
    results.set('10.0.0.1', 'noAnswer')
    make()
    await until(ids[0] ?? '', { health: 'down' })
    expect(ids.map((id) => observer.state(id)?.health)).toEqual(['down', 'up', 'up'])
  })

  it('keeps ping and connect apart from the checks, each with its own time', async () => {
    pingAnswers.set('10.0.0.1', true)
    const id = await add('nas1', check('10.0.0.1'), check('10.0.0.1', 80))
    make()
    await until(id, { net: { ping: { value: true }, connect: { value: 'accepts' } } })
    results.set('10.0.0.1', 'refused')
    clock += 2000
    expect((await observer.checkNow(id))?.net).toMatchObject({
      address: '10.0.0.1',
      ping: { value: true, observedAt: 1000 },
      connect: { value: 'refuses', observedAt: 3000, since: 3000 },
    })
    results.set('10.0.0.1', 'noAnswer')
    clock += 10_000
    await observer.checkNow(id)
    await until(id, { health: 'down', cause: 'pingOnly', net: { connect: { value: 'noAnswer' } } })
    pingAnswers.set('10.0.0.1', false)
    clock += 10_000
    await observer.checkNow(id)
    await until(id, { cause: 'noNetwork', net: { ping: { value: false, since: clock } } })
  })

  it('does not believe an old ping against a new silence', async () => {
    pingAnswers.set('10.0.0.1', true)
    const id = await add('nas1', check('10.0.0.1'))
    make()
    await until(id, { net: { ping: { value: true } } })
    clock += 30_000
    const { promise: slow, resolve: answer } = Promise.withResolvers<PingAnswer>()
    pingAnswers.set('10.0.0.1', slow)
    results.set('10.0.0.1', 'noAnswer')
    await observer.checkNow(id)
    expect(observer.state(id)).toMatchObject({ cause: 'noNetwork', net: { ping: { value: true } } })
    answer(true)
    await until(id, { cause: 'pingOnly' })
  })

  it('says of a name that never led anywhere that nothing is known, and why', async () => {
    pingAnswers.set('nas1.lan', 'noName')
    noNames.set('nas1.lan', 'notFound')
    const id = await add('nas1', check('nas1.lan'))
    make({ everyMs: 5 })
    await until(id, { health: 'unknown', cause: 'nameNotFound', net: { pingProblem: 'noName' } })
    expect(observer.state(id)?.checks[0]).toMatchObject({ result: { value: null }, nameProblem: 'notFound' })
    noNames.set('nas1.lan', 'dnsSilent')
    await until(id, { health: 'unknown', cause: 'dnsSilent' })
    noNames.clear()
    await until(id, { health: 'up', cause: 'answers' })
    expect(observer.state(id)?.checks[0]).not.toHaveProperty('nameProblem')
  })

  it('judges a machine by the checks whose names are known', async () => {
    noNames.set('nas1.lan', 'notFound')
    results.set('10.0.0.1', 'noAnswer')
    const id = await add('nas1', check('nas1.lan'), check('10.0.0.1'))
    const others = await Promise.all(['2', '3'].map((n) => add(`m${n}`, check(`10.0.0.${n}`))))
    make()
    await until(id, { health: 'down', cause: 'noNetwork' })
    expect(others.map((one) => observer.state(one)?.health)).toEqual(['up', 'up'])
  })

  it.each(['absent', 'failed', 'ownAddress', 'noName'] as const)(
    'says that ping is unknown: %s',
    async (problem) => {
      pingAnswers.set('10.0.0.1', problem)
      const id = await add('nas1', check('10.0.0.1'))
      make()
      await until(id, { health: 'up', net: { ping: { value: null }, pingProblem: problem } })
    },
  )

  it('pings a machine that answers once a minute', async () => {
    pingAnswers.set('10.0.0.1', true)
    const id = await add('nas1', check('10.0.0.1'))
    make({ everyMs: 5 })
    await vi.waitFor(() => expect(looks.length).toBeGreaterThan(5))
    clock += 59_000
    const before = looks.length
    await vi.waitFor(() => expect(looks.length).toBeGreaterThan(before + 5))
    expect(pings).toHaveLength(1)
    clock += 1_000
    await vi.waitFor(() => expect(pings).toHaveLength(2))
    expect(observer.state(id)?.net.ping.observedAt).toBe(clock)
  })

  it('lets a ping or a check that hangs hold nothing else up', async () => {
    const { promise: hanging, resolve: endCheck } = Promise.withResolvers<CheckResult>()
    const { promise: slow, resolve: endPing } = Promise.withResolvers<PingAnswer>()
    pingAnswers.set('10.0.0.1', slow)
    const id = await add('nas1', check('10.0.0.1'), check('10.0.0.2'))
    make({ patienceMs: 5 })
    await until(id, { health: 'up' })
    results.set('10.0.0.1', 'refused')
    results.set('10.0.0.2', hanging)
    clock = 2000
    const look = observer.checkNow(id)
    await until(id, {
      health: 'degraded',
      checks: [{ result: { value: 'refused' } }, { result: { observedAt: 1000 } }],
    })
    endCheck('noAnswer')
    endPing('failed')
    await look
  })

  it('merges the state of the KVM that is plugged in, and drops it when it moves', async () => {
    const { endpoint, deviceId } = await addPikvm(
      { inventory: f.inventory, vault: f.vault, driver: fakeDriver() },
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
    const other = await add('cp1')
    make()
    const state = {
      ...blankKvmState(endpoint.id, null, 0),
      reachable: seen(true),
      power: seen('off' as const),
    }
    kvmStates.set(endpoint.id, state)
    onState(endpoint.id, state)
    expect(observer.state(deviceId)).toMatchObject({ health: 'down', cause: 'poweredOff', kvm: state })
    await f.inventory.moveKvm(by, endpoint.id, 1, other)
    expect(observer.state(deviceId)).toMatchObject({ kvm: null, cause: 'nothingToAsk' })
    expect(observer.state(other)).toMatchObject({ kvm: state, cause: 'poweredOff' })
  })

  it('tells what matters at once, flicker seldom, and mere age hardly ever', async () => {
    const { endpoint, deviceId } = await addPikvm(
      { inventory: f.inventory, vault: f.vault, driver: fakeDriver() },
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
    make({ soonMs: 40, refreshMs: 30_000 })
    const told: MachineState[] = []
    observer.onChange((state) => told.push(state))
    const say = (change: Partial<KvmState>): void => {
      const next = { ...(kvmStates.get(endpoint.id) ?? blankKvmState(endpoint.id, null, 0)), ...change }
      kvmStates.set(endpoint.id, next)
      onState(endpoint.id, next)
    }
    say({ reachable: seen(true, clock) })
    expect(told).toHaveLength(1)
    clock += 10
    for (let index = 0; index < 20; index++) say({ hddActive: seen(index % 2 === 1, clock) })
    expect(told).toHaveLength(1)
    clock += 100
    await vi.waitFor(() => expect(told).toHaveLength(2))
    expect(told[1]?.kvm?.hddActive.value).toBe(true)
    say({ reachable: { value: true, observedAt: clock + 1, since: 0 } })
    expect(told).toHaveLength(2)
    expect(observer.state(deviceId)?.kvm?.reachable.observedAt).toBe(clock + 1)
    clock += 30_000
    say({ reachable: { value: true, observedAt: clock, since: 0 } })
    expect(told).toHaveLength(3)
    say({ signal: seen({ present: true, width: 640, height: 480 }) })
    expect(told).toHaveLength(4)
    expect(onPicture).toBeTypeOf('function')
  })
})
