import type { Access } from '../../access/access.ts'
import { guestJoinBody, guestOfferBody, newGuestLinkBody, type GuestOffer } from '../../contract/guest.ts'
import type { Inventory } from '../../domain.ts'
import { AppError } from '../../errors.ts'
import { mustExist } from '../../inventory/ledger.ts'
import { browserOf, setGuestCookie } from '../browser.ts'
import { signedIn } from '../principal.ts'
import { defineRoute, type Route } from '../route.ts'
import { idParams } from './route-input.ts'
import { currentView } from './session.ts'

const manage = { capability: 'manage', on: 'system' } as const

/** Guest links: made, listed and ended by admins; looked at and joined by whoever holds one. */
export function guestRoutes(access: Access, inventory: Pick<Inventory, 'device'>): Route[] {
  const { guests } = access
  return [
    defineRoute({ method: 'GET', url: '/api/guest-links', access: manage, handle: () => guests.list() }),
    defineRoute({
      method: 'POST',
      url: '/api/guest-links',
      access: manage,
      body: newGuestLinkBody,
      handle: async ({ principal, body }) => {
        if (body.deviceId !== null) mustExist(inventory.device(body.deviceId), 'machine')
        return guests.make(signedIn(principal), body)
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/guest-links/:id',
      access: manage,
      params: idParams,
      handle: ({ principal, params }) => guests.end(signedIn(principal), params.id),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/guest/offer',
      access: 'public',
      body: guestOfferBody,
      handle: async ({ body }): Promise<GuestOffer> => {
        const { deviceId, ...offer } = await guests.offer(body.token)
        return { ...offer, machine: deviceId === null ? null : (inventory.device(deviceId)?.name ?? '') }
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/guest/join',
      access: 'public',
      body: guestJoinBody,
      handle: async ({ body, request, reply }) => {
        const before = request.session?.principal
        if (before !== undefined && before.guest === undefined) throw signedInAlready(before.name)
        const token = await guests.join(body, browserOf(request))
        setGuestCookie(request, reply, token)
        request.session = await access.sessions.authenticate(token)
        // A guest who changes links does not stay in by the former one.
        if (before !== undefined && before.sessionId !== request.session?.principal.sessionId)
          await guests.leave(before)
        return currentView(access, request)
      },
    }),
  ]
}

function signedInAlready(name: string): AppError {
  return new AppError(
    'access/signedInAlready',
    `This browser is signed in as ${name}. Joining would sign it out; use another browser or a private window.`,
    { details: { name } },
  )
}
