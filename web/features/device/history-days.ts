import type { FactChange, HistoryEntry } from '../../../server/contract/history.ts'
import type { CoreWords } from '../../locales/en.ts'
import type { HistoryWords } from './history-words.ts'
import type { DeviceWords } from './words.ts'

export type HistoryDay = { day: string; entries: HistoryEntry[] }

/** Entries under the day on which they were, in their order; `dayOf` names it. */
export function byDay(entries: readonly HistoryEntry[], dayOf: (at: number) => string): HistoryDay[] {
  const days: HistoryDay[] = []
  for (const entry of entries) {
    const day = dayOf(entry.at)
    const last = days.at(-1)
    if (last?.day === day) last.entries.push(entry)
    else days.push({ day, entries: [entry] })
  }
  return days
}

type Words = { core: CoreWords; device: DeviceWords; history: HistoryWords }

/** What changed, in words: "down · No network", "NFS no answer". */
export function changeText(change: FactChange, { core, device, history }: Words): string {
  switch (change.fact) {
    case 'health': {
      const text = `${core.health[change.value]} · ${core.cause[change.cause]}`
      // That something is well needs no beginning.
      return change.otherUntil === undefined || change.value === 'up'
        ? text
        : `${text} · ${history.maybeBefore}`
    }
    case 'power':
      return history.power[change.value]
    case 'check':
      return device.check(change.label, device.result[change.value])
    case 'address':
      return addressText(change, history)
    default:
      return history[change.fact][change.value ? 'yes' : 'no']
  }
}

function addressText(change: Extract<FactChange, { fact: 'address' }>, { address }: HistoryWords): string {
  switch (change.value) {
    case 'same':
      return address.same
    case 'moved':
      return address.moved(change.to)
    case 'taken':
      return address.taken(change.by)
  }
}

/** The newest page put before what was fetched earlier, which begins where it ends. */
export function withNewest(
  newest: readonly HistoryEntry[],
  before: number | null,
  earlier: readonly HistoryEntry[],
): HistoryEntry[] {
  return before === null ? [...newest] : [...newest, ...earlier.filter(({ at }) => at < before)]
}
