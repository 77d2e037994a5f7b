import { describe, expect, it } from 'vitest'
import type { LanFact } from '../../../../server/contract/state.ts'
import { en, ja } from '../../../../web/features/device/check-words.ts'
import { netFacts } from '../../../../web/features/device/net-facts.ts'
import { observed, state } from '../../machines.ts'

const check = (result = observed<'answers'>(null)) => ({
  checkId: 'c1',
  label: 'SSH',
  result,
  said: 'SSH-2.0-x',
  lastGoodAt: null,
})
const net = state('nas1').net

describe('facts of a machine’s network', () => {
  it('stand apart, each with since when and how old it is', () => {
    const facts = netFacts(
      state('nas1', {
        net: {
          ...net,
          ping: { value: false, since: 1, observedAt: 2 },
          connect: { value: 'refuses', since: 3, observedAt: 4 },
        },
        checks: [check({ value: 'answers', since: 5, observedAt: 6 })],
      }),
      en,
    )
    expect(facts).toEqual([
      { key: 'ping', label: 'Ping', text: 'no answer', said: null, since: 1, at: 2 },
      { key: 'tcp', label: 'TCP', text: 'refuses, host lives', said: null, since: 3, at: 4 },
      { key: 'c1', label: 'SSH', text: 'answers', said: 'SSH-2.0-x', since: 5, at: 6 },
    ])
  })

  it('say whose address it is now, since when, and what to do', () => {
    const mac = '3c:ec:ef:01:02:03'
    const facts = (value: LanFact) =>
      [en, ja].map((w) => {
        const lan = { value, since: 5, observedAt: 6 }
        return netFacts(state('nas1', { net: { ...net, lan }, checks: [check()] }), w).find(
          ({ key }) => key === 'lan',
        )
      })
    const [moved, movedJa] = facts({ kind: 'moved', mac, to: '10.0.0.143' })
    expect(moved).toMatchObject({ text: 'moved to 10.0.0.143', since: 5, at: 6 })
    expect([moved?.said, movedJa?.said]).toEqual([expect.stringContaining(mac), expect.stringContaining(mac)])
    const [taken] = facts({ kind: 'taken', mac, by: '3c:ec:ef:01:02:09' })
    expect(taken).toMatchObject({ text: 'address taken by another MAC' })
    expect(taken?.said).toContain('3c:ec:ef:01:02:09')
    expect(facts({ kind: 'same', mac })[0]).toMatchObject({ said: null })
  })

  it('say of a name that leads nowhere that nobody was asked, and when that was tried', () => {
    const nameless = {
      ...check({ value: null, since: 5, observedAt: 6 }),
      said: null,
      nameProblem: 'notFound' as const,
    }
    const machine = state('nas1', { net: { ...net, pingProblem: 'noName' }, checks: [nameless] })
    expect(netFacts(machine, en).map(({ text }) => text)).toEqual([
      en.pingProblem.noName,
      en.nameProblem.notFound,
      en.nameProblem.notFound,
    ])
    expect(netFacts(machine, en)[2]).toMatchObject({ since: 5, at: 6 })
    expect(netFacts(machine, ja).every(({ text }) => text.startsWith('不明'))).toBe(true)
  })

  it.each(['absent', 'failed', 'ownAddress'] as const)(
    'say that ping is unknown and why: %s',
    (pingProblem) => {
      const machine = state('nas1', { net: { ...net, pingProblem }, checks: [check()] })
      expect(netFacts(machine, en)[0]).toMatchObject({
        text: en.pingProblem[pingProblem],
        since: null,
        at: null,
      })
      expect(netFacts(machine, ja)[0]?.text).toMatch(/^不明/)
    },
  )

  it('have no time before the first look, and are none without a check', () => {
    expect(netFacts(state('nas1', { checks: [check()] }), en).map(({ at }) => at)).toEqual([null, null, null])
    expect(netFacts(state('nas1'), en)).toEqual([])
  })
})
