import type { Layout } from '../contract/inventory.ts'
import { deLayout } from './layouts/de.ts'
import { frLayout } from './layouts/fr.ts'
import { gbLayout } from './layouts/gb.ts'
import { jpLayout } from './layouts/jp.ts'
import type { Chord, KeyStroke, LayoutTable } from './layouts/key-stroke.ts'
import { usLayout } from './layouts/us.ts'

const tables: Record<Layout, LayoutTable> = {
  us: usLayout,
  jp: jpLayout,
  gb: gbLayout,
  de: deLayout,
  fr: frLayout,
}

export type TextPlan = { strokes: KeyStroke[] } | { unmappable: string[] }

/**
 * Turns text into key strokes for a machine with this layout, one stroke a character; line ends (\n, \r, \r\n) become
 * Enter. When any character has no key, nothing is planned and each such character is listed once, in order.
 */
export function planText(text: string, layout: Layout): TextPlan {
  const table = tables[layout]
  const strokes: KeyStroke[] = []
  const unmappable = new Set<string>()
  for (const character of text.normalize('NFC').replaceAll(/\r\n?/g, '\n')) {
    const stroke = table.get(character)
    if (stroke === undefined) unmappable.add(character)
    else strokes.push(stroke)
  }
  return unmappable.size > 0 ? { unmappable: [...unmappable] } : { strokes }
}

/** Takes back this many characters. */
export function eraseStrokes(count: number): KeyStroke[] {
  return Array.from({ length: count }, () => ({ code: 'Backspace', shift: false }))
}

export type KeyEvent = { code: string; down: boolean }

/** The key events of one stroke, beginning and ending with every key up. With Caps Lock on, letters turn round. */
export function strokeEvents(stroke: KeyStroke, capsLockOn: boolean): KeyEvent[] {
  const events = chordEvents(stroke, capsLockOn)
  return stroke.dead === undefined ? events : [...chordEvents(stroke.dead, capsLockOn), ...events]
}

function chordEvents({ code, shift, altGr, isLetter }: Chord, capsLockOn: boolean): KeyEvent[] {
  const around: string[] = []
  if (shift !== (isLetter === true && capsLockOn)) around.push('ShiftLeft')
  if (altGr === true) around.push('AltRight')
  return [
    ...around.map((held) => ({ code: held, down: true })),
    { code, down: true },
    { code, down: false },
    ...around.toReversed().map((held) => ({ code: held, down: false })),
  ]
}
