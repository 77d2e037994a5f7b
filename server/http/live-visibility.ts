import { guestChange } from '../access/guest-presence.ts'
import type { GuestHere } from '../contract/guest.ts'
import type { LiveChange } from '../contract/live.ts'
import type { MachineState, SelfState } from '../contract/state.ts'
import type { May } from '../inventory/visibility.ts'

/** The guests on machines that this person may see. Guests do not see one another. */
export function visibleGuests(guests: readonly GuestHere[], may: May): LiveChange[] {
  if (!may('view', { type: 'setup' })) return []
  return guests
    .filter(({ deviceId }) =>
      may('view', deviceId === null ? { type: 'anyDevice' } : { type: 'device', deviceId }),
    )
    .map((guest) => guestChange(guest.id, guest))
}

/** What was observed, as this person may see it: addresses are part of how things are set up. */
export function asSeenBy(may: May, change: LiveChange): LiveChange {
  if (change.value === null || may('view', { type: 'setup' })) return change
  if (change.entity === 'state') return { ...change, value: withoutAddress(change.value) }
  return change.entity === 'self' ? { ...change, value: withoutGatewayAddress(change.value) } : change
}

export function withoutAddress(state: MachineState): MachineState {
  const { lan: _lan, address, ...net } = state.net
  return { ...state, net: { ...net, address: address === null ? null : '' } }
}

function withoutGatewayAddress(self: SelfState): SelfState {
  return { ...self, gateway: self.gateway === null ? null : { ...self.gateway, address: '' } }
}
