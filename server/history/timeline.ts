import type { HistoryEntry, MachineHistory, PastPicture } from '../contract/history.ts'
import type { Action } from '../contract/power.ts'
import type { StoredChange, WatchSpan } from '../store/tables/history.ts'

export type TimelineParts = {
  changes: readonly StoredChange[]
  pictures: readonly PastPicture[]
  actions: readonly Action[]
  spans: readonly WatchSpan[]
  before: number
  limit: number
}

/**
 * One page of a machine's history, newest first. `changes` and `actions` hold at least its newest `limit` of before
 * `before`, where there are as many. A page ends between two times, never within one.
 */
export function timeline({
  changes,
  pictures,
  actions,
  spans,
  before,
  limit,
}: TimelineParts): MachineHistory {
  const entries: HistoryEntry[] = [
    ...changes.map(({ at, change }): HistoryEntry => ({ type: 'change', at, change })),
    ...pictures.map((picture): HistoryEntry => ({ type: 'picture', ...picture })),
    ...actions.map((action): HistoryEntry => ({ type: 'action', at: action.acceptedAt, action })),
    ...gapsBetween(spans),
  ]
  const sorted = entries.filter(({ at }) => at < before).sort((a, b) => b.at - a.at)
  const lastAt = sorted[limit - 1]?.at
  if (lastAt === undefined) return { entries: withoutOldGaps(sorted), before: null }
  const page = sorted.filter(({ at }) => at >= lastAt)
  return page.length < sorted.length
    ? { entries: page, before: lastAt }
    : { entries: withoutOldGaps(page), before: null }
}

/** What Crashcart missed before anything is known of the machine says nothing about it. */
function withoutOldGaps(sorted: readonly HistoryEntry[]): HistoryEntry[] {
  return sorted.slice(0, sorted.findLastIndex(({ type }) => type !== 'gap') + 1)
}

/** The times in which nobody watched, from one run of the program to the next. */
function gapsBetween(spans: readonly WatchSpan[]): HistoryEntry[] {
  return spans.slice(1).map(({ startedAt }, index): HistoryEntry => {
    const from = spans[index]?.lastAt ?? startedAt
    return { type: 'gap', at: startedAt, from: Math.min(from, startedAt) }
  })
}
