import type { BootKey } from '../../server/contract/boot-keys.ts'

const names: Partial<Record<BootKey, string>> = { Delete: 'Del', Escape: 'Esc' }

/** What stands on a key: "Del", "F2". */
export function bootKeyName(key: BootKey): string {
  return names[key] ?? key
}

/** "Del, F2" */
export function bootKeyNames(keys: readonly BootKey[]): string {
  return keys.map(bootKeyName).join(', ')
}
