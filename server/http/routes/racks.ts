import { rackEdit, rackFields, removeQuery } from '../../contract/inventory.ts'
import type { InventoryService } from '../../inventory/inventory.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams, visibleOf } from './route-input.ts'

const manage = { capability: 'manage', on: 'system' } as const

/** `/api/racks`: list, create, edit, delete (`cascade=true` leaves its machines without a place). */
export function rackRoutes(inventory: InventoryService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/racks',
      access: 'signedIn',
      handle: async ({ principal }) => visibleOf(inventory, principal, 'rack'),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/racks',
      access: manage,
      body: rackFields,
      handle: ({ principal, body }) => inventory.createRack(signedIn(principal), body),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/racks/:id',
      access: manage,
      params: idParams,
      body: rackEdit,
      handle: ({ principal, params, body }) => inventory.editRack(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/racks/:id',
      access: manage,
      params: idParams,
      query: removeQuery,
      handle: ({ principal, params, query }) =>
        inventory.removeRack(signedIn(principal), params.id, query.rev, query.cascade === 'true'),
    }),
  ]
}
