import { deviceEdit, deviceFields, loginBody, removeQuery } from '../../contract/inventory.ts'
import type { InventoryService } from '../../inventory/inventory.ts'
import { mustExist } from '../../inventory/ledger.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams, visibleOf } from './route-input.ts'

const manage = { capability: 'manage', on: 'system' } as const

/**
 * `/api/devices`: list, read, create, edit, delete (`cascade=true` removes its PiKVM and power paths too), and the
 * login that may be typed on its screen, which can be written and never read.
 */
export function deviceRoutes(inventory: InventoryService): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/devices',
      access: 'signedIn',
      handle: async ({ principal }) => visibleOf(inventory, principal, 'device'),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/devices/:id',
      access: { capability: 'view', on: 'device', param: 'id', noGuests: true },
      params: idParams,
      handle: async ({ params }) => mustExist(inventory.device(params.id), 'machine'),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/devices',
      access: manage,
      body: deviceFields,
      handle: ({ principal, body }) => inventory.createDevice(signedIn(principal), body),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/devices/:id',
      access: manage,
      params: idParams,
      body: deviceEdit,
      handle: ({ principal, params, body }) => inventory.editDevice(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/devices/:id',
      access: manage,
      params: idParams,
      query: removeQuery,
      handle: ({ principal, params, query }) =>
        inventory.removeDevice(signedIn(principal), params.id, query.rev, query.cascade === 'true'),
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/devices/:id/login',
      access: manage,
      params: idParams,
      body: loginBody,
      handle: ({ principal, params, body }) => inventory.setLogin(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/devices/:id/login',
      access: manage,
      params: idParams,
      handle: ({ principal, params }) => inventory.removeLogin(signedIn(principal), params.id),
    }),
  ]
}
