import type { EndpointConnection, Unsubscribe } from './driver.ts'

/** Which KVM a machine has now. */
export type Screens = { consoleOf(deviceId: string): { endpointId: string } | undefined }
/** The connections as they come and go. */
export type OpenConnections = {
  of(endpointId: string): EndpointConnection | null
  onReplaced(listener: (endpointId: string) => void): Unsubscribe
}

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
