import type { Console, Device, Endpoint } from '../../../server/contract/inventory.ts'
import { portLabel } from '../../../server/contract/port-label.ts'
import type { KvmState } from '../../../server/contract/state.ts'

/** For so long everybody who looks is told that the KVM was switched to this machine, ms. */
const announcedForMs = 60_000

/** What is to be said of the one screen and keyboard of a shared KVM; null: nothing. Times are ms, server clock. */
export type SeatLook =
  /** It was just switched to this machine. */
  | { type: 'cameHere'; by: string | null; since: number }
  /** It is on its way to this machine, or there and not seen yet: nothing is typed meanwhile. */
  | { type: 'coming' }
  | { type: 'leaving' }
  /** `shows`: the machine that it shows now; null where nothing known is on its port. `label`: that port's name. */
  | { type: 'elsewhere'; shows: string | null; label: string; by: string | null; since: number }
  /** Its port is not there. `label` is empty where nobody said which one it is. */
  | { type: 'noPort'; endpointId: string; label: string }

/** How it is with this machine's KVM at `now`; `machines` and `consoles` are those that the person may see. */
export function seatLook(
  kvm: KvmState | null,
  known: {
    consoles: Iterable<Console>
    devices: ReadonlyMap<string, Device>
    endpoints: ReadonlyMap<string, Endpoint>
  },
  now: number,
): SeatLook | null {
  const seat = kvm?.seat
  if (!kvm || !seat || kvm.reachable.value !== true) return null
  const { label, by, since, port } = seat.shown
  switch (seat.place.value) {
    case null:
      return null
    case 'here':
      return by !== null && now - since < announcedForMs ? { type: 'cameHere', by, since } : null
    case 'moving':
    case 'arriving':
      return { type: 'coming' }
    case 'leaving':
      return { type: 'leaving' }
    case 'elsewhere':
      return { type: 'elsewhere', shows: nameAt(kvm.endpointId, port, known), label, by, since }
    case 'noPort':
      return { type: 'noPort', endpointId: kvm.endpointId, label: goneLabel(seat.port, kvm, known.endpoints) }
  }
}

/** The KVM has no name for a port that it does not have. */
function goneLabel(
  port: number | null,
  { endpointId }: KvmState,
  endpoints: ReadonlyMap<string, Endpoint>,
): string {
  return port === null ? '' : portLabel(port, endpoints.get(endpointId)?.portLabels)
}

function nameAt(
  endpointId: string,
  port: number | null,
  { consoles, devices }: { consoles: Iterable<Console>; devices: ReadonlyMap<string, Device> },
): string | null {
  if (port === null) return null
  for (const console of consoles) {
    if (console.endpointId === endpointId && console.port === port)
      return devices.get(console.deviceId)?.name ?? null
  }
  return null
}
