import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Action } from '../../server/contract/power.ts'
import { newActionState, planOf } from '../../server/power/action-state.ts'
import { RecentActions } from '../../server/power/recent-actions.ts'
import { recoverActions } from '../../server/power/recover.ts'
import { sightOf } from '../../server/power/sight.ts'
import { packWatch } from '../../server/power/watch-record.ts'
import { openStore, type Store } from '../../server/store/store.ts'

/** Accepted one after the other; in between the clock was put back by years. */
const ahead = Date.UTC(2034, 0, 1)
const today = Date.UTC(2026, 6, 1)
const minute = 60_000

let store: Store

beforeEach(async () => {
  store = await openStore(':memory:', true)
})
afterEach(() => store.close())

function action(id: string, acceptedAt: number, phase: Action['phase'] = 'done'): Action {
  return {
    id,
    siteId: 's1',
    deviceId: 'd1',
    pathId: 'p1',
    verb: 'reset',
    by: { userId: 'u1', name: 'Ada' },
    phase,
    acceptedAt,
    endedAt: phase === 'done' ? acceptedAt + 1 : null,
    effect: phase === 'done' ? 'restarted' : null,
    back: null,
    usualBackMs: null,
    steps: [],
  }
}
/** Spends a permission of its own for the action, as somebody who knows of `lastId`. */
async function accept(one: Action, lastId: string | null, watch: string | null = null): Promise<string> {
  const nonce = `nonce of ${one.id}`
  const row = { nonce, userId: 'u1', deviceId: 'd1', verb: one.verb, pathId: 'p1', stateTag: '{}' }
  const at = one.acceptedAt
  await store.nonces.create({ ...row, expiresAt: at + minute, actionId: null }, at)
  return (await store.nonces.spend(nonce, lastId, { action: one, watch }, at)).result
}

describe('of actions before and after the clock was put back', () => {
  it('the newest is the one that was accepted last, whatever its time', async () => {
    expect(await accept(action('a1', ahead), null)).toBe('spent')
    expect(await accept(action('a2', today), 'a1')).toBe('spent')
    expect((await store.actions.newest('d1'))?.id).toBe('a2')
    // Else nobody could press anything until the old time comes.
    expect(await accept(action('a3', today + 1), 'a2')).toBe('spent')
    expect((await store.actions.recent(3, 10)).map(({ id }) => id)).toEqual(['a3', 'a2', 'a1'])
  })

  it('a running one keeps others out, although an older one has a later time', async () => {
    await accept(action('a1', ahead), null)
    await accept(action('a2', today, 'sending'), 'a1')
    expect(await accept(action('a3', today + 1), 'a2')).toBe('busy')
  })

  it('the page’s list has the same order', () => {
    const recent = new RecentActions([action('a2', today), action('a1', ahead)])
    recent.put(action('a3', today - minute))
    recent.put({ ...action('a2', today), back: 'back' })
    expect(recent.list().map(({ id }) => id)).toEqual(['a3', 'a2', 'a1'])
    expect(recent.newestOf('d1')?.id).toBe('a3')
  })
})

describe('an action that was being watched by a clock that was put back since', () => {
  it('ends as unknown at the start instead of keeping the machine busy for years', async () => {
    const plan = planOf('reset', null, sightOf(undefined, false), null, ahead)
    const state = newActionState(plan, sightOf(undefined, false), ahead)
    const target = { deviceId: 'd1', pathId: 'p1', endpointId: null, target: 'atx' }
    await accept(action('a1', ahead, 'watching'), null, packWatch(state, target))
    const { recent, watching } = await recoverActions({
      store,
      clock: { now: () => today, every: () => () => undefined },
      audit: { record: async () => undefined },
      inventory: { pathsOf: () => [], noteVerdict: async () => undefined },
      log: { info: () => undefined, warn: () => undefined },
    } as unknown as Parameters<typeof recoverActions>[0])
    expect(watching).toEqual([])
    expect(recent).toMatchObject([{ id: 'a1', phase: 'done', effect: 'unknown' }])
  })
})
