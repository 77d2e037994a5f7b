import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { can, type Principal } from '../../server/access/can.ts'
import { guestChange } from '../../server/access/guest-presence.ts'
import type { Capability } from '../../server/contract/access.ts'
import type { GuestHere } from '../../server/contract/guest.ts'
import type { LiveChange, LiveServerMessage } from '../../server/contract/live.ts'
import type { Action } from '../../server/contract/power.ts'
import type { MachineState, SelfState } from '../../server/contract/state.ts'
import type { May } from '../../server/inventory/visibility.ts'
import { LiveFeed } from '../../server/http/live-feed.ts'
import { blankNet } from '../../server/observe/blank-net.ts'
import { by, inUnits, machine, makeFixture, type Fixture } from '../inventory/inventory-fixture.ts'

const everything: May = () => true

function stateOf(deviceId: string, since = 0): MachineState {
  return {
    deviceId,
    siteId: 's',
    health: 'up',
    cause: 'answers',
    since,
    net: blankNet(0),
    checks: [],
    kvm: null,
    bmc: null,
    power: { value: null, observedAt: 0, since: 0 },
    pictureAt: null,
  }
}
function actionOf(id: string, deviceId: string): Action {
  return {
    id,
    siteId: 's',
    deviceId,
    pathId: null,
    verb: 'reset',
    by: { userId: 'u', name: 'ada' },
    phase: 'watching',
    acceptedAt: 0,
    endedAt: null,
    effect: null,
    back: null,
    usualBackMs: null,
    steps: [],
  }
}

