import { type Endpoint, pikvmAddBody, pikvmProbeBody, pikvmReadBody } from '../../contract/inventory.ts'
import type { Vault } from '../../domain.ts'
import type { EndpointDriver } from '../../drivers/driver.ts'
import { addPikvm, probePikvm, readPikvm } from '../../inventory/add-pikvm.ts'
import type { InventoryService } from '../../inventory/inventory.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'

const manage = { capability: 'manage', on: 'system' } as const
const probeLimitMs = 10_000
const addLimitMs = 20_000

type Parts = {
  inventory: InventoryService
  vault: Vault
  driverFor(kind: Endpoint['kind']): Promise<EndpointDriver>
}

/** Adding a PiKVM: show its certificate, then (approved) sign in and tell what it has, then write everything down. */
export function pikvmRoutes({ inventory, vault, driverFor }: Parts): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/pikvm/probe',
      access: manage,
      body: pikvmProbeBody,
      handle: async ({ body }) =>
        probePikvm({ inventory, driver: await driverFor('pikvm') }, body, AbortSignal.timeout(probeLimitMs)),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/pikvm/read',
      access: manage,
      body: pikvmReadBody,
      handle: async ({ body }) =>
        readPikvm(
          { inventory, vault, driver: await driverFor('pikvm') },
          body,
          AbortSignal.timeout(addLimitMs),
        ),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/pikvm',
      access: manage,
      body: pikvmAddBody,
      handle: async ({ principal, body }) =>
        addPikvm(
          { inventory, vault, driver: await driverFor('pikvm') },
          signedIn(principal),
          body,
          AbortSignal.timeout(addLimitMs),
        ),
    }),
  ]
}
