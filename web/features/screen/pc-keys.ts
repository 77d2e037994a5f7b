import type { StickyModifier } from './sticky-keys.ts'

export type PcKey = { code: string; label: string; name?: string }
export type PcModifier = { code: StickyModifier; label: string }

/** What a phone's keyboard lacks, most needed first. `name` is what a screen reader says instead of a symbol. */
export const escapeAndTab: readonly PcKey[] = [
  { code: 'Escape', label: 'Esc' },
  { code: 'Tab', label: 'Tab' },
]
export const modifiers: readonly PcModifier[] = [
  { code: 'ControlLeft', label: 'Ctrl' },
  { code: 'AltLeft', label: 'Alt' },
  { code: 'MetaLeft', label: 'Meta' },
]
export const shift: PcModifier = { code: 'ShiftLeft', label: 'Shift' }
export const arrows: readonly PcKey[] = [
  { code: 'ArrowUp', label: '↑', name: 'Up' },
  { code: 'ArrowDown', label: '↓', name: 'Down' },
  { code: 'ArrowLeft', label: '←', name: 'Left' },
  { code: 'ArrowRight', label: '→', name: 'Right' },
]
export const editing: readonly PcKey[] = [
  { code: 'Delete', label: 'Del' },
  { code: 'Enter', label: '⏎', name: 'Enter' },
  { code: 'Backspace', label: '⌫', name: 'Backspace' },
]
export const moving: readonly PcKey[] = [
  { code: 'Home', label: 'Home' },
  { code: 'End', label: 'End' },
  { code: 'PageUp', label: 'PgUp' },
  { code: 'PageDown', label: 'PgDn' },
  { code: 'Space', label: 'Space' },
]
export const functionKeys: readonly PcKey[] = Array.from({ length: 12 }, (_, index) => ({
  code: `F${index + 1}`,
  label: `F${index + 1}`,
}))
