import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** `GET /healthz`: 200 while the process serves; says nothing that a stranger could use. */
export function healthRoutes(access: { problem: string | null }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/healthz',
      access: 'public',
      handle: async () => ({ status: access.problem === null ? 'up' : 'locked' }),
    }),
  ]
}
