import type { Unsubscribe } from './driver.ts'
import { kvmOf, type OpenConnections, type Screens } from './kvm-of.ts'

/**
 * Keeps the machine's streamer running, because without it nobody can tell whether there is a signal. Follows the
 * connection when it is replaced. Returns the undo.
 */
export function keepStreaming(
  deviceId: string,
  { inventory, connections }: { inventory: Screens; connections: OpenConnections },
): Unsubscribe {
  let release: Unsubscribe | null = null
  const subscribe = (): void => {
    release?.()
    release = kvmOf(deviceId, { inventory, connections })?.video?.subscribe(() => undefined) ?? null
  }
  const unfollow = connections.onReplaced((endpointId) => {
    if (inventory.consoleOf(deviceId)?.endpointId === endpointId) subscribe()
  })
  subscribe()
  return () => {
    unfollow()
    release?.()
    release = null
  }
}
