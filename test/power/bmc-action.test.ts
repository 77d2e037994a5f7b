import { describe, expect, test } from 'vitest'
import type { PowerVerb } from '../../server/contract/power.ts'
import { advance } from '../../server/power/action-machine.ts'
import {
  newActionState,
  planOf,
  type ActionInput,
  type ActionState,
} from '../../server/power/action-state.ts'
import type { Sight } from '../../server/power/sight.ts'

const hung: Sight = {
  isReachable: false,
  led: null,
  ledWiring: 'unproven',
  signal: null,
  mode: null,
  isUsbOnline: null,
  isAtxBusy: null,
  pictureChangedAt: null,
  isScreenElsewhere: false,
  isCutOff: false,
  isHostAlive: false,
  hostSeenAt: 99_000,
  checks: [],
  chassis: 'on',
  restartCause: 'power button',
  serialSince: 90_000,
  serialOutputAt: null,
}
const acknowledged = { outcome: 'acknowledged', reason: '', at: 0 } as const
const startedAt = 100_000

/** Carries an action through these inputs; `sent` lists what was told to the BMC. */
function run(verb: PowerVerb, inputs: (ActionInput & object)[]): { state: ActionState; sent: string[] } {
  let state = newActionState(
    planOf(verb, { wiring: 'ipmi', target: 'ipmi' }, hung, null, startedAt),
    hung,
    startedAt,
  )
  const sent: string[] = []
  const start: ActionInput[] = [
    { type: 'begin', now: startedAt, sight: hung, aliveSince: null },
    { type: 'journaled', now: startedAt + 10 },
    { type: 'outcome', now: startedAt + 50, outcome: acknowledged },
  ]
  for (const input of [...start, ...inputs]) {
    const turn = advance(state, input)
    state = turn.state
    for (const effect of turn.effects) if (effect.type === 'send') sent.push(effect.press)
  }
  return { state, sent }
}
const see = (afterMs: number, change: Partial<Sight>): ActionInput => ({
  type: 'see',
  now: startedAt + afterMs,
  sight: { ...hung, ...change },
})
const tick = (afterMs: number): ActionInput => ({ type: 'tick', now: startedAt + afterMs })

describe('off and on by a BMC', () => {
  test('is one command, watched until the chassis came on again', () => {
    const half = run('cycle', [see(500, { chassis: 'off' }), tick(20_000)])
    expect(half).toMatchObject({ sent: ['bmcCycle'], state: { effect: null, mode: 'watching' } })
    const whole = run('cycle', [see(500, { chassis: 'off' }), see(2_000, { chassis: 'on' })])
    expect(whole).toMatchObject({ sent: ['bmcCycle'], state: { effect: 'restarted' } })
    const kinds = whole.state.steps.flatMap((step) => (step.type === 'evidence' ? [step.kind] : []))
    expect(kinds).toEqual(['chassisOff', 'chassisOn'])
  })

  test('that left the machine off says so, and switches nothing on by itself', () => {
    const off = run('cycle', [see(500, { chassis: 'off' }), tick(31_000)])
    expect(off).toMatchObject({ sent: ['bmcCycle'], state: { effect: 'poweredOff' } })
  })

  test('is not proven by a machine that says its last words before it goes', () => {
    const spoke = { restartCause: 'chassis control command', serialOutputAt: startedAt + 400 }
    expect(run('cycle', [see(500, spoke), tick(1_000)]).state.effect).toBeNull()
  })

  test('that changed nothing is unknown', () => {
    const { state, sent } = run('cycle', [tick(31_000)])
    expect(sent).toEqual(['bmcCycle'])
    expect(state.effect).toBe('unknown')
  })
})

describe('other commands of a BMC', () => {
  test('are proven by the chassis: off, and soft off by the system itself', () => {
    expect(run('hardOff', [see(500, { chassis: 'off' })]).state.effect).toBe('poweredOff')
    expect(run('off', [see(60_000, { chassis: 'off' })])).toMatchObject({
      sent: ['bmcSoft'],
      state: { effect: 'poweredOff' },
    })
  })

  test('a reset is proven by a new restart cause together with a console that speaks after its silence', () => {
    const spoke = { restartCause: 'chassis control command', serialOutputAt: startedAt + 3_000 }
    expect(run('reset', [see(3_000, spoke)]).state.effect).toBe('restarted')
    expect(run('reset', [see(3_000, { serialOutputAt: startedAt + 3_000 })]).state.effect).toBeNull()
  })
})
