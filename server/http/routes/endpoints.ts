import {
  type Endpoint,
  endpointEdit,
  moveKvmBody,
  removeQuery,
  switchPortBody,
} from '../../contract/inventory.ts'
import type { Connections, Vault } from '../../domain.ts'
import type { TriedAgain } from '../../contract/state.ts'
import type { EndpointDriver } from '../../drivers/driver.ts'
import { AppError } from '../../errors.ts'
import { rereadOffer } from '../../inventory/add-pikvm.ts'
import type { InventoryService } from '../../inventory/inventory.ts'
import { mustExist } from '../../inventory/ledger.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams, portParams, visibleOf } from './route-input.ts'

const manage = { capability: 'manage', on: 'system' } as const
/** How long a PiKVM or BMC may take to be asked again what it has. */
const readLimitMs = 15_000

type Parts = {
  inventory: InventoryService
  vault: Vault
  connections: Connections
  driverFor(kind: Endpoint['kind']): Promise<EndpointDriver>
}

/** `/api/endpoints`: list, edit (approve a certificate, change address or secrets), move, ask or try again, delete. */
export function endpointRoutes({ inventory, vault, connections, driverFor }: Parts): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/endpoints',
      access: 'signedIn',
      handle: async ({ principal }) => visibleOf(inventory, principal, 'endpoint'),
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/endpoints/:id',
      access: manage,
      params: idParams,
      body: endpointEdit,
      handle: ({ principal, params, body }) => inventory.editEndpoint(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/endpoints/:id/machine',
      access: manage,
      params: idParams,
      body: moveKvmBody,
      handle: ({ principal, params, body }) =>
        inventory.moveKvm(signedIn(principal), params.id, body.rev, body.deviceId),
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/endpoints/:id/ports/:port',
      access: manage,
      params: portParams,
      body: switchPortBody,
      handle: ({ principal, params, body }) =>
        inventory.setPort(signedIn(principal), params.id, body.rev, params.port, body.deviceId),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/endpoints/:id/offer',
      access: manage,
      params: idParams,
      handle: async ({ params }) => mustExist(inventory.storedEndpoint(params.id), 'PiKVM').offer,
    }),
    defineRoute({
      method: 'POST',
      url: '/api/endpoints/:id/read',
      access: manage,
      params: idParams,
      handle: async ({ principal, params }) => {
        const { kind } = mustExist(inventory.storedEndpoint(params.id), 'device')
        const driver = await driverFor(kind)
        const limit = AbortSignal.timeout(readLimitMs)
        return await rereadOffer({ inventory, vault, driver }, signedIn(principal), params.id, limit)
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/endpoints/:id/try-again',
      access: manage,
      params: idParams,
      handle: async ({ params }): Promise<TriedAgain> => {
        mustExist(inventory.storedEndpoint(params.id), 'device')
        const connection = connections.of(params.id)
        if (connection === null)
          throw new AppError('device/unreachable', 'There is no connection to this device.')
        if (connection.tryAgain) return { problem: await connection.tryAgain() }
        throw new AppError('device/unsupported', 'This device is tried again by itself.')
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/endpoints/:id',
      access: manage,
      params: idParams,
      query: removeQuery,
      handle: ({ principal, params, query }) =>
        inventory.removeEndpoint(signedIn(principal), params.id, query.rev, query.cascade === 'true'),
    }),
  ]
}
