import { stickyModifiers, type StickyModifier } from './sticky-keys.ts'

export type PcKey = { code: string; label: string }

const start: readonly PcKey[] = [
  { code: 'Escape', label: 'Esc' },
  { code: 'Tab', label: 'Tab' },
  { code: 'ControlLeft', label: 'Ctrl' },
  { code: 'AltLeft', label: 'Alt' },
]
const lessUsedModifiers: readonly PcKey[] = [
  { code: 'MetaLeft', label: 'Meta' },
  { code: 'ShiftLeft', label: 'Shift' },
]
const middle: readonly PcKey[] = [
  { code: 'ArrowUp', label: '↑' },
  { code: 'ArrowDown', label: '↓' },
  { code: 'ArrowLeft', label: '←' },
  { code: 'ArrowRight', label: '→' },
  { code: 'Delete', label: 'Del' },
  { code: 'Enter', label: '⏎' },
  { code: 'Backspace', label: '⌫' },
]
const end: readonly PcKey[] = [
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

/** What a phone's keyboard lacks, most needed first, for one row that scrolls. */
export const rowKeys: readonly PcKey[] = [...start, ...middle, ...lessUsedModifiers, ...end]
/** The same and the function keys, for several rows. */
export const allKeys: readonly PcKey[] = [...start, ...lessUsedModifiers, ...middle, ...end, ...functionKeys]

export function isSticky(code: string): code is StickyModifier {
  return stickyModifiers.some((modifier) => modifier === code)
}
