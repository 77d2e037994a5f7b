import { beforeEach, describe, expect, it } from 'vitest'
import type { FactChange } from '../../server/contract/history.ts'
import type { LanFact, MachineState } from '../../server/contract/state.ts'
import { StateHistory } from '../../server/history/state-history.ts'
import type { HistoryStart, StoredChange } from '../../server/store/tables/history.ts'
import { kvmOf, observed, stateOf } from './states.ts'

describe('the history of a machine’s states', () => {
  let noted: StoredChange[]
  let judge: (state: MachineState) => void
  let forget: (deviceId: string) => void
  let clock: number

  const open = (before: HistoryStart['facts'] = []): StateHistory => {
    const made = new StateHistory(
      {
        notebook: { noteChanges: (changes) => void noted.push(...changes) },
        observer: {
          onChange: (listener) => {
            judge = listener
            return () => undefined
          },
        },
        inventory: {
          onChange: (listener) => {
            forget = (id) => listener([{ entity: 'device', id, siteId: 's', value: null }])
            return () => undefined
          },
        },
        now: () => clock,
      },
      before,
    )
    made.start()
    return made
  }
  const told = (): [number, FactChange][] => noted.map(({ at, change }) => [at, change])

  beforeEach(() => {
    noted = []
    clock = 1000
    open()
  })

  it('notes each fact that became another, with the time since which it is so', () => {
    const nfs = { checkId: 'nfs:10.0.0.5:2049', label: 'NFS', said: null, lastGoodAt: null }
    judge(stateOf({ checks: [{ ...nfs, result: observed('answers', 10) }] }))
    noted = []
    const kvm = kvmOf({
      reachable: observed(true, 400),
      signal: observed({ present: false, width: 0, height: 0 }, 450),
    })
    const checks = [{ ...nfs, result: observed<'silent'>('silent', 300) }]
    judge(stateOf({ health: 'down', cause: 'silent', since: 500, checks, kvm, power: observed('on', 350) }))
    expect(told()).toEqual([
      [500, { fact: 'health', value: 'down', cause: 'silent' }],
      [350, { fact: 'power', value: 'on' }],
      [400, { fact: 'kvm', value: true }],
      [450, { fact: 'signal', value: false }],
      [300, { fact: 'check', label: 'NFS', value: 'silent' }],
    ])
    expect(noted[0]).toMatchObject({ deviceId: 'nas1', siteId: 's' })
    expect(new Set(noted.map(({ id }) => id)).size).toBe(5)
  })

  it('says nothing of what stays as it is, however often it is told, nor of pictures that only change size', () => {
    const kvm = kvmOf({ signal: observed({ present: true, width: 1024, height: 768 }) })
    judge(stateOf({ kvm }))
    noted = []
    judge(stateOf({ kvm, pictureAt: 77 }))
    judge(stateOf({ kvm: kvmOf({ signal: observed({ present: true, width: 640, height: 480 }) }) }))
    expect(noted).toEqual([])
  })

  it('keeps what was known while nobody can look, and compares with it afterwards', () => {
    judge(stateOf({ power: observed('on', 10) }))
    noted = []
    judge(stateOf({ power: observed<'on'>(null, 20) }))
    judge(stateOf({ power: observed('on', 30) }))
    expect(noted).toEqual([])
    judge(stateOf({ power: observed('off', 40) }))
    expect(told()).toEqual([[40, { fact: 'power', value: 'off' }]])
  })

  it('gives a new cause its own time, not that of the health, which is older', () => {
    judge(stateOf({ health: 'down', cause: 'noNetwork', since: 500 }))
    noted = []
    judge(stateOf({ health: 'down', cause: 'poweredOff', since: 500 }))
    expect(told()).toEqual([[1000, { fact: 'health', value: 'down', cause: 'poweredOff' }]])
  })

  it('tells a state that is known again when it is known again, not when it began', () => {
    judge(stateOf({ health: 'down', cause: 'noNetwork', since: 500 }))
    judge(stateOf({ health: 'unknown', cause: 'selfCutOff', since: 600 }))
    noted = []
    judge(stateOf({ health: 'down', cause: 'noNetwork', since: 500 }))
    expect(told()).toEqual([[1000, { fact: 'health', value: 'down', cause: 'noNetwork' }]])
  })

  it('notes where nobody saw a state begin', () => {
    judge(stateOf({ health: 'down', cause: 'noNetwork', since: 900, otherUntil: 700 }))
    expect(told()).toEqual([[900, { fact: 'health', value: 'down', cause: 'noNetwork', otherUntil: 700 }]])
  })

  it('notes whether ping answers: silence when it was found twice and is not Crashcart’s own', () => {
    const net = (value: boolean, since: number, observedAt: number): Partial<MachineState> => ({
      net: { ...stateOf().net, ping: { value, since, observedAt } },
    })
    judge(stateOf(net(true, 10, 10)))
    judge(stateOf(net(false, 20, 20)))
    judge(stateOf(net(true, 30, 30)))
    const cutOff = { health: 'unknown', cause: 'selfCutOff', since: 40 } as const
    judge(stateOf({ ...net(false, 40, 45), ...cutOff }))
    judge(stateOf(net(false, 50, 55)))
    judge(stateOf(net(false, 50, 65)))
    expect(told().filter(([, { fact }]) => fact === 'ping')).toEqual([
      [10, { fact: 'ping', value: true }],
      [50, { fact: 'ping', value: false }],
    ])
  })

  it('notes where an address went and who took it, and that it is its own again when it stayed so', () => {
    const mac = '02:00:00:00:00:01'
    const lan = (value: LanFact, since: number, observedAt = since): Partial<MachineState> => ({
      net: { ...stateOf().net, lan: { value, since, observedAt } },
    })
    const minute = 60_000
    const taken = { kind: 'taken', mac, by: '02:00:00:00:00:09' } as const
    judge(stateOf(lan({ kind: 'same', mac }, 10, 10 + 9 * minute)))
    judge(stateOf(lan({ kind: 'moved', mac, to: '10.0.0.143' }, 20)))
    judge(stateOf(lan({ kind: 'moved', mac, to: '10.0.0.144' }, 30)))
    for (let at = 40; at < 60; at += 2) {
      judge(stateOf(lan(taken, at)))
      judge(stateOf(lan({ kind: 'same', mac }, at + 1)))
    }
    judge(stateOf(lan({ kind: 'same', mac }, 100, 100 + 5 * minute)))
    expect(told().slice(1)).toEqual([
      [20, { fact: 'address', value: 'moved', to: '10.0.0.143' }],
      [30, { fact: 'address', value: 'moved', to: '10.0.0.144' }],
      [40, { fact: 'address', value: 'taken', by: taken.by }],
      [100, { fact: 'address', value: 'same' }],
    ])
  })

  it('does not take a first look, or one that is still under way, for a change', () => {
    judge(stateOf({ health: 'unknown', cause: 'checking' }))
    judge(stateOf({ health: 'unknown', cause: 'nothingToAsk' }))
    expect(noted).toEqual([])
  })

  it('invents no change at a restart, and notes what changed meanwhile', () => {
    judge(stateOf({ power: observed('on', 10) }))
    const before = noted.map(({ deviceId, factKey, change }) => ({ deviceId, factKey, change }))
    noted = []
    open(before)
    judge(stateOf({ since: 5000, power: observed('on', 5000) }))
    expect(noted).toEqual([])
    judge(stateOf({ health: 'down', cause: 'silent', since: 5001 }))
    expect(told()).toEqual([[5001, { fact: 'health', value: 'down', cause: 'silent' }]])
  })

  it('forgets a machine that was removed', () => {
    judge(stateOf({ power: observed('on', 10) }))
    noted = []
    forget('nas1')
    judge(stateOf({ power: observed('on', 10) }))
    expect(told().map(([, { fact }]) => fact)).toEqual(['health', 'power'])
  })
})
