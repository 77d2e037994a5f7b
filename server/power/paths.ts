import type { PowerPath } from '../contract/inventory.ts'
import type { PathView, PowerVerb } from '../contract/power.ts'
import type { Connections, Inventory } from '../domain.ts'
import { verbsOf } from './presses.ts'

/** A path with what is known of its endpoint now. */
export type Candidate = { path: PowerPath; view: PathView }

/** A machine's power paths, preferred first. A PiKVM whose ATX is switched off offers no verbs. */
export function candidatesOf(
  deviceId: string,
  { inventory, connections }: { inventory: Inventory; connections: Connections },
): Candidate[] {
  return inventory.pathsOf(deviceId).map((path) => {
    const connection = connections.of(path.endpointId)
    const kvm = connection?.state.state
    const endpoint = inventory.endpoint(path.endpointId)
    const isOffered = path.target !== 'atx' || kvm?.atxEnabled.value !== false
    const view: PathView = {
      id: path.id,
      target: path.target,
      wiring: path.wiring,
      endpointName: endpoint === undefined ? '' : `PiKVM ${endpoint.address}`,
      reachable: connection?.power ? (kvm?.reachable.value ?? null) : false,
      ledWiring: kvm?.ledWiring ?? 'unproven',
      provenAt: path.provenAt,
      verbs: isOffered ? verbsOf(path.wiring) : [],
    }
    return { path, view }
  })
}

/** The path to use: the wanted one, else the first that can do `verb` and answers now, else the first that could. */
export function choosePath(
  candidates: readonly Candidate[],
  verb: PowerVerb,
  wantedId: string | null,
): Candidate | null {
  const able = candidates.filter(({ view }) => view.verbs.includes(verb))
  if (wantedId !== null) return able.find(({ path }) => path.id === wantedId) ?? null
  return able.find(({ view }) => view.reachable === true) ?? able[0] ?? null
}
