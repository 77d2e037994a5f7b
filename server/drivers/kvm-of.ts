import type { EndpointConnection, Unsubscribe } from './driver.ts'

/** Which KVM a machine has now, and on which port of its switch it is (null: plugged in directly). */
export type Screens = {
  consoleOf(deviceId: string): { endpointId: string; port: number | null } | undefined
}
/** The connections as they come and go. */
export type OpenConnections = {
  of(endpointId: string, port?: number | null): EndpointConnection | null
  onReplaced(listener: (endpointId: string) => void): Unsubscribe
}

/**
 * The machine's screen, keyboard and what its KVM says of it: whoever looks at or types on a machine gets it here, so
 * that the port of a shared KVM is never left out. Null: it has none, or no connection to it.
 */
export function kvmOf(
  deviceId: string,
  { inventory, connections }: { inventory: Screens; connections: Pick<OpenConnections, 'of'> },
): EndpointConnection | null {
  const console = inventory.consoleOf(deviceId)
  return console === undefined ? null : connections.of(console.endpointId, console.port)
}
