import { usualBootKeys, type BootAim } from '../contract/boot-keys.ts'
import type { Device } from '../contract/inventory.ts'
import type { Catching } from '../contract/power.ts'
import { AppError } from '../errors.ts'
import type { Plan } from './action-state.ts'

/**
 * The keys that this machine's firmware takes for that aim, to be pressed after an action with this plan. Throws
 * `request/invalid` where nothing would start, and `device/unsupported` without a keyboard.
 */
export function catchingOf(
  aim: BootAim,
  { verb, aim: outcome }: Plan,
  { name, bootKeys = usualBootKeys }: Device,
  hasKeyboard: boolean,
): Catching {
  if (outcome !== 'restart' && outcome !== 'on' && verb !== 'ctrlAltDel')
    throw new AppError('request/invalid', 'Nothing starts after this, so there is no key to press.')
  if (!hasKeyboard)
    throw new AppError('device/unsupported', `${name} has no KVM to press keys on. Nothing was pressed.`)
  return {
    aim,
    keys: bootKeys[aim],
    forMs: bootKeys.forS * 1_000,
    startedAt: null,
    presses: 0,
    lastPressAt: null,
    end: null,
  }
}
