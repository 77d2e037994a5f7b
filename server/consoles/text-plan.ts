import type { Layout } from '../contract/inventory.ts'
import { jpLayout } from './layouts/jp.ts'
import type { KeyStroke, LayoutTable } from './layouts/key-stroke.ts'
import { usLayout } from './layouts/us.ts'

const tables: Record<Layout, LayoutTable> = { us: usLayout, jp: jpLayout }

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

export type KeyEvent = { code: string; down: boolean }

/** The key events of one stroke, beginning and ending with every key up. With Caps Lock on, letters turn round. */
export function strokeEvents(stroke: KeyStroke, capsLockOn: boolean): KeyEvent[] {
  const isLetter = /^Key[A-Z]$/.test(stroke.code)
  const tap = [
    { code: stroke.code, down: true },
    { code: stroke.code, down: false },
  ]
  if (stroke.shift === (isLetter && capsLockOn)) return tap
  return [{ code: 'ShiftLeft', down: true }, ...tap, { code: 'ShiftLeft', down: false }]
}
