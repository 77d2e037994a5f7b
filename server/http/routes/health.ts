import type { Store } from '../../store/store.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** `GET /healthz`: 200 while the process serves; says nothing that a stranger could use. */
export function healthRoutes(store: Pick<Store, 'problem'>): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/healthz',
      access: 'public',
      handle: async () => ({ status: store.problem === null ? 'up' : 'locked' }),
    }),
  ]
}
