import { describe, expect, it } from 'vitest'
import { countGroups, matchesSearch, triageRows } from '../../../../web/features/triage/triage-order.ts'
import { action, device, state } from '../../machines.ts'

function rows(states: ReturnType<typeof state>[], actions: ReturnType<typeof action>[] = []) {
  const devices = states.map(({ deviceId }) => device(deviceId))
  return triageRows(devices, new Map(states.map((one) => [one.deviceId, one])), actions)
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
      [device('new'), device('old')],
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
      [device('shelf', { kind: 'shelf' }), device('nas')],
      new Map([['nas', state('nas')]]),
      [action('a1', 'nas', { phase: 'done' })],
    )
    expect(order.map((row) => [row.deviceId, row.group])).toEqual([['nas', 'up']])
  })

  it('orders equal times by name with numbers as numbers', () => {
    const order = rows([state('web10'), state('web9')])
    expect(order.map((row) => row.deviceId)).toEqual(['web9', 'web10'])
  })

  it('counts each group', () => {
    const counts = countGroups(rows([state('a'), state('b'), state('c', { health: 'down' })]))
    expect(counts).toEqual({ down: 1, degraded: 0, unknown: 0, action: 0, up: 2, paused: 0 })
  })

  it('finds by part of a name whatever its case or width', () => {
    expect(matchesSearch('NAS1 Shelf 2', ' nas')).toBe(true)
    expect(matchesSearch('nas1', 'ＮＡＳ１')).toBe(true)
    expect(matchesSearch('nas1', 'cp2')).toBe(false)
  })
})
