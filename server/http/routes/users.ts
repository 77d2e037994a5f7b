import { z } from 'zod'
import type { Access } from '../../access/access.ts'
import { editUserBody, grantBody, newUserBody } from '../../contract/access.ts'
import { signedIn } from '../principal.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

const manage = { capability: 'manage', on: 'system' } as const
const byId = z.strictObject({ id: z.string().max(64) })

/** People and their rights, for admins. */
export function usersRoutes({ users }: Access): Route[] {
  return [
    defineRoute({ method: 'GET', url: '/api/users', access: manage, handle: () => users.list() }),
    defineRoute({
      method: 'POST',
      url: '/api/users',
      access: manage,
      body: newUserBody,
      handle: ({ body, principal }) => users.create(signedIn(principal), body),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/users/:id',
      access: manage,
      params: byId,
      body: editUserBody,
      handle: ({ body, params, principal }) => users.edit(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/users/:id',
      access: manage,
      params: byId,
      handle: ({ params, principal }) => users.remove(signedIn(principal), params.id),
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/users/:id/grants',
      access: manage,
      params: byId,
      body: grantBody,
      handle: ({ body, params, principal }) => users.setGrant(signedIn(principal), params.id, body),
    }),
  ]
}
