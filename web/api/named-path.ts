import type { Endpoint, PowerPath } from '../../server/contract/inventory.ts'
import { portLabel, switchPortOf } from '../../server/contract/port-label.ts'

/** A way to a machine's power with the name of the port of a Switch that it goes over; null: it goes over none. */
export type NamedPath = PowerPath & { portLabel: string | null }

/** Names that port as the Switch does. */
export function namedPath(path: PowerPath, endpoints: ReadonlyMap<string, Endpoint>): NamedPath {
  const port = switchPortOf(path.target)
  const labels = endpoints.get(path.endpointId)?.portLabels
  return { ...path, portLabel: port === null ? null : portLabel(port, labels) }
}
