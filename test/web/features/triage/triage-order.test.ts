import { describe, expect, it } from 'vitest'
import type { Device } from '../../../../server/contract/inventory.ts'
import type { Action } from '../../../../server/contract/power.ts'
import type { MachineState } from '../../../../server/contract/state.ts'
import { countGroups, matchesSearch, triageRows } from '../../../../web/features/triage/triage-order.ts'
import { action, device, state } from '../../machines.ts'

function rows(states: ReturnType<typeof state>[], actions: ReturnType<typeof action>[] = []) {
  return triageRows(byId(states.map(({ deviceId }) => device(deviceId))), stateMap(states), actions)
}
function byId(devices: Device[]): Map<string, Device> {
  return new Map(devices.map((one) => [one.id, one]))
}
function stateMap(states: MachineState[]): Map<string, MachineState> {
  return new Map(states.map((one) => [one.deviceId, one]))
}

describe('triage order', () => {
  it('puts down before degraded before unknown before a running action before the rest', () => {
    const order = rows(
      [
        state('paused', { health: 'paused' }),
        state('up'),
        state('acting', { health: 'down', cause: 'noNetwork' }),
        state('unknown', { health: 'unknown' }),
        state('degraded', { health: 'degraded' }),
        state('down', { health: 'down' }),
      ],
      [action('a1', 'acting')],
    ).map((row) => row.deviceId)
    expect(order).toEqual(['down', 'degraded', 'unknown', 'acting', 'up', 'paused'])
  })

  it('puts the earliest first within a state and marks it when others followed', () => {
    const order = rows([
      state('second', { health: 'down', since: 2000 }),
      state('third', { health: 'down', since: 3000 }),
      state('first', { health: 'down', since: 1000 }),
      state('alone', { health: 'degraded', since: 500 }),
    ])
    expect(order.map((row) => [row.deviceId, row.isFirst])).toEqual([
      ['first', true],
      ['second', false],
      ['third', false],
      ['alone', false],
    ])
  })

  it('marks no first where another one may have been before it: same time, or nobody saw when', () => {
    const firstOf = (...states: MachineState[]) => rows(states).find((row) => row.isFirst)?.deviceId
    const down = (id: string, since: number, otherUntil?: number | null) =>
      state(id, { health: 'down', since, ...(otherUntil !== undefined && { otherUntil }) })
    expect(firstOf(down('cp2', 1000), down('nas1', 1000))).toBeUndefined()
    expect(firstOf(down('cp2', 5000, null), down('nas1', 5001, null))).toBeUndefined()
    expect(firstOf(down('cp2', 1000), down('nas1', 1010, 990))).toBeUndefined()
    expect(firstOf(down('cp2', 10), down('nas1', 1010, 990))).toBe('cp2')
    expect(firstOf(down('cp2', 1000, null), down('nas1', 1001))).toBe('cp2')
  })

  it('says of each row whether it may be so for longer', () => {
    const order = rows([
      state('a', { health: 'down', since: 1 }),
      state('b', { health: 'down', since: 2, otherUntil: null }),
    ])
    expect(order.map((row) => row.isLonger)).toEqual([false, true])
  })

  it('does not mark a first among machines that are well or unknown', () => {
    const order = rows([
      state('a', { since: 1 }),
      state('b', { since: 2 }),
      state('c', { health: 'unknown', since: 1 }),
      state('d', { health: 'unknown', since: 2 }),
    ])
    expect(order.some((row) => row.isFirst)).toBe(false)
  })

  it('folds only what is well or paused', () => {
    const folded = rows([
      state('up'),
      state('paused', { health: 'paused' }),
      state('down', { health: 'down' }),
      state('unknown', { health: 'unknown' }),
      state('acting', { cause: 'actionRunning' }),
    ]).filter((row) => row.isFolded)
    expect(folded.map((row) => row.deviceId).sort()).toEqual(['paused', 'up'])
  })

  it('shows a machine of which nothing is known yet as unknown, after those with a time', () => {
    const order = triageRows(
      byId([device('new'), device('old')]),
      new Map([['old', state('old', { health: 'unknown', since: 5000 })]]),
      [],
    )
    expect(order.map((row) => [row.deviceId, row.group, row.since])).toEqual([
      ['old', 'unknown', 5000],
      ['new', 'unknown', null],
    ])
  })

  it('leaves shelves out and forgets finished actions', () => {
    const order = triageRows(
      byId([device('shelf', { kind: 'shelf' }), device('nas')]),
      new Map([['nas', state('nas')]]),
      [action('a1', 'nas', { phase: 'done' })],
    )
    expect(order.map((row) => [row.deviceId, row.group])).toEqual([['nas', 'up']])
  })

  it('orders equal times by name with numbers as numbers', () => {
    const order = rows([state('web10', { health: 'down' }), state('web9', { health: 'down' })])
    expect(order.map((row) => row.deviceId)).toEqual(['web9', 'web10'])
  })

  it('orders what is well or paused by name, whichever came back last', () => {
    const order = rows([
      state('web10', { since: 1 }),
      state('web9', { since: 2 }),
      state('nas', { since: 3 }),
      state('z2', { health: 'paused', since: 5 }),
      state('z1', { health: 'paused', since: 6 }),
    ])
    expect(order.map((row) => row.deviceId)).toEqual(['nas', 'web9', 'web10', 'z1', 'z2'])
  })

  it('counts each group', () => {
    const counts = countGroups(rows([state('a'), state('b'), state('c', { health: 'down' })]))
    expect(counts).toEqual({ down: 1, degraded: 0, unknown: 0, action: 0, up: 2, paused: 0, checking: 0 })
  })

  it('counts a machine that is looked at for the first time apart from those that stay unknown', () => {
    const counts = countGroups(
      rows([
        state('a', { health: 'unknown', cause: 'checking' }),
        state('b', { health: 'unknown', cause: 'selfCutOff' }),
      ]),
    )
    expect(counts).toMatchObject({ checking: 1, unknown: 1 })
  })

  it('keeps the list and each row the same object while nothing about them changed', () => {
    const devices = byId([device('a'), device('b')])
    const states = stateMap([state('a'), state('b')])
    const first = triageRows(devices, states, [])
    expect(triageRows(devices, new Map(states), [], first)).toBe(first)
    const second = triageRows(devices, new Map(states).set('b', state('b', { health: 'down' })), [], first)
    expect(second.map(({ deviceId }) => deviceId)).toEqual(['b', 'a'])
    expect(second[1]).toBe(first[0])
  })

  it('finds by part of a name whatever its case or width', () => {
    expect(matchesSearch('NAS1 Shelf 2', ' nas')).toBe(true)
    expect(matchesSearch('nas1', 'ＮＡＳ１')).toBe(true)
    expect(matchesSearch('nas1', 'cp2')).toBe(false)
  })
})

