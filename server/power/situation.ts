import type { Device } from '../contract/inventory.ts'
import type { PathReason, PowerVerb, Refusal, SysrqLetter } from '../contract/power.ts'
import { AppError } from '../errors.ts'
import type { PowerParts } from './parts.ts'
import { isByKeyboard } from './presses.ts'
import { candidatesOf, choosePath, type Candidate, type WantedVerb } from './paths.ts'
import type { RecentActions } from './recent-actions.ts'
import { resetShownBy } from './reset-proof.ts'
import { refusalOf } from './refusal.ts'
import { sightOf, type Sight } from './sight.ts'
import { stateTagOf, type StateTag } from './state-tag.ts'

/** How things are with one machine and one verb now. */
export type Situation = {
  device: Device
  sight: Sight
  candidates: Candidate[]
  chosen: Candidate | null
  /** The verb that was asked for, or what a reboot is over the chosen path. */
  verb: PowerVerb
  reason: PathReason | null
  tag: StateTag
  refusal: Refusal | null
}

export type Wish = {
  deviceId: string
  verb: WantedVerb
  pathId: string | null
  /** Which SysRq key, for `sysrqKey`. */
  letter?: SysrqLetter | null | undefined
}

/** Looks at a machine for one verb through the wanted path (null: the best one). Throws `request/notFound`. */
export function situationOf(
  parts: PowerParts,
  recent: RecentActions,
  { deviceId, verb: wanted, pathId, letter = null }: Wish,
): Situation {
  const { inventory, observer, self } = parts
  const device = inventory.device(deviceId)
  if (device === undefined) {
    throw new AppError('request/notFound', 'This machine is not in the inventory any more.')
  }
  if ((wanted === 'sysrqKey') !== (letter !== null)) {
    throw new AppError('request/invalid', 'A letter goes with a SysRq key, and with nothing else.')
  }
  const sight = sightOf(observer.state(deviceId), self.state().doubt !== null)
  const candidates = candidatesOf(deviceId, parts, resetShownBy(sight, parts.clock.now()))
  const { chosen, verb, reason } =
    wanted !== 'reboot' && isByKeyboard(wanted)
      ? { chosen: null, verb: wanted, reason: null }
      : choosePath(candidates, wanted, pathId)
  const tag = stateTagOf(device, chosen, sight, {
    letter,
    lastActionId: recent.newestOf(deviceId)?.id ?? null,
  })
  const refusal = refusalOf({
    device,
    verb,
    candidates,
    wantedPathId: pathId,
    chosen,
    hasConsole: inventory.consoleOf(deviceId) !== undefined,
    sight,
    running: recent.runningOn(deviceId),
  })
  return { device, sight, candidates, chosen, verb, reason, tag, refusal }
}
