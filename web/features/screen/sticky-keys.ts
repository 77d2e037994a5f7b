export const stickyModifiers = ['ControlLeft', 'AltLeft', 'MetaLeft', 'ShiftLeft'] as const
export type StickyModifier = (typeof stickyModifiers)[number]
/** `once`: for the next key; `locked`: until tapped again. */
export type StickyState = Readonly<Partial<Record<StickyModifier, 'once' | 'locked'>>>

/** A tap on a modifier: off → for the next key → locked → off. */
export function tapModifier(state: StickyState, modifier: StickyModifier): StickyState {
  const { [modifier]: current, ...others } = state
  if (current === undefined) return { ...others, [modifier]: 'once' }
  return current === 'once' ? { ...others, [modifier]: 'locked' } : others
}

/** The modifiers that the next key gets. */
export function activeModifiers(state: StickyState): StickyModifier[] {
  return stickyModifiers.filter((modifier) => state[modifier] !== undefined)
}

/** A key was sent: what was meant for one key only is over. */
export function afterKey(state: StickyState): StickyState {
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value === 'locked'))
}

/**
 * The key of a letter, digit or space, for combinations such as Ctrl+C; null for anything else, whose place depends
 * on the machine's layout.
 */
export function codeOfPlainCharacter(character: string): string | null {
  if (/^[a-z]$/i.test(character)) return `Key${character.toUpperCase()}`
  if (/^[0-9]$/.test(character)) return `Digit${character}`
  return character === ' ' ? 'Space' : null
}
