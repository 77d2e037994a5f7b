import type { Capability, Role } from '../../../server/contract/access.ts'

/** The roles in the order they are offered; the contract's own list would bring its schemas into the page. */
export const roles = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[]

/** What one machine can be opened to: nothing, looking, or looking with keys and power. */
export const grantLevels = {
  none: [],
  look: ['view'],
  operate: ['view', 'input', 'terminal', 'power', 'media'],
} as const satisfies Record<string, readonly Capability[]>
export type GrantLevel = keyof typeof grantLevels

/** The level that a set of capabilities amounts to. */
export function grantLevel(capabilities: readonly Capability[]): GrantLevel {
  if (capabilities.includes('power') || capabilities.includes('input')) return 'operate'
  return capabilities.includes('view') ? 'look' : 'none'
}
