import { z } from 'zod'
import type { Access } from '../../access/access.ts'
import { AppError } from '../../errors.ts'
import { signedIn } from '../principal.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** Where people are signed in. Everybody sees and ends their own; an admin everybody's. */
export function sessionsRoutes(access: Access): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/sessions',
      access: 'signedIn',
      handle: async ({ principal }) => {
        const { role, userId, sessionId } = signedIn(principal)
        return access.sessions.list(role === 'admin' ? null : userId, sessionId)
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/sessions/:id',
      access: 'signedIn',
      params: z.strictObject({ id: z.string().max(64) }),
      handle: async ({ principal, params }) => {
        const user = signedIn(principal)
        const line = access.audit.line(user, 'session.revoked', { detail: { sessionId: params.id } })
        if (!(await access.sessions.end(params.id, user.role === 'admin' ? null : user.userId, line))) {
          throw new AppError('request/notFound', 'There is no such session; it may be over already.')
        }
      },
    }),
  ]
}