describe('dependants of a down machine', () => {
  const down = (id: string, since: number) => state(id, { health: 'down', cause: 'noNetwork', since })
  const list = (devices: Device[], states: MachineState[], actions: Action[] = []) =>
    triageRows(byId(devices), stateMap(states), actions).map(
      ({ deviceId, under, isFirst }) => `${under ? `${under}>` : ''}${deviceId}${isFirst ? ' first' : ''}`,
    )

  it('fold under it when they are in trouble too, and it is marked as the first', () => {
    const devices = [
      device('nas1'),
      device('cp2'),
      ...['node1', 'node2', 'node3'].map((id) => device(id, { dependsOn: ['nas1'] })),
    ]
    const states = [
      down('cp2', 3000),
      down('nas1', 2000),
      down('node1', 1000),
      state('node2', { health: 'degraded' }),
      state('node3'),
    ]
    expect(list(devices, states)).toEqual(['nas1 first', 'nas1>node1', 'nas1>node2', 'cp2', 'node3'])
  })

  it('fold under the root of a chain, also through a machine that answers', () => {
    const devices = [
      device('switch1'),
      device('nas1', { dependsOn: ['switch1'] }),
      device('dns1', { dependsOn: ['switch1'] }),
      device('node1', { dependsOn: ['nas1'] }),
      device('node2', { dependsOn: ['dns1'] }),
    ]
    const states = [down('switch1', 1), down('nas1', 2), state('dns1'), down('node1', 3), down('node2', 4)]
    expect(list(devices, states)).toEqual([
      'switch1 first',
      'switch1>nas1',
      'switch1>node1',
      'switch1>node2',
      'dns1',
    ])
  })

  it('fold under the root of a chain also where it was noticed after those that need it', () => {
    const devices = [
      device('switch1'),
      device('nas1', { dependsOn: ['switch1'] }),
      device('node1', { dependsOn: ['nas1'] }),
    ]
    const rows = list(devices, [down('switch1', 3), down('nas1', 1), down('node1', 2)])
    expect(rows.slice(1).toSorted()).toEqual(['switch1>nas1', 'switch1>node1'])
  })

  it('fold under the one of several that went down first', () => {
    const devices = [device('a'), device('b'), device('node', { dependsOn: ['a', 'b'] })]
    expect(list(devices, [down('a', 2000), down('b', 1000), down('node', 3000)])).toEqual([
      'b first',
      'b>node',
      'a',
    ])
  })

  it('stand under one that nobody saw going without its being called the first', () => {
    const devices = [device('nas1'), device('node1', { dependsOn: ['nas1'] })]
    const found = (id: string) => ({ ...down(id, 1000), otherUntil: null })
    expect(list(devices, [found('nas1'), found('node1')])).toEqual(['nas1', 'nas1>node1'])
    expect(list(devices, [found('nas1'), down('node1', 2000)])).toEqual(['nas1 first', 'nas1>node1'])
  })

  it('stay folded while it is rebooted, and stand for themselves while somebody reboots them', () => {
    const devices = [device('nas1'), device('node1', { dependsOn: ['nas1'] })]
    const states = [down('nas1', 1), down('node1', 2)]
    expect(list(devices, states, [action('a1', 'nas1')])).toEqual(['nas1', 'nas1>node1'])
    expect(list(devices, states, [action('a1', 'node1')])).toEqual(['nas1', 'node1'])
  })

  it('stand for themselves when it only needs a look, or is gone', () => {
    const devices = [device('nas1'), device('node1', { dependsOn: ['nas1', 'gone'] })]
    expect(list(devices, [state('nas1', { health: 'degraded' }), down('node1', 2)])).toEqual([
      'node1',
      'nas1',
    ])
  })
})
