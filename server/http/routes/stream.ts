import { streamChange } from '../../contract/stream-settings.ts'
import type { Audit, Connections, Inventory } from '../../domain.ts'
import type { StreamControl } from '../../drivers/driver.ts'
import { AppError } from '../../errors.ts'
import { mustExist } from '../../inventory/ledger.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams } from './route-input.ts'

const manage = { capability: 'manage', on: 'system' } as const
/** The driver gives up a little sooner, and says more. */
const limitMs = 10_000

type Parts = { inventory: Inventory; connections: Connections; audit: Audit }

/** `/api/endpoints/:id/stream`: what a KVM's streamer is told, for everybody who looks, here and elsewhere. */
export function streamRoutes({ inventory, connections, audit }: Parts): Route[] {
  const streamOf = (endpointId: string): StreamControl => {
    mustExist(inventory.endpoint(endpointId), 'KVM')
    const connection = connections.of(endpointId)
    if (connection === null)
      throw new AppError('device/unreachable', 'There is no connection to this device.')
    if (connection.stream) return connection.stream
    throw new AppError('device/unsupported', 'This device has no stream that could be set.')
  }
  return [
    defineRoute({
      method: 'GET',
      url: '/api/endpoints/:id/stream',
      access: manage,
      params: idParams,
      handle: ({ params }) => streamOf(params.id).read(AbortSignal.timeout(limitMs)),
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/endpoints/:id/stream',
      access: manage,
      params: idParams,
      body: streamChange,
      handle: async ({ principal, params, body }) => {
        const stream = streamOf(params.id)
        // Behind a switch it is several machines' stream, and no one's.
        const [deviceId, other] = inventory.devicesOf(params.id)
        // What cannot be recorded is not done.
        await audit.record(signedIn(principal), 'kvm.streamChanged', {
          ...(deviceId !== undefined && other === undefined && { deviceId }),
          detail: { endpointId: params.id, ...body },
        })
        return await stream.change(body, AbortSignal.timeout(limitMs))
      },
    }),
  ]
}
