import { can } from '../../access/can.ts'
import { hasPassed } from '../../clock/has-passed.ts'
import type { MachineState } from '../../contract/state.ts'
import type { Observer } from '../../domain.ts'
import { mustExist } from '../../inventory/ledger.ts'
import { withoutAddress } from '../live-visibility.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams } from './route-input.ts'

/** What was found this recently is not asked for again, whoever taps. */
const freshMs = 1000

/** `/api/devices/:id/check`: makes the machine's checks now; answers with its state after them. */
export function checkRoutes(parts: {
  observer: Pick<Observer, 'state' | 'checkNow'>
  now(): number
}): Route[] {
  async function looked(id: string): Promise<MachineState> {
    const known = mustExist(parts.observer.state(id), 'machine')
    if (!hasPassed(lastLookAt(known), parts.now(), freshMs)) return known
    return mustExist(await parts.observer.checkNow(id), 'machine')
  }

  return [
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/check',
      access: { capability: 'view', on: 'device', param: 'id' },
      params: idParams,
      handle: async ({ params, principal }) => {
        const state = await looked(params.id)
        return can(principal, 'view', { type: 'setup' }) ? state : withoutAddress(state)
      },
    }),
  ]
}

function lastLookAt({ checks }: MachineState): number {
  return Math.max(0, ...checks.map(({ result }) => (result.value === null ? 0 : result.observedAt)))
}
