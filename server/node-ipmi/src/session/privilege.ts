/** Privilege levels of a session. @see IPMI 2.0 §6.8 */
export const privilegeLevel = { user: 2, operator: 3, administrator: 4 } as const

export type Privilege = keyof typeof privilegeLevel

/** True when `held` is enough for `needed`. */
export function isPrivilegeEnough(held: Privilege, needed: Privilege): boolean {
  return privilegeLevel[held] >= privilegeLevel[needed]
}
