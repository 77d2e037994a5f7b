import { computed, type ComputedRef, type Ref } from 'vue'
import { useLiveStore } from '../../api/live-store.ts'
import { useCoreWords } from '../../locales/language.ts'
import { placeText } from '../../locales/place.ts'
import type { Slot } from './held-order.ts'
import { matchesSearch, type TriageRow } from './triage-order.ts'

/** A row with what is written on it, and the rows that fold under it. */
export type Entry = { row: TriageRow; place: string; dependants: Entry[] }

/**
 * The rows to draw, in the order that is shown: those that need somebody, each with its dependants, and those behind
 * the fold. What is searched for stands in a row of its own. `found`: how many in all. Call in setup.
 */
export function useEntries(
  shown: Readonly<Ref<readonly Slot[]>>,
  rows: Readonly<Ref<readonly TriageRow[]>>,
  search: Readonly<Ref<string>>,
): { urgent: ComputedRef<Entry[]>; folded: ComputedRef<Entry[]>; found: ComputedRef<number> } {
  const live = useLiveStore()
  const words = useCoreWords()
  const rowById = computed(() => new Map(rows.value.map((row) => [row.deviceId, row])))

  const placed = computed(() =>
    shown.value.flatMap((slot) => {
      const device = live.devices.get(slot.deviceId)
      const row = rowById.value.get(slot.deviceId)
      if (!device || !row) return []
      const place = placeText(device.placement, live.racks, words.value.place)
      return [{ slot, entry: { row, place, dependants: [] as Entry[] } }]
    }),
  )
  const isSearching = computed(() => search.value.trim() !== '')
  const found = computed(() =>
    isSearching.value
      ? placed.value.filter(({ entry }) => matchesSearch(`${entry.row.name} ${entry.place}`, search.value))
      : placed.value,
  )
  const urgent = computed(() => {
    const tops = found.value.filter(({ slot }) => !slot.isFolded)
    return isSearching.value ? tops.map(({ entry }) => entry) : nest(tops)
  })
  const folded = computed(() => found.value.filter(({ slot }) => slot.isFolded).map(({ entry }) => entry))
  return { urgent, folded, found: computed(() => found.value.length) }
}

/** Puts what folds under a machine into that machine's entry; what has lost its head stands for itself. */
function nest(all: readonly { slot: Slot; entry: Entry }[]): Entry[] {
  const isTop = new Set(all.filter(({ slot }) => slot.under === null).map(({ slot }) => slot.deviceId))
  const headOf = ({ under }: Slot): string | null => (under !== null && isTop.has(under) ? under : null)
  return all
    .filter(({ slot }) => headOf(slot) === null)
    .map(({ slot, entry }) => ({
      ...entry,
      dependants: all.filter((other) => headOf(other.slot) === slot.deviceId).map((other) => other.entry),
    }))
}
