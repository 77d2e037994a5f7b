import { strokesOfLayout, type GuestLayout } from '../machine/layouts.ts'

/** One key transition. */
export interface KeyEvent {
  key: string
  down: boolean
}

const TYPOGRAPHIC: Readonly<Record<string, string>> = {
  '‚': "'",
  '‘': "'",
  '’': "'",
  '„': '"',
  '“': '"',
  '”': '"',
  '–': '-',
}

/**
 * The transitions with which kvmd types a text: shift stays down over a run of shifted
 * characters, and what the layout lacks is left out without a word.
 */
export function keyEventsOfText(text: string, layout: GuestLayout): KeyEvent[] {
  const strokes = strokesOfLayout(layout)
  const events: KeyEvent[] = []
  let shift = false
  for (const character of text) {
    const stroke = strokes.get(TYPOGRAPHIC[character] ?? character)
    if (!stroke) continue
    if (stroke.shift !== shift) {
      shift = stroke.shift
      events.push({ key: 'ShiftLeft', down: shift })
    }
    events.push({ key: stroke.key, down: true }, { key: stroke.key, down: false })
  }
  if (shift) events.push({ key: 'ShiftLeft', down: false })
  return events
}
