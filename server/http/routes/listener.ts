import { isLoopbackName } from '../../access/allowed-hosts.ts'
import type { Config } from '../../config.ts'
import type { Listener } from '../../contract/access.ts'
import { defineRoute, type Route } from '../route.ts'

/** Who can reach the port at all, whatever name they use: for admins. */
export function listenerRoutes({ host }: Pick<Config, 'host'>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/listener',
      access: { capability: 'manage', on: 'system' },
      handle: async (): Promise<Listener> => ({ isLoopbackOnly: isLoopbackName(host) }),
    }),
  ]
}
