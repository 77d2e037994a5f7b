import type { SeatPlace } from '../../contract/state.ts'
import type { Facts } from './facts.ts'
import { isOwn } from './switch-board.ts'
import { readPort } from './switch-facts.ts'

/**
 * Until it counts what the screen and keyboard of a shared KVM show, ms after they came to a machine: the device goes on
 * telling of the machine before for a while, a monitor that was plugged in is looked at, and a keyboard is taken.
 */
export const factsSettleMs = 3_000

export type Seat = {
  port: number | null
  place: SeatPlace | null
  /** How long screen and keyboard have been its own; 0 elsewhere. */
  ownForMs: number
}

/**
 * What the device's facts say of one machine behind its switch: power by its own port, and of screen and keyboard only
 * what is certainly its own.
 */
export function seatFacts(raw: Facts, kvmSwitch: unknown, { port, place, ownForMs }: Seat): Facts {
  const isSettled = isOwn(place) && ownForMs >= factsSettleMs
  const own = isSettled ? {} : { signal: null, keyboardOnline: null, mouseOnline: null, capsLock: null }
  if (port === null) return { ...raw, ...own }
  const { powerLed, hddActive, isBusy } = readPort(kvmSwitch, port)
  const atxEnabled = place === null ? null : place !== 'noPort'
  return { ...raw, powerLed, hddActive, atxBusy: isBusy, atxEnabled, ...own }
}
