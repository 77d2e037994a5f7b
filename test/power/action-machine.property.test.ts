import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { advance } from '../../server/power/action-machine.ts'
import { newActionState, planOf, type ActionInput } from '../../server/power/action-state.ts'
import { pressesOf, verbsOf, type Wiring } from '../../server/power/presses.ts'
import type { Sight } from '../../server/power/sight.ts'

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null })
const boolean = maybe(fc.boolean())
const sight: fc.Arbitrary<Sight> = fc.record({
  isReachable: fc.boolean(),
  led: maybe(fc.constantFrom('on' as const, 'off' as const)),
  ledWiring: fc.constantFrom('wired' as const, 'unwired' as const, 'unproven' as const),
  signal: boolean,
  mode: maybe(fc.constantFrom('720x400', '1920x1080')),
  isUsbOnline: boolean,
  isAtxBusy: boolean,
  pictureChangedAt: maybe(fc.nat(1_000_000)),
  isScreenElsewhere: fc.boolean(),
  isCutOff: fc.boolean(),
  isHostAlive: boolean,
  hostSeenAt: fc.nat(1_000_000),
  checks: fc.constant([]),
  chassis: maybe(fc.constantFrom('on' as const, 'off' as const)),
  restartCause: maybe(fc.constantFrom('unknown', 'chassis control command')),
  serialSince: maybe(fc.nat(1_000_000)),
  serialOutputAt: maybe(fc.nat(1_000_000)),
})
const outcome = fc.record({
  outcome: fc.constantFrom('notSent' as const, 'acknowledged' as const, 'unknown' as const),
  reason: fc.constant('timeout'),
  at: fc.constant(0),
})
/** Any input at any time, the impossible orders too: a late answer, a second one, a resume in the middle. */
const step = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('begin' as const),
      sight,
      aliveSince: fc.constantFrom(null, 1_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('journaled' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('journalFailed' as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('outcome' as const), outcome }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('see' as const), sight }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('tick' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('resume' as const), sight }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('supersede' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('firmwareSeen' as const), by: fc.constant('Kenji') }),
  },
)
const plan = fc.constantFrom<Wiring>('atx', 'powerButton', 'resetButton', 'supply').chain((wiring) =>
  fc.record({
    wiring: fc.constant(wiring),
    verb: fc.constantFrom(...verbsOf(wiring, { minMs: 100, maxMs: 10_000 })),
  }),
)

test('whatever happens in whatever order, a press goes out at most once, journaled before, never after an end', () => {
  fc.assert(
    fc.property(
      plan,
      sight,
      fc.array(fc.tuple(step, fc.nat(8_000)), { maxLength: 80 }),
      (what, first, steps) => {
        const path = { wiring: what.wiring, target: 'atx' }
        let now = 1_000
        let state = newActionState(planOf(what.verb, path, first, null, now), first, now)
        const sent: string[] = []
        let isStopped = false
        const inputs: (typeof step extends fc.Arbitrary<infer S> ? S : never)[] = [
          { type: 'begin', sight: first, aliveSince: null },
          ...steps.map(([input]) => input),
        ]
        for (const [index, input] of inputs.entries()) {
          now += steps[index]?.[1] ?? 0
          const before = state
          const turn = advance(state, { ...input, now } as ActionInput)
          state = turn.state
          for (const effect of turn.effects) {
            if (effect.type !== 'send') continue
            expect(input.type).toBe('journaled')
            expect(before.mode).toBe('journaling')
            expect(isStopped).toBe(false)
            sent.push(effect.press)
          }
          if (input.type === 'resume' && before.mode === 'watching') isStopped = true
          if (state.effect !== null) isStopped = true
          expect(state.steps.slice(0, before.steps.length)).toEqual(before.steps)
        }
        expect(sent).toEqual(pressesOf(what.verb, what.wiring).slice(0, sent.length))
        if (state.effect === 'notSent') expect(sent.length <= 1).toBe(true)
      },
    ),
    { numRuns: 1_500 },
  )
})

test('an action that is told nothing ends by itself', () => {
  fc.assert(
    fc.property(plan, sight, ({ wiring, verb }, first) => {
      let now = 1_000
      let { state } = advance(
        newActionState(planOf(verb, { wiring, target: 'atx' }, first, null, now), first, now),
        {
          type: 'begin',
          now,
          sight: first,
          aliveSince: null,
        },
      )
      for (let turn = 0; turn < 4_000 && state.mode !== 'done'; turn++) {
        now += 500
        const input: ActionInput =
          state.mode === 'journaling'
            ? { type: 'journaled', now }
            : state.mode === 'sending'
              ? { type: 'outcome', now, outcome: { outcome: 'acknowledged', reason: '', at: now } }
              : { type: 'tick', now }
        state = advance(state, input).state
      }
      expect(state.mode).toBe('done')
      expect(state.effect).not.toBeNull()
    }),
    { numRuns: 300 },
  )
})
