import { z } from 'zod'
import type { Access } from '../../access/access.ts'
import { auditQuery } from '../../contract/access.ts'
import { defineRoute } from '../route.ts'
import type { Route } from '../route.ts'

/** The record: all of it for admins, a machine's part for whoever may see that machine. */
export function auditRoutes({ audit }: Access): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/audit',
      access: { capability: 'manage', on: 'system' },
      query: auditQuery,
      handle: ({ query }) => audit.list(query.limit, query.before ?? null, null),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/devices/:id/audit',
      access: { capability: 'view', on: 'device', param: 'id', noGuests: true },
      params: z.strictObject({ id: z.string().max(64) }),
      query: auditQuery,
      handle: ({ query, params }) => audit.list(query.limit, query.before ?? null, params.id),
    }),
  ]
}