describe('live feed', () => {
  let f: Fixture
  let sent: LiveServerMessage[]
  let states: MachineState[]
  let actions: Action[]
  let tellState: (state: MachineState) => void
  let self: SelfState
  let tellSelf: (state: SelfState) => void
  let guests: GuestHere[]
  let tellGuests: (changes: LiveChange[]) => void
  let tellAction: (action: Action) => void
  let isReady: boolean
  let feed: LiveFeed | null

  beforeEach(async () => {
    f = await makeFixture()
    sent = []
    states = []
    actions = []
    guests = []
    self = { doubt: null, gateway: null }
    isReady = true
    feed = null
  })
  afterEach(async () => {
    feed?.stop()
    await f.store.close()
  })

  const open = (may: May): LiveFeed => {
    feed = new LiveFeed(
      {
        inventory: f.inventory,
        observer: {
          state: () => undefined,
          states: () => states,
          checkNow: async () => undefined,
          onChange: (listener) => {
            tellState = listener
            return () => undefined
          },
        },
        self: {
          state: () => self,
          onChange: (listener) => {
            tellSelf = listener
            return () => undefined
          },
        },
        actions: {
          recent: () => actions,
          onChange: (listener) => {
            tellAction = listener
            return () => undefined
          },
        },
        guests: {
          present: () => guests,
          onChange: (listener) => {
            tellGuests = listener
            return () => undefined
          },
        },
        version: '1',
        now: () => 42,
      },
      { may, send: (message) => sent.push(message), isReady: () => isReady },
    )
    return feed
  }
  const changesOf = (message: LiveServerMessage | undefined): LiveChange[] =>
    message !== undefined && 'changes' in message ? message.changes : expect.fail('no changes')
  const brief = (message: LiveServerMessage | undefined) =>
    changesOf(message).map(({ entity, id, value }) => `${value === null ? '-' : '+'}${entity} ${id}`)
  const patches = (count: number) => vi.waitFor(() => expect(sent).toHaveLength(1 + count))
  const only =
    (...ids: string[]): May =>
    (_capability, resource) =>
      resource.type === 'device' ? ids.includes(resource.deviceId) : resource.type === 'anyDevice'

  it('begins with everything, stamped with the server’s time and version', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    states = [stateOf(device.id)]
    actions = [actionOf('a1', device.id)]
    open(everything)
    expect(sent).toMatchObject([{ type: 'snapshot', serverTime: 42, version: '1' }])
    expect(brief(sent[0])).toEqual([
      `+site ${f.site.id}`,
      `+device ${device.id}`,
      `+state ${device.id}`,
      '+action a1',
      '+self self',
    ])
  })

  it('tells what this person may do to each machine, as `can` has it, and again when that changes', async () => {
    const [nas1, cp1] = [
      await f.inventory.createDevice(by, machine(f.site, 'nas1')),
      await f.inventory.createDevice(by, machine(f.site, 'cp1')),
    ]
    const rightsFor = (principal: Partial<Principal>) => {
      const may: May = (...asked) =>
        can(
          { userId: 'u', name: 'ada', role: 'viewer', sessionId: 's', grants: new Map(), ...principal },
          ...asked,
        )
      open(may)
      feed?.stop()
      const message = sent.at(-1)
      return message?.type === 'snapshot' ? message.rights : undefined
    }
    const grant = (capabilities: Capability[]) => new Map([[nas1.id, new Set(capabilities)]])
    expect(rightsFor({})).toEqual({ [nas1.id]: [], [cp1.id]: [] })
    expect(rightsFor({ role: 'operator' })).toEqual({
      [nas1.id]: ['input', 'power'],
      [cp1.id]: ['input', 'power'],
    })
    expect(rightsFor({ grants: grant(['view', 'input', 'power']) })).toEqual({
      [nas1.id]: ['input', 'power'],
    })
    expect(rightsFor({ role: 'operator', grants: grant(['view']) })).toEqual({ [nas1.id]: [] })
    const guest = { level: 'type', deviceId: cp1.id, byName: 'ada' } as const
    expect(rightsFor({ guest })).toEqual({ [cp1.id]: ['input'] })

    let mayPower = false
    sent = []
    open((capability) => capability !== 'power' || mayPower)
    mayPower = true
    await vi.waitFor(() => expect(sent).toHaveLength(2), 5_000)
    expect(sent[1]).toMatchObject({ type: 'patch', changes: [], rights: { [cp1.id]: ['input', 'power'] } })
  })

  it('merges what changes several times into one patch with the newest values', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    open(everything)
    for (let since = 1; since <= 50; since++) tellState(stateOf(device.id, since))
    tellAction(actionOf('a1', device.id))
    await patches(1)
    expect(changesOf(sent[1])).toMatchObject([
      { entity: 'state', value: { since: 50 } },
      { entity: 'action', id: 'a1' },
    ])
  })

  it('keeps what a slow browser has not taken as one value for each machine, and loses none', async () => {
    const ids = ['a', 'b', 'c']
    open(everything)
    isReady = false
    for (let since = 1; since <= 1000; since++) for (const id of ids) tellState(stateOf(id, since))
    expect(feed?.isBehind).toBe(true)
    isReady = true
    await patches(1)
    expect(changesOf(sent[1]).map(({ value }) => value)).toMatchObject(ids.map(() => ({ since: 1000 })))
    expect(feed?.isBehind).toBe(false)
  })

  it('tells of doubt about Crashcart’s own network, to nobody who may see no machine', async () => {
    open(everything)
    const doubt = { by: 'gateway', since: 7 } as const
    tellSelf({ doubt, gateway: null })
    await patches(1)
    expect(changesOf(sent[1])).toEqual([
      { entity: 'self', id: 'self', siteId: '', value: { doubt, gateway: null } },
    ])
    feed?.stop()
    sent = []
    open(() => false)
    tellSelf({ doubt, gateway: null })
    tellState(stateOf('nobody'))
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(sent.flatMap(brief)).toEqual([])
  })

  it('tells a removal, with the state of a removed machine', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    states = [stateOf(device.id)]
    open(everything)
    states = []
    await f.inventory.removeDevice(by, device.id, 1, false)
    await patches(1)
    expect(brief(sent[1])).toEqual([`-device ${device.id}`, `-state ${device.id}`])
  })

  it('tells a viewer of one machine nothing of another', async () => {
    const mine = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    const other = await f.inventory.createDevice(by, machine(f.site, 'secret'))
    states = [stateOf(mine.id), stateOf(other.id)]
    actions = [actionOf('mine', mine.id), actionOf('theirs', other.id)]
    open(only(mine.id))
    expect(brief(sent[0])).toEqual([
      `+site ${f.site.id}`,
      `+device ${mine.id}`,
      `+state ${mine.id}`,
      '+action mine',
      '+self self',
    ])
    tellState(stateOf(other.id, 5))
    tellAction(actionOf('theirs', other.id))
    await f.inventory.editDevice(by, other.id, { rev: 1, notes: 'secret' })
    await f.inventory.removeDevice(by, other.id, 2, false)
    tellState(stateOf(mine.id, 6))
    await vi.waitFor(() => expect(JSON.stringify(sent)).toContain('"since":6'))
    expect(sent.slice(1).flatMap(brief)).toEqual([`+state ${mine.id}`])
    expect(JSON.stringify(sent)).not.toContain(other.id)
  })

  it('reveals a rack when the viewer’s machine is put there, and hides it when it leaves', async () => {
    const { id: siteId } = f.site
    const rack = await f.inventory.createRack(by, { siteId, name: 'A', kind: 'units', height: 4 })
    const mine = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    open(only(mine.id))
    await f.inventory.editDevice(by, mine.id, { rev: 1, placement: inUnits(rack, 1) })
    await patches(1)
    expect(brief(sent[1])).toEqual([`+rack ${rack.id}`, `+device ${mine.id}`])
    await f.inventory.editDevice(by, mine.id, { rev: 2, placement: { kind: 'none' } })
    await patches(2)
    expect(brief(sent[2])).toEqual([`+device ${mine.id}`, `-rack ${rack.id}`])
  })

  describe('of guests', () => {
    const mia = (deviceId: string | null): GuestHere => ({
      id: 'g1',
      name: 'Mia',
      deviceId,
      level: 'look',
      byName: 'Ada',
      joinedAt: 1,
      expiresAt: 9,
    })
    const withAccount =
      (...ids: string[]): May =>
      (capability, resource) =>
        resource.type === 'setup' || only(...ids)(capability, resource)

    it('names each who is in to everybody who may see the machine, until they go', async () => {
      const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
      guests = [mia(device.id)]
      open(withAccount(device.id))
      expect(changesOf(sent[0])).toContainEqual(guestChange('g1', mia(device.id)))
      guests = []
      tellGuests([guestChange('g1', null)])
      await patches(1)
      expect(brief(sent[1])).toEqual(['-guest g1'])
      guests = [mia(null)]
      tellGuests([guestChange('g1', mia(null))])
      await patches(2)
      expect(brief(sent[2])).toEqual(['+guest g1'])
    })

    it('names none to whoever may not see the machine, nor to other guests', async () => {
      const [mine, other] = [
        await f.inventory.createDevice(by, machine(f.site, 'nas1')),
        await f.inventory.createDevice(by, machine(f.site, 'nas2')),
      ]
      guests = [mia(other.id)]
      open(withAccount(mine.id))
      feed?.stop()
      guests = [mia(mine.id), mia(null)]
      open(only(mine.id))
      tellGuests([guestChange('g1', mia(mine.id))])
      tellState(stateOf(mine.id))
      await patches(2)
      expect(sent.flatMap(brief).filter((line) => line.includes('guest'))).toEqual([])
    })

    it('hides one when the right to see the machine goes', async () => {
      const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
      guests = [mia(device.id)]
      let may = withAccount(device.id)
      open((capability, resource) => may(capability, resource))
      may = withAccount()
      await vi.waitFor(() => expect(sent).toHaveLength(2), { timeout: 5000 })
      expect(brief(sent[1])).toContain('-guest g1')
    })
  })

  it('tells no address to somebody who may not see how things are set up', async () => {
    const device = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    const lan = { value: { kind: 'same', mac: '02:00:5e:10:00:01' }, observedAt: 0, since: 0 } as const
    const state = { ...stateOf(device.id), net: { ...blankNet(0), address: '10.1.2.3', lan } }
    const gateway = { address: '10.1.2.1', answers: { value: false, observedAt: 0, since: 0 } }
    states = [state]
    self = { doubt: null, gateway }
    open(only(device.id))
    tellState({ ...state, since: 5 })
    tellSelf({ doubt: { by: 'gateway', since: 7 }, gateway })
    await patches(1)
    expect(brief(sent[1])).toEqual([`+state ${device.id}`, '+self self'])
    expect(JSON.stringify(sent)).not.toMatch(/10\.1\.2|02:00:5e/)
    feed?.stop()
    open(everything)
    expect(JSON.stringify(sent.at(-1))).toMatch(/10\.1\.2\.3.*10\.1\.2\.1/)
  })

  it('follows rights that change while the socket is open', async () => {
    const first = await f.inventory.createDevice(by, machine(f.site, 'nas1'))
    const second = await f.inventory.createDevice(by, machine(f.site, 'nas2'))
    states = [stateOf(first.id), stateOf(second.id)]
    let may = only(first.id)
    open((capability, resource) => may(capability, resource))
    may = only(second.id)
    await vi.waitFor(() => expect(sent).toHaveLength(2), { timeout: 5000 })
    expect(brief(sent[1])).toEqual([
      `+device ${second.id}`,
      `-device ${first.id}`,
      `-state ${first.id}`,
      `+state ${second.id}`,
    ])
  })
  it('says of a rack that others may stand in it, once not all machines are seen any more', async () => {
    const { id: siteId } = f.site
    const rack = await f.inventory.createRack(by, { siteId, name: 'A', kind: 'units', height: 4 })
    const mine = await f.inventory.createDevice(by, machine(f.site, 'nas1', inUnits(rack, 1)))
    let may = everything
    open((capability, resource) => may(capability, resource))
    expect(JSON.stringify(sent)).not.toContain('isPartial')
    may = only(mine.id)
    await vi.waitFor(() => expect(brief(sent[1])).toContain(`+rack ${rack.id}`), { timeout: 5000 })
    expect(JSON.stringify(sent[1])).toContain('"isPartial":true')
  })
})
