import type { DriverLog, EndpointAccess } from '../driver.ts'
import { emptyDeviceState, mergeEvent, type DeviceState } from './device-state.ts'
import type { ViewInput } from './kvm-view.ts'
import { createObservedState, type ObservedState } from './observed-state.ts'
import { factsSettleMs } from './seat-facts.ts'
import type { SharedScreen } from './shared-screen.ts'
import { ownerOf } from './switch-board.ts'
import { readPort, readSwitch, type PortFacts } from './switch-facts.ts'

/** What each machine at a PiKVM has of its state: the one plugged in directly, and each port that was asked for. */
export interface Seats {
  /** What the device says of its source, whoever's it is; null while it does not know. */
  readonly isSourceOnline: boolean | null
  stateOf(port: number | null): ObservedState
  portFacts(port: number): PortFacts
  take(input: ViewInput): void
  /** The picture changed, of whoever has the screen. */
  notePicture(type: 'pictureChanged' | 'pictureStirred'): void
  close(): void
}

/** Seats of one PiKVM; what is known of each LED's wire comes with `access`. */
export function createSeats(parts: {
  access: EndpointAccess
  screen: SharedScreen
  now(): number
  log: DriverLog
}): Seats {
  const { access, screen } = parts
  const states = new Map<number | null, ObservedState>()
  let device: DeviceState = emptyDeviceState
  /** What last became of the link; null before anything did. */
  let link: Extract<ViewInput, { type: 'online' | 'offline' }> | null = null
  let looking: NodeJS.Timeout | undefined

  function stateOf(port: number | null): ObservedState {
    const known = states.get(port)
    if (known) return known
    const ledWiring = access.ledWirings?.find((seen) => seen.port === port)?.ledWiring
    const state = createObservedState({ ...parts, endpointId: access.endpointId, port, ledWiring })
    states.set(port, state)
    if (link) state.take(link)
    state.take({ type: 'board', board: screen.board })
    for (const event of eventsOf(device)) state.take({ type: 'event', event })
    return state
  }
  function tell(input: ViewInput): void {
    for (const state of states.values()) state.take(input)
  }
  /** What a screen shows counts some time after it came; nothing need happen at that moment. */
  function lookAgain(): void {
    clearTimeout(looking)
    looking = setTimeout(() => tell({ type: 'look' }), factsSettleMs + 1)
  }
  stateOf(null)

  return {
    get isSourceOnline() {
      return stateOf(null).isSourceOnline
    },
    stateOf,
    portFacts: (port) => readPort(device.kvmSwitch, port),
    take(input) {
      if (input.type === 'online' || input.type === 'offline') {
        link = input
        device = emptyDeviceState
      }
      if (input.type === 'board') lookAgain()
      if (input.type === 'event') {
        device = mergeEvent(device, input.event)
        // Whose screen it is must be known before what it shows.
        if (input.event.type === 'switch') screen.take({ type: 'facts', facts: readSwitch(device.kvmSwitch) })
      }
      tell(input)
    },
    notePicture(type) {
      const owner = ownerOf(screen.board)
      if (owner !== 'nobody') states.get(owner === 'direct' ? null : owner)?.take({ type })
    },
    close() {
      clearTimeout(looking)
      for (const state of states.values()) state.close()
    },
  }
}

/** The events that make this state, for whoever comes later. */
function eventsOf({ atx, hid, streamer, info, kvmSwitch }: DeviceState) {
  const parts = { atx, hid, streamer, info, switch: kvmSwitch }
  return Object.entries(parts).flatMap(([type, event]) => (event === null ? [] : [{ type, event }]))
}
