import type { Connections, Inventory } from '../domain.ts'
import type { Unsubscribe } from '../drivers/driver.ts'

/**
 * Keeps the machine's streamer running, because without it nobody can tell whether there is a signal. Follows the
 * connection when it is replaced. Returns the undo.
 */
export function keepStreaming(
  deviceId: string,
  { inventory, connections }: { inventory: Inventory; connections: Connections },
): Unsubscribe {
  let release: Unsubscribe | null = null
  const subscribe = (): void => {
    release?.()
    const endpointId = inventory.consoleOf(deviceId)?.endpointId
    const video = endpointId === undefined ? null : (connections.of(endpointId)?.video ?? null)
    release = video?.subscribe(() => undefined) ?? null
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
