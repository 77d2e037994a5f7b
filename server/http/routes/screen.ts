import type { Consoles } from '../../consoles/consoles.ts'
import { can } from '../../access/can.ts'
import { loginPermitBody, showBody } from '../../contract/screen.ts'
import { mustExist } from '../../inventory/ledger.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams } from './route-input.ts'

/** What can be asked of a machine's screen without opening it. */
export function screenRoutes(consoles: Consoles): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/answer-test',
      access: { capability: 'input', on: 'device', param: 'id' },
      params: idParams,
      handle: async ({ principal, params }) =>
        mustExist((await consoles.testAnswer(params.id, signedIn(principal))) ?? undefined, 'screen'),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/show',
      access: { capability: 'input', on: 'device', param: 'id' },
      params: idParams,
      body: showBody,
      handle: async ({ principal, params, body }) =>
        await consoles.show(params.id, signedIn(principal), {
          over: body.over,
          maySee: (deviceId) => can(principal, 'view', { type: 'device', deviceId }),
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/devices/:id/login/permit',
      access: { capability: 'input', on: 'device', param: 'id', noGuests: true },
      params: idParams,
      body: loginPermitBody,
      handle: async ({ principal, params, body }) =>
        consoles.permitLogin(params.id, signedIn(principal), body.part),
    }),
  ]
}
