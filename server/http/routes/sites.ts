import { removeQuery, siteEdit, siteFields } from '../../contract/inventory.ts'
import type { InventoryService } from '../../inventory/inventory.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams, visibleOf } from './route-input.ts'

const manage = { capability: 'manage', on: 'system' } as const

/** `/api/sites`: list, create, edit, delete (only an empty one). */
export function siteRoutes(inventory: InventoryService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/sites',
      access: 'signedIn',
      handle: async ({ principal }) => visibleOf(inventory, principal, 'site'),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/sites',
      access: manage,
      body: siteFields,
      handle: ({ principal, body }) => inventory.createSite(signedIn(principal), body),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/sites/:id',
      access: manage,
      params: idParams,
      body: siteEdit,
      handle: ({ principal, params, body }) => inventory.editSite(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/sites/:id',
      access: manage,
      params: idParams,
      query: removeQuery,
      handle: ({ principal, params, query }) =>
        inventory.removeSite(signedIn(principal), params.id, query.rev),
    }),
  ]
}
