import { describe, expect, it } from 'vitest'
import type { CheckResult, KvmState } from '../../server/contract/state.ts'
import { blankKvmState } from '../../server/drivers/blank-kvm-state.ts'
import { judgeHealth } from '../../server/observe/health.ts'
import { seen } from './fake-kvm.ts'

const now = 1_000_000
const kvm = (change: Partial<KvmState> = {}): KvmState => ({
  ...blankKvmState('e', null, 0),
  reachable: seen(true, 0),
  ...change,
})
const judge = (results: (CheckResult | null)[], state: KvmState | null = null, isCutOff = false) => {
  const checks = results.map((result) => ({ kind: 'banner', result }) as const)
  const { health, cause } = judgeHealth({ checks, kvm: state, isCutOff, now })
  return `${health} ${cause}`
}
const gone = kvm({ reachable: seen(false, now) })
const off = kvm({ power: seen('off', 0) })

describe('health of a machine', () => {
  it.each([
    [['answers'], null, 'up answers'],
    [['answers', null], null, 'up answers'],
    [['silent'], null, 'degraded maybeHung'],
    [['silent', 'silent'], null, 'down silent'],
    [['silent', 'wrong'], null, 'degraded silent'],
    [['wrong'], null, 'degraded wrongAnswer'],
    [['wrong', 'noAnswer'], null, 'degraded wrongAnswer'],
    [['silent', 'noAnswer'], null, 'down silent'],
    [['refused'], null, 'degraded refused'],
    [['noAnswer'], null, 'down noNetwork'],
    [['answers', 'noAnswer'], null, 'degraded partly'],
    [['answers', 'silent'], null, 'degraded silent'],
    [[null], null, 'unknown checking'],
    [[], null, 'unknown nothingToAsk'],
    [[], gone, 'unknown kvmUnreachable'],
    [
      [],
      kvm({ problem: 'pinChanged', reachable: { value: null, observedAt: 0, since: 0 } }),
      'unknown kvmUnreachable',
    ],
    [[], kvm({ reachable: { value: null, observedAt: 0, since: 0 } }), 'unknown checking'],
    [[], kvm(), 'unknown nothingToAsk'],
    [[], kvm({ power: seen('on', 0) }), 'up nothingToAsk'],
    [[], kvm({ keyboardOnline: seen(true, 0) }), 'up nothingToAsk'],
    [[], off, 'down poweredOff'],
    [['noAnswer'], off, 'down poweredOff'],
    [[null], off, 'down poweredOff'],
    [['noAnswer'], gone, 'down noNetwork'],
    [['answers'], gone, 'up answers'],
  ] as const)('%j with KVM %#: %s', (results, state, expected) => {
    expect(judge([...results], state)).toBe(expected)
  })

  it('is not known where no name leads anywhere, and says why', () => {
    const look = (nameProblem: 'notFound' | 'dnsSilent', kvm: KvmState | null = null) =>
      judgeHealth({ checks: [{ kind: 'tcp', result: null }], nameProblem, kvm, isCutOff: false, now })
    expect(look('notFound')).toEqual({ health: 'unknown', cause: 'nameNotFound' })
    expect(look('dnsSilent')).toEqual({ health: 'unknown', cause: 'dnsSilent' })
    expect(look('dnsSilent', off)).toEqual({ health: 'down', cause: 'poweredOff' })
  })

  it('takes a port that merely accepts for less than a service that stays silent', () => {
    const both = (tcp: CheckResult, banner: CheckResult): string => {
      const checks = [
        { kind: 'tcp', result: tcp },
        { kind: 'banner', result: banner },
      ] as const
      return judgeHealth({ checks, kvm: null, isCutOff: false, now }).health
    }
    expect(both('answers', 'silent')).toBe('degraded')
    expect(both('answers', 'refused')).toBe('degraded')
    expect(both('answers', 'noAnswer')).toBe('degraded')
    expect(both('answers', 'answers')).toBe('up')
    expect(both('noAnswer', 'answers')).toBe('degraded')
  })

  it('takes a greeting that does not come for a single witness, and a service that does not reply for proof', () => {
    const of = (...findings: ['tcp' | 'banner' | 'nfs' | 'http', CheckResult][]): string => {
      const checks = findings.map(([kind, result]) => ({ kind, result }))
      const { health, cause } = judgeHealth({ checks, kvm: null, isCutOff: false, now })
      return `${health} ${cause}`
    }
    expect(of(['banner', 'silent'], ['tcp', 'answers'])).toBe('degraded maybeHung')
    expect(of(['banner', 'silent'], ['nfs', 'silent'])).toBe('down silent')
    expect(of(['banner', 'silent'], ['http', 'noAnswer'])).toBe('down silent')
    expect(of(['nfs', 'silent'])).toBe('down silent')
    expect(of(['nfs', 'silent'], ['banner', 'answers'])).toBe('degraded silent')
  })

  it('says that only ping answers, also while the own network is in doubt', () => {
    const checks = [{ kind: 'banner', result: 'noAnswer' }] as const
    const input = { checks, kvm: null, isCutOff: true, now }
    expect(judgeHealth({ ...input, ping: true })).toEqual({ health: 'down', cause: 'pingOnly' })
    for (const ping of [false, null])
      expect(judgeHealth({ ...input, ping })).toEqual({ health: 'unknown', cause: 'selfCutOff' })
  })

  it('calls nobody down for silence right after a start, unless something proves that the network works', () => {
    const settling = (results: CheckResult[], state: KvmState | null): string => {
      const checks = results.map((result) => ({ kind: 'banner', result }) as const)
      const { health, cause } = judgeHealth({ checks, kvm: state, isCutOff: false, isSettling: true, now })
      return `${health} ${cause}`
    }
    expect(settling(['noAnswer'], gone)).toBe('unknown checking')
    expect(settling(['noAnswer'], kvm())).toBe('down noNetwork')
    expect(settling(['refused'], null)).toBe('degraded refused')
    expect(settling(['answers'], null)).toBe('up answers')
  })

  it('believes the network over a power LED that reads off', () => {
    expect(judge(['answers'], off)).toBe('up answers')
    expect(judge(['silent', 'silent'], off)).toBe('down silent')
  })

  it('never makes a machine worse because its screen has no signal', () => {
    for (const results of [[], ['answers'], ['noAnswer'], ['silent'], [null]] as const) {
      for (const base of [kvm(), kvm({ power: seen('on', 0) }), off, gone]) {
        const present = { ...base, signal: seen({ present: true, width: 1, height: 1 }) }
        const absent = { ...base, signal: seen({ present: false, width: 0, height: 0 }) }
        expect(judge([...results], absent)).toBe(judge([...results], present))
      }
    }
  })

  it('wants a look at a machine whose KVM has been away for two minutes', () => {
    const away = kvm({ reachable: seen(false, now - 120_000) })
    expect(judge(['answers'], away)).toBe('degraded kvmUnreachable')
  })

  it('says unknown for silence while Crashcart itself may be cut off, but keeps what it still hears', () => {
    expect(judge(['noAnswer'], gone, true)).toBe('unknown selfCutOff')
    expect(judge([], gone, true)).toBe('unknown selfCutOff')
    expect(judge(['noAnswer'], kvm(), true)).toBe('down noNetwork')
    expect(judge(['silent', 'silent'], null, true)).toBe('down silent')
    expect(judge(['noAnswer'], off, true)).toBe('down poweredOff')
  })
})
