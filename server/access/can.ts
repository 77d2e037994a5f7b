import type { Capability, Role } from '../contract/access.ts'

/** Who asks. Made from a live session for each request and kept current on sockets. */
export type Principal = {
  userId: string
  name: string
  role: Role
  sessionId: string
  /** Rights beyond or instead of the role's bundle, per device. */
  grants: ReadonlyMap<string, ReadonlySet<Capability>>
  /** Only granted devices count, even when none is left. Absent: as soon as there is a grant. */
  isLimited?: boolean
}

/** What is asked about. `anyDevice`: something that concerns no one device but shows devices (a list, a rack). */
export type Resource = { type: 'system' } | { type: 'device'; deviceId: string } | { type: 'anyDevice' }

const bundles: Record<Role, ReadonlySet<Capability>> = {
  admin: new Set<Capability>(['view', 'input', 'terminal', 'power', 'media', 'manage']),
  operator: new Set<Capability>(['view', 'input', 'terminal', 'power', 'media']),
  viewer: new Set<Capability>(['view']),
}

/**
 * The one place that says yes. Deny by default. A limited user sees and touches only the granted devices, unless
 * they are an admin; everybody else has their role's bundle everywhere.
 */
export function can(principal: Principal | null, capability: Capability, resource: Resource): boolean {
  if (principal === null) return false
  if (principal.role === 'admin') return true
  if (!isLimited(principal)) return bundles[principal.role].has(capability)
  if (resource.type === 'device') return principal.grants.get(resource.deviceId)?.has(capability) ?? false
  if (resource.type === 'anyDevice') return capability === 'view' && principal.grants.size > 0
  return false
}

function isLimited(principal: Principal): boolean {
  return principal.isLimited ?? principal.grants.size > 0
}
