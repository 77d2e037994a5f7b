import type { Capability, Role } from '../contract/access.ts'
import type { GuestLevel } from '../contract/guest.ts'

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
  /** Came by a guest link: no account, and only what the link gives. Role and grants count for nothing then. */
  guest?: Guest
}
/** `deviceId` null: all machines, those of tomorrow too. */
type Guest = { level: GuestLevel; deviceId: string | null; byName: string }

/**
 * What is asked about. `anyDevice`: something that concerns no one device but shows devices (a list, a rack). `setup`: how
 * machines and their devices were set up: addresses, logins' names, notes.
 */
export type Resource =
  { type: 'system' } | { type: 'device'; deviceId: string } | { type: 'anyDevice' } | { type: 'setup' }

const bundles: Record<Role, ReadonlySet<Capability>> = {
  admin: new Set<Capability>(['view', 'input', 'terminal', 'power', 'media', 'manage']),
  operator: new Set<Capability>(['view', 'input', 'terminal', 'power', 'media']),
  viewer: new Set<Capability>(['view']),
}

const guestBundles: Record<GuestLevel, ReadonlySet<Capability>> = {
  look: new Set<Capability>(['view']),
  type: new Set<Capability>(['view', 'input', 'terminal']),
  everything: new Set<Capability>(['view', 'input', 'terminal', 'power']),
}

/**
 * The one place that says yes. Deny by default. A limited user sees and touches only the granted devices, unless
 * they are an admin; everybody else has their role's bundle everywhere.
 */
export function can(principal: Principal | null, capability: Capability, resource: Resource): boolean {
  if (principal === null) return false
  if (principal.guest !== undefined) return mayGuest(principal.guest, capability, resource)
  if (resource.type === 'setup') return capability === 'view' || principal.role === 'admin'
  if (principal.role === 'admin') return true
  if (!isLimited(principal)) return bundles[principal.role].has(capability)
  if (resource.type === 'device') return principal.grants.get(resource.deviceId)?.has(capability) ?? false
  if (resource.type === 'anyDevice') return capability === 'view' && principal.grants.size > 0
  return false
}

/** A guest of all machines may look at each, and at what is about no one machine; nobody's guest sees the set-up. */
function mayGuest({ level, deviceId }: Guest, capability: Capability, resource: Resource): boolean {
  if (!guestBundles[level].has(capability)) return false
  if (resource.type === 'device') return deviceId === null || deviceId === resource.deviceId
  if (resource.type === 'anyDevice') return capability === 'view'
  return resource.type === 'system' && deviceId === null && capability === 'view'
}

function isLimited(principal: Principal): boolean {
  return principal.isLimited ?? principal.grants.size > 0
}
