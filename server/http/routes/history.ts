import { z } from 'zod'
import { can } from '../../access/can.ts'
import type { MachineHistory } from '../../contract/history.ts'
import { AppError } from '../../errors.ts'
import type { History } from '../../history/history.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams } from './route-input.ts'

const viewOfDevice = { capability: 'view', on: 'device', param: 'id' } as const
const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  before: z.coerce.number().int().positive().optional(),
})
const pictureParams = idParams.extend({ at: z.coerce.number().int().positive() })

/** What became of a machine, and the small pictures of its screen, which are sent as JPEG. */
export function historyRoutes(history: History): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/devices/:id/history',
      access: viewOfDevice,
      params: idParams,
      query: pageQuery,
      handle: async ({ params, query, principal }) => {
        const page = await history.page(params.id, query.limit, query.before ?? null)
        return can(principal, 'view', { type: 'setup' }) ? page : withoutAddresses(page)
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/devices/:id/pictures/:at',
      access: viewOfDevice,
      params: pictureParams,
      handle: async ({ params, reply }) => {
        const jpeg = await history.picture(params.id, params.at)
        if (jpeg === null) throw new AppError('request/notFound', 'This picture is not kept any more.')
        reply.header('content-type', 'image/jpeg')
        return Buffer.from(jpeg)
      },
    }),
  ]
}

/** For somebody who may not see how things are set up. */
function withoutAddresses({ entries, before }: MachineHistory): MachineHistory {
  return {
    entries: entries.filter((entry) => entry.type !== 'change' || entry.change.fact !== 'address'),
    before,
  }
}
