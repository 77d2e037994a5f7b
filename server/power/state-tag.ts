import type { Device } from '../contract/inventory.ts'
import type { SysrqLetter } from '../contract/power.ts'
import type { Candidate } from './paths.ts'
import { looks, type Sight } from './sight.ts'

/** What the person saw when they opened the sheet, as far as it bears on the decision. */
export type StateTag = {
  name: string
  isProtected: boolean
  endpointId: string | null
  target: string
  wiring: string
  /** Which SysRq key it is for. */
  letter: SysrqLetter | null
  power: 'on' | 'off' | null
  signal: boolean | null
  isHostAlive: boolean | null
  lastActionId: string | null
}

/** Takes the tag of a machine as it is now. */
export function stateTagOf(
  device: Device,
  chosen: Candidate | null,
  sight: Sight,
  { letter, lastActionId }: Pick<StateTag, 'letter' | 'lastActionId'>,
): StateTag {
  const appearance = looks(sight)
  return {
    name: device.name,
    isProtected: device.isProtected,
    endpointId: chosen?.path.endpointId ?? null,
    target: chosen?.path.target ?? '',
    wiring: chosen?.path.wiring ?? '',
    letter,
    power: appearance === 'unknown' ? null : appearance,
    signal: sight.signal,
    isHostAlive: sight.isHostAlive,
    lastActionId,
  }
}

/** True when something the person saw is different now. Learning what was not known, or losing sight, is no change. */
export function hasStateChanged(seen: StateTag, now: StateTag): boolean {
  const isFlip = <T>(before: T | null, after: T | null): boolean =>
    before !== null && after !== null && before !== after
  return (
    seen.name !== now.name ||
    seen.isProtected !== now.isProtected ||
    seen.endpointId !== now.endpointId ||
    seen.target !== now.target ||
    seen.wiring !== now.wiring ||
    seen.lastActionId !== now.lastActionId ||
    isFlip(seen.power, now.power) ||
    isFlip(seen.signal, now.signal) ||
    isFlip(seen.isHostAlive, now.isHostAlive)
  )
}
