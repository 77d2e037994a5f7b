import type { StreamChange, StreamField, StreamSettings } from '../../../server/contract/stream-settings.ts'

/** What stands in the form, a text for each setting that the device has. */
export type StreamDraft = Partial<Record<StreamField, string>>

export function draftOf(settings: StreamSettings): StreamDraft {
  return Object.fromEntries(Object.entries(settings).map(([field, { value }]) => [field, String(value)]))
}

/** What the form changes, and the fields whose text is no whole number within the device's limits. */
export function changeIn(
  draft: StreamDraft,
  settings: StreamSettings,
): { change: StreamChange; bad: ReadonlySet<StreamField> } {
  const change: StreamChange = {}
  const bad = new Set<StreamField>()
  for (const [field, { value, min, max }] of entriesOf(settings)) {
    const text = (draft[field] ?? '').normalize('NFKC').trim()
    const wanted = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN
    if (!(wanted >= min && wanted <= max)) bad.add(field)
    else if (wanted !== value) change[field] = wanted
  }
  return { change, bad }
}

function entriesOf(settings: StreamSettings) {
  return Object.entries(settings) as [StreamField, { value: number; min: number; max: number }][]
}
