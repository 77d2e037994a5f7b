/** What a chord of keys does to a machine besides typing. */
export type PowerChord = 'ctrlAltDel' | 'sysrq'

const modifier = /^(Shift|Control|Alt|Meta)(Left|Right)$/

/**
 * Whether pressing `code` beside the keys that are `held` (`KeyboardEvent.code`s) restarts the machine or commands its
 * kernel. Such a chord is a power action: it needs that right, a hold and an entry in the record, which plain keys
 * have not.
 */
export function powerChordOf(held: ReadonlySet<string>, code: string): PowerChord | null {
  const isDown = (...codes: string[]): boolean => codes.some((each) => each === code || held.has(each))
  if (!isDown('AltLeft', 'AltRight')) return null
  if (isDown('ControlLeft', 'ControlRight') && isDown('Delete', 'NumpadDecimal')) return 'ctrlAltDel'
  const isCommand = !modifier.test(code) && code !== 'PrintScreen'
  return held.has('PrintScreen') && isCommand ? 'sysrq' : null
}
