import type { SendOutcome } from '../drivers/driver.ts'
import type { PowerParts } from './parts.ts'
import { signalOf, switchPortOf, type Press } from './presses.ts'

/** Which button of which machine; the endpoint is the one that the person saw. */
export type PressTarget = {
  deviceId: string
  pathId: string | null
  endpointId: string | null
  target: string
}

const sendWithinMs = 20_000

/**
 * Makes one press, once, and never throws: what happened is in the outcome. A path that was taken away or moved to
 * another machine since the request is not pressed.
 */
export async function pressOnce(parts: PowerParts, press: Press, at: PressTarget): Promise<SendOutcome> {
  try {
    return press === 'ctrlAltDel' ? await pressKeys(parts, at.deviceId) : await pressButton(parts, press, at)
  } catch (error) {
    // A driver that breaks its promise not to throw may have sent: only doubt is safe here.
    parts.log.warn({ error, deviceId: at.deviceId }, 'a press failed in an unforeseen way')
    return { outcome: 'unknown', reason: 'internal', at: parts.clock.now() }
  }
}

async function pressButton(
  parts: PowerParts,
  press: Exclude<Press, 'ctrlAltDel'>,
  at: PressTarget,
): Promise<SendOutcome> {
  const path = parts.inventory.pathsOf(at.deviceId).find(({ id }) => id === at.pathId)
  if (path === undefined || path.endpointId !== at.endpointId || path.target !== at.target) {
    return { outcome: 'notSent', reason: 'moved', at: parts.clock.now() }
  }
  const power = parts.connections.of(path.endpointId, switchPortOf(path.target))?.power
  if (!power) return { outcome: 'notSent', reason: 'device/unreachable', at: parts.clock.now() }
  return await power.send(signalOf(press, path.target), AbortSignal.timeout(sendWithinMs))
}

async function pressKeys(parts: PowerParts, deviceId: string): Promise<SendOutcome> {
  const wasSent = await parts.shortcuts.ctrlAltDel(deviceId)
  const now = parts.clock.now()
  return wasSent
    ? { outcome: 'acknowledged', reason: '', at: now }
    : { outcome: 'notSent', reason: 'device/unreachable', at: now }
}
