import { z } from 'zod'
import { can, type Principal } from '../../access/can.ts'
import type { Capability } from '../../contract/access.ts'
import { actionBody, nonceBody } from '../../contract/power.ts'
import { AppError } from '../../errors.ts'
import type { PowerService } from '../../power/power-service.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'

const deviceParams = z.strictObject({ id: z.string().max(64) })
const actionParams = z.strictObject({ id: z.string().max(64), actionId: z.string().max(64) })
const nonceParams = z.strictObject({ nonce: z.string().min(16).max(64) })
const historyQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  before: z.coerce.number().int().positive().optional(),
})
const powerOfDevice = { capability: 'power', on: 'device', param: 'id' } as const

/** Routes of power actions: ask for a permission, spend it, learn what became of it, read a machine's history. */
export function powerRoutes(power: PowerService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/power/nonce',
      access: powerOfDevice,
      params: deviceParams,
      body: nonceBody,
      handle: async ({ principal, params, body }) =>
        await power.openSheet(signedIn(principal), params.id, body),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/power/actions',
      access: powerOfDevice,
      params: deviceParams,
      body: actionBody,
      handle: async ({ principal, params, body }) => {
        // Keys that are pressed afterwards are typing, which is a right of its own.
        if (body.catching !== undefined) assertMay(principal, 'input', params.id)
        return await power.request(signedIn(principal), params.id, body)
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/power/actions/:actionId/stop',
      access: powerOfDevice,
      params: actionParams,
      handle: async ({ principal, params }) =>
        await power.stop(signedIn(principal), params.id, params.actionId),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/catching/stop',
      access: { capability: 'input', on: 'device', param: 'id' },
      params: deviceParams,
      handle: async ({ principal, params }) => ({
        wasPressing: power.stopCatching(signedIn(principal), params.id),
      }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/devices/:id/power/actions',
      access: { capability: 'view', on: 'device', param: 'id' },
      params: deviceParams,
      query: historyQuery,
      handle: async ({ params, query }) => await power.history(params.id, query.limit, query.before ?? null),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/power/nonces/:nonce',
      access: 'signedInOrGuest',
      params: nonceParams,
      handle: async ({ principal, params }) => await power.fate(signedIn(principal), params.nonce),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/power/nonces/:nonce/withdraw',
      access: 'signedInOrGuest',
      params: nonceParams,
      handle: async ({ principal, params }) => await power.withdraw(signedIn(principal), params.nonce),
    }),
  ]
}

function assertMay(principal: Principal | null, capability: Capability, deviceId: string): void {
  if (can(principal, capability, { type: 'device', deviceId })) return
  throw new AppError('access/forbidden', 'You may not type on this machine. Nothing was pressed.')
}
