import { switchPortOf } from '../contract/port-label.ts'
import type { SysrqLetter } from '../contract/power.ts'
import type { Shortcut } from '../domain.ts'
import type { SendOutcome } from '../drivers/driver.ts'
import type { PowerParts } from './parts.ts'
import { isKeyPress, signalOf, type ButtonPress, type KeyPress, type Press } from './presses.ts'

/** Which button of which machine; the endpoint is the one that the person saw. */
export type PressTarget = {
  deviceId: string
  pathId: string | null
  endpointId: string | null
  target: string
}

/** Longer than a driver gives its device, so that the driver's own reason is heard. */
const sendWithinMs = 20_000

/**
 * Makes one press, once, and never throws: what happened is in the outcome. A path that was taken away or moved to
 * another machine since the request is not pressed.
 */
export async function pressOnce(parts: PowerParts, press: Press, at: PressTarget): Promise<SendOutcome> {
  try {
    return isKeyPress(press) ? await pressKeys(parts, press, at) : await pressButton(parts, press, at)
  } catch (error) {
    // A driver that breaks its promise not to throw may have sent: only doubt is safe here.
    parts.log.warn({ error, deviceId: at.deviceId }, 'a press failed in an unforeseen way')
    return { outcome: 'unknown', reason: 'internal', at: parts.clock.now() }
  }
}

async function pressButton(parts: PowerParts, press: ButtonPress, at: PressTarget): Promise<SendOutcome> {
  const path = parts.inventory.pathsOf(at.deviceId).find(({ id }) => id === at.pathId)
  if (path === undefined || path.endpointId !== at.endpointId || path.target !== at.target) {
    return { outcome: 'notSent', reason: 'moved', at: parts.clock.now() }
  }
  const power = parts.connections.of(path.endpointId, switchPortOf(path.target))?.power
  if (!power) return { outcome: 'notSent', reason: 'device/unreachable', at: parts.clock.now() }
  const limits = parts.inventory.pulseOf(path.endpointId, path.target)
  return await power.send(signalOf(press, path.target, limits), AbortSignal.timeout(sendWithinMs))
}

/** As for buttons: the keyboard must be the one that the person saw. */
async function pressKeys(parts: PowerParts, press: KeyPress, at: PressTarget): Promise<SendOutcome> {
  const now = parts.clock.now()
  if (at.endpointId !== (parts.inventory.consoleOf(at.deviceId)?.endpointId ?? null))
    return { outcome: 'notSent', reason: 'moved', at: now }
  const fate = await parts.shortcuts.press(at.deviceId, shortcutOf(press))
  if (fate === 'notSent') return { outcome: 'notSent', reason: 'device/unreachable', at: parts.clock.now() }
  const outcome = fate === 'sent' ? 'acknowledged' : 'unknown'
  return { outcome, reason: fate === 'sent' ? '' : 'device/unreachable', at: parts.clock.now() }
}

function shortcutOf(press: KeyPress): Shortcut {
  if (press === 'ctrlAltDel') return { type: 'ctrlAltDel' }
  return { type: 'sysrq', letter: press.slice('sysrq:'.length) as SysrqLetter }
}
