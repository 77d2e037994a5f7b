import { describe, expect, it } from 'vitest'
import { advance } from '../../server/power/action-machine.ts'
import { newActionState, planOf, type ActionInput } from '../../server/power/action-state.ts'
import { askNetwork } from '../../server/power/fresh-network.ts'
import { sightOf, type Sight } from '../../server/power/sight.ts'

const askedAt = 100_000
const clock = { now: () => askedAt }
type Result = 'answers' | 'noAnswer'

function sightAt(...checks: [result: Result, observedAt: number][]): Sight {
  return {
    ...sightOf(undefined, false),
    isReachable: true,
    checks: checks.map(([result, observedAt], n) => {
      return { checkId: `check${n}`, label: 'SSH', result, observedAt, lastGoodAt: null }
    }),
    isHostAlive: checks.some(([result]) => result === 'answers'),
    hostSeenAt: Math.max(...checks.map(([, observedAt]) => observedAt)),
  }
}

describe('the checks just before a press', () => {
  it.each<[title: string, checkNow: () => Promise<undefined>]>([
    ['end', async () => undefined],
    ['fail', () => Promise.reject(new Error('gone'))],
    ['are late', () => new Promise(() => undefined)],
  ])('are waited for, and hold nothing up when they %s', async (_title, checkNow) => {
    expect(await askNetwork('d1', { observer: { checkNow }, clock })).toBe(askedAt)
  })
})

describe('whether the network was up before the press', () => {
  /** What is known of it once the press is on its way; `seen`: what came in while it was written down. */
  function before(atBegin: Sight, aliveSince: number | null, ...seen: Sight[]): boolean | null | undefined {
    const plan = planOf('off', { wiring: 'atx', target: 'atx' }, atBegin, null, askedAt)
    const inputs: ActionInput[] = [
      { type: 'begin', now: askedAt + 1_000, sight: atBegin, aliveSince },
      ...seen.map((sight): ActionInput => ({ type: 'see', now: askedAt + 1_100, sight })),
      { type: 'journaled', now: askedAt + 1_200 },
    ]
    let state = newActionState(plan, atBegin, askedAt)
    for (const input of inputs) state = advance(state, input).state
    expect(state.mode).toBe('sending')
    return state.tracker?.network.base
  }

  it('is shown by an answer that came after it was asked', () => {
    expect(before(sightAt(['answers', askedAt + 20]), askedAt)).toBe(true)
    expect(before(sightAt(['noAnswer', askedAt + 900], ['answers', askedAt + 20]), askedAt)).toBe(true)
  })

  it('is not known by an older answer, even where another check has just ended', () => {
    expect(before(sightAt(['answers', askedAt - 9_000]), askedAt)).toBeNull()
    expect(before(sightAt(['noAnswer', askedAt + 900], ['answers', askedAt - 9_000]), askedAt)).toBeNull()
  })

  it('is not known by an older answer that is told again while the press is written down', () => {
    const old = sightAt(['answers', askedAt - 9_000])
    expect(before(old, askedAt, old)).toBeNull()
  })

  it('is shown by any fresh answer where it was not asked', () => {
    expect(before(sightAt(['answers', askedAt - 9_000]), null)).toBe(true)
  })
})
