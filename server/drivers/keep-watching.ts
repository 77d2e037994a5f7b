import type { Unsubscribe } from './driver.ts'
import { keepStreaming } from './keep-streaming.ts'
import type { OpenConnections, Screens } from './kvm-of.ts'

/** Which BMC a machine has now. */
type Bmcs = { bmcOf(deviceId: string): string | undefined }

/**
 * Keeps an eye on a machine from all sides: its KVM's streamer runs, its BMC is asked every moment and its serial
 * console heard. Follows connections that are replaced. Returns the undo.
 */
export function keepWatching(
  deviceId: string,
  parts: { inventory: Screens & Bmcs; connections: OpenConnections },
): Unsubscribe {
  const { inventory, connections } = parts
  const releaseStream = keepStreaming(deviceId, parts)
  let release: Unsubscribe | null = null
  const watch = (): void => {
    release?.()
    const endpointId = inventory.bmcOf(deviceId)
    const bmc = endpointId === undefined ? null : (connections.of(endpointId)?.bmc ?? null)
    release = bmc?.watchClosely() ?? null
  }
  const unfollow = connections.onReplaced((endpointId) => {
    if (inventory.bmcOf(deviceId) === endpointId) watch()
  })
  watch()
  return () => {
    unfollow()
    releaseStream()
    release?.()
    release = null
  }
}
