import { atMost } from '../clock/at-most.ts'
import type { Connections, Inventory } from '../domain.ts'

/** Longer than a BMC that lives needs; nobody in an outage waits longer for one that does not. */
const waitAtMostMs = 1_500
/** While the sheet is open the BMC is asked oftener than this. */
const freshMs = 1_000

/**
 * Asks the machine's BMC for its power state when what is known is not fresh: a decision about what to press must not
 * rest on how things were some seconds ago. Resolves after `waitAtMostMs` at the latest, at once without a BMC.
 */
export async function freshLook(
  deviceId: string,
  { inventory, connections }: { inventory: Inventory; connections: Connections },
  now: number,
): Promise<void> {
  const endpointId = inventory.bmcOf(deviceId)
  const bmc = endpointId === undefined ? null : connections.of(endpointId)?.bmc
  if (!bmc || (bmc.state.power.observedAt > now - freshMs && bmc.state.power.value !== null)) return
  await atMost(waitAtMostMs, bmc.refresh())
}
