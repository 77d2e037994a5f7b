import { describe, expect, it } from 'vitest'
import type { HistoryEntry } from '../../server/contract/history.ts'
import { timeline } from '../../server/history/timeline.ts'
import type { StoredChange } from '../../server/store/tables/history.ts'

const change = (at: number): StoredChange => ({
  id: `c${at}`,
  siteId: 's',
  deviceId: 'nas1',
  at,
  factKey: 'power',
  change: { fact: 'power', value: 'on' },
})
const none = { changes: [], pictures: [], actions: [], spans: [], before: Infinity, limit: 10 }
const brief = (entries: readonly HistoryEntry[]): string[] => entries.map(({ type, at }) => `${type} ${at}`)

describe('a page of history', () => {
  it('has states, screens, actions and pauses in the order of time, newest first', () => {
    const { entries, before } = timeline({
      ...none,
      changes: [change(40), change(10)],
      pictures: [{ at: 30, until: 35, why: 'time' }],
      actions: [{ acceptedAt: 20 } as never],
      spans: [
        { startedAt: 1, lastAt: 22 },
        { startedAt: 25, lastAt: 50 },
      ],
    })
    expect(brief(entries)).toEqual(['change 40', 'picture 30', 'gap 25', 'action 20', 'change 10'])
    expect(entries[2]).toEqual({ type: 'gap', at: 25, from: 22 })
    expect(before).toBeNull()
  })

  it('says where the next one begins, and no entry is on two pages or on none', () => {
    const changes = [50, 40, 40, 40, 30, 20].map((at, index) => ({ ...change(at), id: `${index}` }))
    const first = timeline({ ...none, changes, limit: 2 })
    expect(brief(first.entries)).toEqual(['change 50', 'change 40', 'change 40', 'change 40'])
    const second = timeline({ ...none, changes, limit: 2, before: first.before ?? 0 })
    expect(brief(second.entries)).toEqual(['change 30', 'change 20'])
    expect(second.before).toBeNull()
  })

  it('leaves out pauses from before the machine was there', () => {
    const spans = [1, 10, 20, 30].map((startedAt) => ({ startedAt, lastAt: startedAt + 5 }))
    expect(brief(timeline({ ...none, changes: [change(15)], spans }).entries)).toEqual([
      'gap 30',
      'gap 20',
      'change 15',
    ])
    expect(timeline({ ...none, spans }).entries).toEqual([])
  })
})
