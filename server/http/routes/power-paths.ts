import { gpioControlBody, gpioPathEdit, pathOrderBody, removePathQuery } from '../../contract/inventory.ts'
import type { InventoryService } from '../../inventory/inventory.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams } from './route-input.ts'

const manage = { capability: 'manage', on: 'system' } as const

/** A machine's power paths: list, add a GPIO channel, rewire it, set the order of preference, remove one. */
export function powerPathRoutes(inventory: InventoryService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/devices/:id/power-paths',
      access: { capability: 'view', on: 'device', param: 'id' },
      params: idParams,
      handle: async ({ params }) => inventory.pathsOf(params.id),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/power-paths',
      access: manage,
      params: idParams,
      body: gpioControlBody,
      handle: ({ principal, params, body }) => inventory.addGpioPath(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/devices/:id/power-paths/order',
      access: manage,
      params: idParams,
      body: pathOrderBody,
      handle: ({ principal, params, body }) =>
        inventory.orderPaths(signedIn(principal), params.id, body.paths),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/power-paths/:id',
      access: manage,
      params: idParams,
      body: gpioPathEdit,
      handle: ({ principal, params, body }) => inventory.rewirePath(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/power-paths/:id',
      access: manage,
      params: idParams,
      query: removePathQuery,
      handle: ({ principal, params, query }) =>
        inventory.removePath(signedIn(principal), params.id, query.rev),
    }),
  ]
}
