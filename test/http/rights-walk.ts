import type { Capability } from '../../server/contract/access.ts'
import { defineRoute } from '../../server/http/route.ts'
import type { Route, SocketRoute } from '../../server/http/route.ts'

/**
 * Who may pass: `anybody` without signing in; `everybody` with an account (the handler shows each only what is theirs), and
 * guests where it says so; otherwise who has the right, on the system or on the machine in the address, guests included
 * unless it says `no guests`.
 */
export type Expected =
  | 'anybody'
  | 'everybody'
  | 'everybody and guests'
  | `${Capability} system`
  | `${Capability} machine`
  | `${Capability} machine, no guests`
/** `guest`: may look and type on one machine. `guestOfAll`: may do everything that a guest can, on all machines. */
export const roles = ['admin', 'operator', 'viewer', 'granted', 'guest', 'guestOfAll', 'none'] as const
export type RoleName = (typeof roles)[number]

/** The same rights, `/probe` in front, and nothing behind: asking changes nothing. */
export function probesOf(routes: readonly Route[]): Route[] {
  return routes.map(({ method, url, access }) =>
    defineRoute({ method, url: `/probe${url}`, access, handle: async () => ({ passed: true }) }),
  )
}

/** The same for sockets: they say their messages' rights when asked by name. */
export function socketProbesOf(sockets: readonly SocketRoute[]): SocketRoute[] {
  return sockets.map((route) => ({
    ...route,
    url: `/probe${route.url}`,
    open({ socket, params, may }) {
      socket.on('message', (data) => {
        const need = route.messages[String(data)]
        const deviceId = Object.values(params)[0]
        const resource =
          deviceId === undefined ? ({ type: 'anyDevice' } as const) : ({ type: 'device', deviceId } as const)
        const isAllowed = need === 'none' || (need !== undefined && may(need, resource))
        socket.send(JSON.stringify({ type: String(data), isAllowed }))
      })
    },
  }))
}

const bundles: Record<RoleName, readonly Capability[]> = {
  admin: ['view', 'input', 'terminal', 'power', 'media', 'manage'],
  operator: ['view', 'input', 'terminal', 'power', 'media'],
  viewer: ['view'],
  granted: [],
  guest: [],
  guestOfAll: [],
  none: [],
}
/** On machines, wherever a guest may go at all. */
const guestRights: Partial<Record<RoleName, readonly Capability[]>> = {
  guest: ['view', 'input', 'terminal'],
  guestOfAll: ['view', 'input', 'terminal', 'power'],
}

/** What the table says; `own` are the rights of the granted helper on the machine in the address. */
export function isExpected(expected: Expected, role: RoleName, own: readonly Capability[]): boolean {
  if (expected === 'anybody') return true
  if (role === 'none') return false
  if (expected === 'everybody and guests') return true
  if (expected === 'everybody') return guestRights[role] === undefined
  const [capability, where, no] = expected.split(/,? /) as [Capability, 'system' | 'machine', 'no'?]
  if (guestRights[role] !== undefined) {
    // A guest of one machine has no more than its helper there, and nothing on another.
    const isHere = role === 'guestOfAll' || own.length > 0
    return where === 'machine' && no === undefined && isHere && guestRights[role].includes(capability)
  }
  if (bundles[role].includes(capability)) return true
  return role === 'granted' && where === 'machine' && own.includes(capability)
}
