import { bmcAddBody, type Endpoint, identifyBody, nextBootBody } from '../../contract/inventory.ts'
import type { Audit, Connections, Vault } from '../../domain.ts'
import type { BmcControl, EndpointDriver } from '../../drivers/driver.ts'
import { AppError } from '../../errors.ts'
import { addBmc } from '../../inventory/add-bmc.ts'
import type { InventoryService } from '../../inventory/inventory.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams } from './route-input.ts'

const manage = { capability: 'manage', on: 'system' } as const
const power = { capability: 'power', on: 'device', param: 'id' } as const
/** Signing in, and then the inventory piece by piece from a slow controller. */
const addLimitMs = 25_000
const tellLimitMs = 10_000

type Parts = {
  inventory: InventoryService
  connections: Connections
  vault: Vault
  audit: Audit
  driverFor(kind: Endpoint['kind']): Promise<EndpointDriver>
}

/** Adding a BMC, and what a machine's BMC can be told besides power: what to start from next, and its light. */
export function bmcRoutes({ inventory, connections, vault, audit, driverFor }: Parts): Route[] {
  const bmcOf = (deviceId: string): BmcControl => {
    const endpointId = inventory.bmcOf(deviceId)
    if (endpointId === undefined) throw new AppError('request/notFound', 'This machine has no BMC.')
    const bmc = connections.of(endpointId)?.bmc
    if (bmc) return bmc
    throw new AppError('device/unreachable', 'There is no connection to the BMC of this machine.')
  }
  return [
    defineRoute({
      method: 'POST',
      url: '/api/bmc',
      access: manage,
      body: bmcAddBody,
      handle: async ({ principal, body }) => {
        const parts = { inventory, vault, driver: await driverFor('ipmi') }
        return await addBmc(parts, signedIn(principal), body, AbortSignal.timeout(addLimitMs))
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/devices/:id/bmc/next-boot',
      access: power,
      params: idParams,
      body: nextBootBody,
      handle: async ({ principal, params, body }) => {
        const bmc = bmcOf(params.id)
        // What cannot be recorded is not done.
        await audit.record(signedIn(principal), 'bmc.nextBoot', { deviceId: params.id, detail: { ...body } })
        return await bmc.setNextBoot(body, AbortSignal.timeout(tellLimitMs))
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/devices/:id/bmc/identify',
      access: power,
      params: idParams,
      body: identifyBody,
      handle: async ({ principal, params, body }) => {
        const bmc = bmcOf(params.id)
        await audit.record(signedIn(principal), 'bmc.identify', { deviceId: params.id, detail: { ...body } })
        await bmc.identify(body.seconds, AbortSignal.timeout(tellLimitMs))
      },
    }),
  ]
}
